"""What the explanation of a decision is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyTable:
    """columns: labels; numbers: positions of columns that hold numbers; won: row that decided, or -1"""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    won: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPart:
    """One line, rule or round of a decision."""

    title: str = ""
    sentences: Sequence[str] = ()
    tables: Sequence[WhyTable] = ()
