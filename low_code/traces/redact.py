"""A trace as somebody reads it who may not see every value that the decision read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from low_code.expressions.explain import MAX_PARTS

Shown = Callable[[Any], Any]
Restricted = Callable[[str], Shown | None]  # path -> what is shown instead of a value; None: it may be read whole

_CONNECTIVES = frozenset({"and", "or", "!"})  # their parts are yes or no, and say nothing of each other's values


def redact(trace: Any, restricted: Restricted) -> Any:
    """The trace without what restricted values were, or could be told from; the trace itself is left as it is.

    Of an explanation everything is taken out that was computed from a restricted value, and what it was compared with,
    up to the answer of the whole condition. Such a part says `"hidden": true`, and holds no "value" unless a
    mask shows some of it. Of "inputs" by path, masked values stay as masks and others are left out.

    trace  plain JSON as it was kept
    """
    if isinstance(trace, list | tuple):
        return [redact(item, restricted) for item in trace]
    if not isinstance(trace, Mapping):
        return trace
    if "pointer" in trace and "value" in trace:
        return _condition(trace, restricted)
    return {
        name: _inputs(value, restricted)
        if name == "inputs" and isinstance(value, Mapping)
        else redact(value, restricted)
        for name, value in trace.items()
    }


def _inputs(inputs: Mapping[str, Any], restricted: Restricted) -> dict[str, Any]:
    seen = {}
    for path, value in inputs.items():
        instead = restricted(path)
        shown = value if instead is None else instead(value)
        if instead is None or shown is not None:
            seen[path] = shown
    return seen


def _condition(tree: Mapping[str, Any], restricted: Restricted) -> dict[str, Any]:
    """The whole condition: its answer stays. Where parts were left out nobody knows what the others came of."""
    seen, is_hidden = (_blank(tree), True) if _size(tree) >= MAX_PARTS else _part(tree, restricted)
    if is_hidden and "op" in tree and isinstance(tree["value"], bool):
        seen["value"] = tree["value"]
    return seen


def _size(part: Mapping[str, Any]) -> int:
    return 1 + sum(_size(one) for one in (*part.get("operands", ()), *part.get("of_rows", ())))


def _part(part: Mapping[str, Any], restricted: Restricted) -> tuple[dict[str, Any], bool]:
    """(the part as it may be seen, whether it tells of a restricted value)"""
    path = part.get("path")
    instead = restricted(path) if isinstance(path, str) else None
    operands = [_part(one, restricted) for one in part.get("operands", ())]
    rows = [_part(one, restricted) for one in part.get("of_rows", ())]
    if instead is None and not any(is_hidden for _seen, is_hidden in (*operands, *rows)):
        return dict(part), False
    seen = {name: value for name, value in part.items() if name not in ("value", "rows", "operands", "of_rows")}
    seen["hidden"] = True
    if instead is not None and "rows" not in part and (shown := instead(part.get("value"))) is not None:
        seen["value"] = shown
    if operands:
        keep = part.get("op") in _CONNECTIVES
        seen["operands"] = [one if keep or is_hidden else _blank(one) for one, is_hidden in operands]
    if rows:
        seen["of_rows"] = [one if is_hidden else _blank(one) for one, is_hidden in rows]
    return seen, True


def _blank(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part that stands beside a restricted value: `secret = 4711` tells 4711 to who learns that it holds."""
    seen = {name: value for name, value in part.items() if name not in ("value", "rows", "operands", "of_rows")}
    seen["hidden"] = True
    for name in ("operands", "of_rows"):
        if name in part:
            seen[name] = [_blank(one) for one in part[name]]
    return seen
