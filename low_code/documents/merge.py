"""Two authors' changes of one document put together: by the ids of things, never by their position.

What only one of them touched is taken over; what both changed in different ways is a conflict, and nothing of
either is lost: the caller sees both and says whose holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from low_code.diagnostics import pointer_to
from low_code.documents.canonical import MAX_DEPTH
from low_code.documents.diff import Step, have_ids, is_operator, path_of

Side = Literal["mine", "theirs"]
ORDER: Final = "order"


class _Absent:
    """Nothing is there, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConflict:
    """One place that both changed, in different ways. ABSENT where a version has nothing there.

    pointer  RFC 6901, into the merged document (where the place would be, if it is not in it)
    what     value, or order: both put the things of this list into another order
    """

    steps: tuple[Step, ...]
    pointer: str
    what: str
    base: Any
    mine: Any
    theirs: Any

    @property
    def path(self) -> str:
        """Stable name of the place, `/rules/id=r2/when`: what a choice is made by."""
        return path_of(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """body       both versions together; at a conflict the side that was chosen, or else mine
    conflicts  every one, in the order of the document, chosen or not
    unsettled  those that nobody chose a side for
    together   pointers of lists where both put new things at the same place, so that their order is worth a look
    """

    body: Any
    conflicts: tuple[MergeConflict, ...]
    unsettled: tuple[MergeConflict, ...]
    together: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    choices: Mapping[str, Side]
    conflicts: list[MergeConflict] = field(default_factory=list)
    together: list[str] = field(default_factory=list)

    def choose(
        self, base: Any, mine: Any, theirs: Any, steps: tuple[Step, ...], pointer: str, what: str = "value"
    ) -> Side:
        conflict = MergeConflict(steps=steps, pointer=pointer, what=what, base=base, mine=mine, theirs=theirs)
        self.conflicts.append(conflict)
        return self.choices.get(conflict.path, "mine")


def merge(base: Any, mine: Any, theirs: Any, choices: Mapping[str, Side] | None = None) -> Merged:
    """The changes that `mine` and `theirs` each made to `base`, together.

    base, mine, theirs  bodies as `canonical_body` keeps them; base is ABSENT where the two never had a common one
    choices  path of a conflict -> whose side holds
    """
    run = _Run(choices or {})
    body = _value(run, base, mine, theirs, (), "", 0)
    unsettled = tuple(each for each in run.conflicts if each.path not in run.choices)
    return Merged(
        body=body, conflicts=tuple(run.conflicts), unsettled=unsettled, together=tuple(dict.fromkeys(run.together))
    )


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, and 5.0 is 5."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _value(run: _Run, base: Any, mine: Any, theirs: Any, steps: tuple[Step, ...], pointer: str, depth: int) -> Any:
    """The merged value, or ABSENT. Where one side kept what was there, the other's change holds."""
    if same(mine, theirs) or same(theirs, base):
        return mine
    if same(mine, base):
        return theirs
    if depth <= MAX_DEPTH:
        if _are_objects(mine, theirs):
            known = base if isinstance(base, Mapping) and not is_operator(base) else {}
            return _members(run, known, mine, theirs, steps, pointer, depth)
        if _are_lists_of_things(base, mine, theirs):
            things = base if isinstance(base, list) else []
            return _things(run, things, mine, theirs, steps, pointer, depth)
    side = run.choose(base, mine, theirs, steps, pointer)
    return mine if side == "mine" else theirs


def _are_objects(mine: Any, theirs: Any) -> bool:
    """An expression is one value: half of two conditions is a third that nobody wrote."""
    return all(isinstance(each, Mapping) and not is_operator(each) for each in (mine, theirs))


def _are_lists_of_things(base: Any, mine: Any, theirs: Any) -> bool:
    """A list that only one side still has is one value: removing it was meant as a whole."""
    given = [mine, theirs] if base is ABSENT else [base, mine, theirs]
    return all(isinstance(each, list) and (not each or _by_id(each) is not None) for each in given)


def _by_id(things: Sequence[Any]) -> dict[str, Any] | None:
    """id -> thing; None where some have none, or two share one."""
    if not have_ids(things):
        return None
    found = {thing["id"]: thing for thing in things}
    return found if len(found) == len(things) else None


def _members(
    run: _Run,
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    steps: tuple[Step, ...],
    pointer: str,
    depth: int,
) -> dict[str, Any]:
    merged = {}
    for name in sorted({*base, *mine, *theirs}):
        value = _value(
            run, base.get(name, ABSENT), mine.get(name, ABSENT), theirs.get(name, ABSENT),
            (*steps, Step(name)), pointer + pointer_to(name), depth + 1,
        )  # fmt: skip
        if value is not ABSENT:
            merged[name] = value
    return merged


def _things(
    run: _Run,
    base: Sequence[Any],
    mine: Sequence[Any],
    theirs: Sequence[Any],
    steps: tuple[Step, ...],
    pointer: str,
    depth: int,
) -> list[Any]:
    """Lists of things with ids: each thing merged by itself, then their order."""
    before, own, other = _by_id(base) or {}, _by_id(mine) or {}, _by_id(theirs) or {}
    first = len(run.conflicts)
    kept: dict[str, Any] = {}
    for thing_id in [*before, *(i for i in own if i not in before), *(i for i in other if i not in {**before, **own})]:
        value = _value(
            run, before.get(thing_id, ABSENT), own.get(thing_id, ABSENT), other.get(thing_id, ABSENT),
            (*steps, Step(thing_id, True)), f"{pointer}/id={thing_id}", depth + 1,
        )  # fmt: skip
        if value is not ABSENT:
            kept[thing_id] = value
    order = _order(run, list(before), list(own), list(other), set(kept), steps, pointer)
    _repoint(run, first, pointer, order)
    return [kept[thing_id] for thing_id in order]


def _repoint(run: _Run, first: int, pointer: str, order: Sequence[str]) -> None:
    """Places become indexes once the order is known; a thing that is gone is said to be behind the last."""
    places = {thing_id: str(index) for index, thing_id in enumerate(order)}
    prefix = f"{pointer}/id="
    for index in range(first, len(run.conflicts)):
        found = run.conflicts[index]
        if found.pointer.startswith(prefix):
            thing_id, slash, rest = found.pointer[len(prefix) :].partition("/")
            moved = f"{pointer}/{places.get(thing_id, '-')}{slash}{rest}"
            run.conflicts[index] = MergeConflict(
                steps=found.steps, pointer=moved, what=found.what,
                base=found.base, mine=found.mine, theirs=found.theirs,
            )  # fmt: skip


def _order(
    run: _Run,
    base: list[str],
    mine: list[str],
    theirs: list[str],
    kept: set[str],
    steps: tuple[Step, ...],
    pointer: str,
) -> list[str]:
    """All that is kept, in the order of whoever changed it. What only one side has stands behind what it stood
    behind there."""
    shared = kept & set(mine) & set(theirs)
    known = shared & set(base)
    was, own, other = ([i for i in each if i in known] for each in (base, mine, theirs))
    leader = mine
    if own == was:
        leader = theirs
    elif other not in (was, own):
        side = run.choose(was, own, other, (*steps, Step(ORDER)), pointer, ORDER)
        leader = mine if side == "mine" else theirs
    if own == other and [i for i in mine if i in shared] != [i for i in theirs if i in shared]:
        leader = min(mine, theirs)  # both made the same things, each at another place; the same for either author
    spine = [i for i in leader if i in shared]
    behind: dict[str | None, list[list[str]]] = {}
    for side_order in sorted((mine, theirs), key=lambda ids: [i for i in ids if i not in shared]):
        for anchor, newcomers in _runs(side_order, shared, kept):
            behind.setdefault(anchor, []).append(newcomers)
    placed: list[str] = []
    for anchor in (None, *spine):
        if anchor is not None:
            placed.append(anchor)
        groups = sorted(behind.get(anchor, ()))
        if len(groups) > 1:
            run.together.append(pointer)
        placed += [thing_id for group in groups for thing_id in group]
    return placed


def _runs(order: Sequence[str], shared: set[str], kept: set[str]) -> Iterator[tuple[str | None, list[str]]]:
    """(what they stand behind, things that only this side has) for each run of them."""
    anchor: str | None = None
    run: list[str] = []
    for thing_id in order:
        if thing_id in shared:
            if run:
                yield anchor, run
            anchor, run = thing_id, []
        elif thing_id in kept:
            run.append(thing_id)
    if run:
        yield anchor, run
