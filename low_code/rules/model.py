"""A decision table as it is known to be right. Only `check_table` makes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from low_code.expressions import Checked, Subject, Type
from low_code.rules.cells import Cell, Domain


class Hit(StrEnum):
    """Which rows decide, where several accept. Letters as in DMN."""

    UNIQUE = "U"  # at most one can
    ANY = "A"  # several may, with equal outputs
    PRIORITY = "P"  # the one whose output is preferred
    FIRST = "F"  # the one that stands first
    RULE_ORDER = "R"  # all, in the order of the table
    OUTPUT_ORDER = "O"  # all, preferred outputs first
    COLLECT = "C"  # all, in no order that means anything
    SUM = "C+"
    LEAST = "C<"
    MOST = "C>"
    COUNT = "C#"

    @property
    def single(self) -> bool:
        """Whether one row decides alone."""
        return self in (Hit.UNIQUE, Hit.ANY, Hit.PRIORITY, Hit.FIRST)

    @property
    def aggregates(self) -> bool:
        """Whether the outputs of all rows become one."""
        return self in (Hit.SUM, Hit.LEAST, Hit.MOST, Hit.COUNT)

    @property
    def ranks(self) -> bool:
        """Whether outputs carry an order of preference."""
        return self in (Hit.PRIORITY, Hit.OUTPUT_ORDER)


class OnNone(StrEnum):
    """What a table says where no row accepts."""

    DEFAULT = "default"
    ERROR = "error"
    NEXT_TABLE = "next_table"


@dataclass(frozen=True, slots=True)
class Input:
    """A column that is tested: an expression over the subject."""

    id: str
    checked: Checked
    pointer: str

    @property
    def type(self) -> Type:
        return self.checked.type

    @property
    def domain(self) -> Domain:
        return Domain.of(self.checked.type, self.checked.nullable)


@dataclass(frozen=True, slots=True)
class Output:
    """A column that is given.

    priority  values, most preferred first; only for the hit policies P and O
    """

    id: str
    name: str
    type: Type
    default: Any
    priority: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule.

    cells    one per input, in their order
    outputs  one per output: a constant (None is empty) or a checked expression
    starts   first day on which it holds, None: always has
    ends     last day on which it holds, None: for good
    """

    id: str
    cells: tuple[Cell, ...]
    outputs: tuple[Any, ...]
    starts: date | None
    ends: date | None
    pointer: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A checked decision table; `document` is what it was read from."""

    key: str
    subject: Subject
    hit: Hit
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]
    on_none: OnNone
    next_table: str
    document: Mapping[str, Any]

    def ranked_rows(self) -> tuple[Row, ...]:
        """The rows, winners first: by preference of outputs for P and O, else as they stand."""
        if not self.hit.ranks:
            return self.rows
        return tuple(sorted(self.rows, key=self._rank))

    def _rank(self, row: Row) -> tuple[int, ...]:
        ranked = zip(self.outputs, row.outputs, strict=True)
        return tuple(output.priority.index(value) for output, value in ranked if output.priority)
