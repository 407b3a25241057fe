"""What a document costs to check: conditions used by name weigh as much as what they stand for."""

from __future__ import annotations

from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions.limits import MAX_NODES
from low_code.registry.configuration import Configuration

MAX_USED_PARTS = 50_000  # about two seconds of checking

TOO_MUCH_USED = N_(
    "The conditions used here come to more than {limit} parts together. Use them in fewer places, or in a column or"
    " rule of their own."
)


def used_too_much(body: Any, configuration: Configuration) -> list[Diagnostic]:
    """Whether the uses in a document are too many for the conditions that they stand for. Twenty bytes of use may be
    five hundred parts: a document of a megabyte would be hours of work, and every page of the company waits for it."""
    if not configuration.named_expressions:
        return []
    sizes: dict[str, int] = {}
    parts = sum(_parts_of(name, configuration, sizes, set()) for name in _uses(body, configuration))
    if parts <= MAX_USED_PARTS:
        return []
    return [Diagnostic(pointer="", code="too_much_used", message=TOO_MUCH_USED, facts={"limit": MAX_USED_PARTS})]


def _uses(value: Any, configuration: Configuration) -> list[str]:
    """The name of every use in a value, once per use."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            name = here.get("use")
            if len(here) == 1 and isinstance(name, str) and name in configuration.named_expressions:
                found.append(name)
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return found


def _parts_of(name: str, configuration: Configuration, sizes: dict[str, int], within: set[str]) -> int:
    """Parts of a condition with all that it uses; no more than an expression may have, since reading stops there."""
    if name in within:
        return 1
    if name not in sizes:
        expression = configuration.named_expressions[name][1]
        parts = _own_parts(expression)
        for used in _uses(expression, configuration):
            if parts >= MAX_NODES:
                break
            parts += _parts_of(used, configuration, sizes, within | {name})
        sizes[name] = min(parts, MAX_NODES)
    return sizes[name]


def _own_parts(value: Any) -> int:
    """Values within a value, itself included: operators and what they are about."""
    count, waiting = 0, [value]
    while waiting and count < MAX_NODES:
        here = waiting.pop()
        count += 1
        waiting.extend(here.values() if isinstance(here, dict) else here if isinstance(here, list) else ())
    return count
