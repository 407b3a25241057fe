"""What the tasks of a step amount to: who counts, how much, and when it is decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from low_code.flows.people import Directory, Who
from low_code.flows.state import LIVE, Task
from low_code.flows.tree import Placing

if TYPE_CHECKING:
    from low_code.flows.nodes.asking import Ask

_REPLACED = frozenset({"cancelled", "transferred", "escalated"})  # somebody else speaks in their place, or nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """When a quorum is reached. One of the three is given.

    count    so many approvals
    percent  so many hundredths of all weight
    weight   so much weight
    weights  (people, what each of their votes counts); who is not among them counts 1, who is twice the most
    """

    count: int | None = None
    percent: Decimal | None = None
    weight: int | None = None
    weights: tuple[tuple[Who, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """status: open, approved, rejected or returned"""

    status: str
    weight: int


def parse_passing(passing: Mapping[str, Any], placing: Placing) -> Passing:
    """weights are keyed by `role:<key>` or by e-mail address"""
    weights = []
    for name, weight in passing.get("weights", {}).items():
        entry = {"role": name.removeprefix("role:")} if name.startswith("role:") else {"users": [name]}
        weights.append((placing.who([entry])[0], int(weight)))
    return Passing(
        count=passing.get("count"),
        percent=Decimal(str(passing["percent"])) if "percent" in passing else None,
        weight=passing.get("weight"),
        weights=tuple(weights),
    )


def weights_of(passing: Passing | None, people: Sequence[UUID], directory: Directory) -> dict[UUID, int]:
    """What each person's vote counts."""
    weights = dict.fromkeys(people, 1)
    named: dict[UUID, int] = {}
    for who, weight in passing.weights if passing else ():
        users = directory.with_role(who.names[0]) if who.kind == "role" else [directory.with_email(who.names[0])]
        for user in users:
            if user is not None:
                named[user] = max(weight, named.get(user, 0))
    return {user: named.get(user, weight) for user, weight in weights.items()}


def is_reachable(passing: Passing | None, weights: Mapping[UUID, int]) -> bool:
    """Whether the quorum is reached if all of them approve."""
    if passing is None:
        return True
    return _is_reached(passing, len(weights), sum(weights.values()), sum(weights.values()))


def votes_of(tasks: Iterable[Task]) -> list[Vote]:
    """The votes of a visit: of those whom the flow asks and of signers beside them. Signers added before or after
    somebody are part of his vote."""
    tasks = list(tasks)
    added: dict[int, list[Task]] = {}
    for task in tasks:
        if task.sign in {"before", "after"} and task.parent is not None and task.status not in _REPLACED:
            added.setdefault(task.parent, []).append(task)
    voters = [task for task in tasks if task.sign not in {"before", "after"} and task.status not in _REPLACED]
    return [Vote(_with_added(task, added.get(task.number, ())), task.weight) for task in voters]


def _with_added(task: Task, added: Sequence[Task]) -> str:
    if task.status == "rejected" or any(signer.status == "rejected" for signer in added):
        return "rejected"
    if task.status in LIVE or any(signer.status in LIVE for signer in added):
        return "open"
    return task.status


def verdict(spec: Ask, votes: Sequence[Vote]) -> str | None:
    """approved, rejected, or None while it is not decided."""
    if spec.passing is not None:
        return _quorum(spec.passing, votes)
    statuses = {vote.status for vote in votes}
    if spec.mode == "any":
        first, last = "approved", "rejected"
    elif spec.collect and "open" in statuses:
        return None
    else:
        first, last = "rejected", "approved"
    if first in statuses:
        return first
    if "open" in statuses:
        return None
    return last if last in statuses else None


def _quorum(passing: Passing, votes: Sequence[Vote]) -> str | None:
    total = sum(vote.weight for vote in votes)
    yes = [vote.weight for vote in votes if vote.status == "approved"]
    could = [vote.weight for vote in votes if vote.status in {"approved", "open"}]
    if yes and _is_reached(passing, len(yes), sum(yes), total):
        return "approved"
    if votes and not _is_reached(passing, len(could), sum(could), total):
        return "rejected"
    return None


def _is_reached(passing: Passing, heads: int, weight: int, total: int) -> bool:
    if passing.count is not None:
        return heads >= passing.count
    if passing.percent is not None:
        return weight > 0 and weight * 100 >= passing.percent * total
    assert passing.weight is not None
    return weight >= passing.weight
