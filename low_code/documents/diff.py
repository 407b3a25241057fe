"""What is different between two versions of a document: by the ids of things, never by their position.

A change is data (`op`, `path`, `old`, `new`, like JSON Patch) and a plain sentence in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_, translate
from low_code.diagnostics import pointer_to
from low_code.expressions import Subject
from low_code.expressions.operators import ALIASES, OPERATORS
from low_code.registry.annotations import could_be, resolve
from low_code.registry.checking import expression_sentence
from low_code.registry.kind import title_of

ADDED = N_("{where}: added {new}")
REMOVED = N_("{where}: removed {old}")
CHANGED = N_("{where}: {old} became {new}")
MOVED = N_("{where}: moved from place {old} to place {new}")
SET = N_("{where}: set to {new}")
CLEARED = N_("{where}: no longer set (was {old})")
YES, NO, NOTHING = N_("yes"), N_("no"), N_("nothing")
THE_DOCUMENT = N_("The document")

_SEPARATOR = " › "
_OPERATORS = frozenset({*OPERATORS, *ALIASES, "var", "val", "dec", "date", "datetime", "dur", "money"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to a change: a property's name, or the thing with this id in a list."""

    name: str
    is_id: bool = False


def path_of(steps: Sequence[Step]) -> str:
    """Like a JSON pointer, with `id=n1` for the thing of that id."""
    return pointer_to(*(f"id={step.name}" if step.is_id else step.name for step in steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """op: add, remove, replace or move (old and new are then places, counted from 1)."""

    op: str
    steps: tuple[Step, ...]
    old: Any = None
    new: Any = None

    @property
    def path(self) -> str:
        """Like a JSON pointer, with `id=n1` for the thing of that id."""
        return path_of(self.steps)

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "path": self.path, "old": self.old, "new": self.new}


def diff(old: Any, new: Any) -> list[Change]:
    """The changes that make `new` of `old`, in the order of the new document. [] for equal content."""
    return list(_differences(old, new, ()))


def _differences(old: Any, new: Any, steps: tuple[Step, ...]) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not (is_operator(old) or is_operator(new)):
        for name in [*new, *(name for name in old if name not in new)]:
            yield from _member(old, new, name, (*steps, Step(name)))
    elif isinstance(old, list) and isinstance(new, list) and have_ids([*old, *new]):
        yield from _things(old, new, steps)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Change(op="replace", steps=steps, old=old, new=new)


def _member(old: Mapping[str, Any], new: Mapping[str, Any], name: str, steps: tuple[Step, ...]) -> Iterator[Change]:
    if name not in old:
        yield Change(op="add", steps=steps, new=new[name])
    elif name not in new:
        yield Change(op="remove", steps=steps, old=old[name])
    else:
        yield from _differences(old[name], new[name], steps)


def _things(old: Sequence[Any], new: Sequence[Any], steps: tuple[Step, ...]) -> Iterator[Change]:
    """Lists of things with ids: what came, what went, what changed, and what changed places."""
    before, after = {thing["id"]: thing for thing in old}, {thing["id"]: thing for thing in new}
    for thing_id in before.keys() - after.keys():
        yield Change(op="remove", steps=(*steps, Step(str(thing_id), True)), old=before[thing_id])
    kept_before = [thing_id for thing_id in before if thing_id in after]
    kept_after = [thing_id for thing_id in after if thing_id in before]
    moved = _moved(kept_before, kept_after)
    for thing_id, thing in after.items():
        here = (*steps, Step(str(thing_id), True))
        if thing_id not in before:
            yield Change(op="add", steps=here, new=thing)
            continue
        if thing_id in moved:
            places = list(before).index(thing_id) + 1, list(after).index(thing_id) + 1
            yield Change(op="move", steps=here, old=places[0], new=places[1])
        yield from _differences(before[thing_id], thing, here)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest things whose moving explains the new order: all but the longest run that kept its order."""
    place = {thing_id: index for index, thing_id in enumerate(before)}
    best: list[tuple[int, list[str]]] = []
    for thing_id in after:
        at = place[thing_id]
        longest = max((run for last, run in best if last < at), key=len, default=[])
        best.append((at, [*longest, thing_id]))
    kept = max((run for _, run in best), key=len, default=[])
    return set(after) - set(kept)


def is_operator(value: Mapping[str, Any]) -> bool:
    """An expression reads better whole: {">=": […]}, {"and": […]}, {"var": …}."""
    return len(value) == 1 and next(iter(value)) in _OPERATORS


def have_ids(things: Sequence[Any]) -> bool:
    """Whether every one of them is a thing with an id; False for none at all."""
    ids = [thing.get("id") for thing in things if isinstance(thing, Mapping)]
    return bool(ids) and len(ids) == len(things) and all(isinstance(found, str) for found in ids)


def describe(
    change: Change, schema: Mapping[str, Any], new: Any, old: Any, subject: Subject | None, locale: str
) -> str:
    """The change as a sentence, in the words of the schema. new, old: the whole documents."""
    labels, at = _where(change, schema, new, old, locale)
    where = _SEPARATOR.join(labels) or translate(THE_DOCUMENT, locale)
    is_thing = bool(change.steps) and change.steps[-1].is_id
    template = {
        "add": ADDED if is_thing else SET,
        "remove": REMOVED if is_thing else CLEARED,
        "replace": CHANGED,
        "move": MOVED,
    }[change.op]
    if is_thing and change.op in {"add", "remove"}:
        *above, thing = labels
        where = _SEPARATOR.join(above) or translate(THE_DOCUMENT, locale)
        return translate(template, locale, {"where": where, "new": f"“{thing}”", "old": f"“{thing}”"})
    shown = {
        name: value if change.op == "move" else _shown(value, at, subject, locale)
        for name, value in (("old", change.old), ("new", change.new))
    }
    return translate(template, locale, {"where": where, **shown})


def _where(
    change: Change, schema: Mapping[str, Any], new: Any, old: Any, locale: str
) -> tuple[list[str], Mapping[str, Any]]:
    """Labels along the way, and the schema node at its end."""
    labels: list[str] = []
    node, value = schema, (old if change.op == "remove" else new)
    for step in change.steps:
        if step.is_id:
            value = next((thing for thing in value or [] if thing.get("id") == step.name), None)
            node = _below(schema, node, None, value)
            labels.append(thing_label(value, step.name, locale))
        else:
            value = value.get(step.name) if isinstance(value, Mapping) else None
            node = _below(schema, node, step.name, value)
            labels.append(title_of(node, locale) or step.name)
    return labels, node


def _below(root: Mapping[str, Any], node: Any, name: str | None, value: Any) -> Mapping[str, Any]:
    """The schema node of a property (or of a list's things) below `node`."""
    for candidate in _faces(root, node):
        inner = candidate.get("items") if name is None else candidate.get("properties", {}).get(name)
        if isinstance(inner, Mapping):
            faces = [face for face in _faces(root, inner) if could_be(root, face, value)]
            return {**next(iter(faces), inner), **inner} if "$ref" in inner else inner
    return {}


def _faces(root: Mapping[str, Any], node: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(node, Mapping):
        return
    yield node
    if "$ref" in node:
        yield from _faces(root, resolve(root, node["$ref"]))
    for word in ("allOf", "anyOf", "oneOf"):
        for inner in node.get(word, ()):
            yield from _faces(root, inner)
    yield from _faces(root, node.get("then"))


def thing_label(thing: Any, fallback: str, locale: str) -> str:
    """What people call a thing: its own name, or `fallback`."""
    for name in ("name", "labels", "names", "label", "title"):
        said = thing.get(name) if isinstance(thing, Mapping) else None
        if isinstance(said, Mapping):
            said = said.get(locale) or said.get("en")
        if isinstance(said, str) and said:
            return said
    return fallback


def _shown(value: Any, schema: Mapping[str, Any], subject: Subject | None, locale: str) -> str:
    if value is None:
        return translate(NOTHING, locale)
    if isinstance(value, bool):
        return translate(YES if value else NO, locale)
    if "x-expression" in schema and subject is not None and (said := expression_sentence(value, subject, locale)):
        return f"“{said}”"
    if isinstance(value, Mapping) and isinstance(label := value.get(locale) or value.get("en"), str):
        return f"“{label}”"
    if isinstance(value, Mapping | list):
        from_json = ", ".join(map(str, value)) if _is_plain(value) else "…"
        return from_json or translate(NOTHING, locale)
    return f"“{value}”" if isinstance(value, str) else format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str | int) for item in value)
