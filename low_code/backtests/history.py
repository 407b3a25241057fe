"""What the domain brings to a backtest: its history, and how two configurations decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from kernel.db import Work
from low_code.registry import Configuration

Tallies = Mapping[str, int | Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One subject that is decided differently. what: names of the decisions; before, after: plain JSON"""

    subject_id: UUID
    label: str
    what: Sequence[str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What a stretch of history gave.

    looked_at  subjects in it; 0: history ended before the number that was expected
    cursor     where the next stretch begins, plain JSON
    tallies    sums of this stretch by name; those of all stretches are added up
    """

    looked_at: int
    cursor: Any
    tallies: Tallies
    differences: Sequence[Difference]


class History(Protocol):
    """The tenant's history, newest first."""

    def count(self, work: Work, scope: Mapping[str, Any]) -> int:
        """How many subjects the scope holds, at most its limit."""

    def decide(
        self,
        work: Work,
        scope: Mapping[str, Any],
        cursor: Any,
        size: int,
        before: Configuration,
        after: Configuration,
    ) -> Chunk:
        """The next `size` subjects behind `cursor` (None: from the newest), decided by both configurations on the same
        recorded facts. Writes nothing. The same scope and cursor give the same stretch, whatever came in since."""


def add_tallies(one: Mapping[str, Any], other: Tallies) -> dict[str, Any]:
    """Sums by name. Sums that are stored are numbers or, for amounts, text."""
    added: dict[str, Any] = dict(one)
    for name, value in other.items():
        so_far = added.get(name, 0)
        added[name] = value + (Decimal(so_far) if isinstance(so_far, str) else so_far)
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in added.items()}
