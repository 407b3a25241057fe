"""A conflict between two versions in plain language: what each author did at the place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_, translate
from low_code.documents.diff import Change, describe, diff, thing_label
from low_code.documents.merge import ABSENT, MergeConflict, same
from low_code.documents.merge_draft import Versions
from low_code.registry import Configuration, Kind

REORDERED = N_("the order: {order}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConflict:
    """path: what a choice is made by; mine, theirs: what each did, as sentences"""

    path: str
    pointer: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


def shown_conflicts(
    versions: Versions, kind: Kind, key: str, around: Configuration, locale: str
) -> list[ShownConflict]:
    """Each conflict of the merge. around: the configuration whose words are used."""
    assert versions.merged is not None
    said = []
    for conflict in versions.merged.conflicts:
        mine, theirs = (
            tuple(_sentences(conflict, value, body, versions.base, kind, key, around, locale))
            for value, body in ((conflict.mine, versions.mine), (conflict.theirs, versions.theirs))
        )
        said.append(ShownConflict(path=conflict.path, pointer=conflict.pointer, mine=mine, theirs=theirs))
    return said


def change_sentences(old: Any, new: Any, kind: Kind, key: str, around: Configuration, locale: str) -> tuple[str, ...]:
    """What made `new` of `old`, a sentence each; () where `old` is not known."""
    if old is ABSENT or new is ABSENT:
        return ()
    subject = _subject(kind, key, new, around)
    return tuple(describe(change, kind.schema, new, old, subject, locale) for change in diff(old, new))


def _sentences(
    conflict: MergeConflict,
    value: Any,
    body: Any,
    base: Any,
    kind: Kind,
    key: str,
    around: Configuration,
    locale: str,
) -> Iterator[str]:
    if conflict.what == "order":
        things = {thing["id"]: thing for thing in _at(body, conflict)}
        order = ", ".join(f"“{thing_label(things.get(thing_id), thing_id, locale)}”" for thing_id in value)
        yield translate(REORDERED, locale, {"order": order})
        return
    before = {} if base is ABSENT else base
    subject = _subject(kind, key, body, around)
    for change in _changes(conflict, value):
        yield describe(change, kind.schema, body, before, subject, locale)


def _changes(conflict: MergeConflict, value: Any) -> Iterator[Change]:
    """From what both began with to one side, at the place alone."""
    if same(conflict.base, value):  # only reachable where nothing was there and nothing is
        return
    if conflict.base is ABSENT:
        yield Change(op="add", steps=conflict.steps, new=value)
    elif value is ABSENT:
        yield Change(op="remove", steps=conflict.steps, old=conflict.base)
    else:
        for change in diff(conflict.base, value):
            steps = (*conflict.steps, *change.steps)
            yield Change(op=change.op, steps=steps, old=change.old, new=change.new)


def _at(body: Any, conflict: MergeConflict) -> list[Any]:
    """The list whose order is in question."""
    at = body
    for step in conflict.steps[:-1]:
        at = next(thing for thing in at if thing["id"] == step.name) if step.is_id else at[step.name]
    return list(at)


def _subject(kind: Kind, key: str, body: Any, around: Configuration) -> Any:
    name = str(kind.subject(key, body, around)) if kind.validator.is_valid(body) else ""
    return around.subject(name) if name in around.registry.subjects else None
