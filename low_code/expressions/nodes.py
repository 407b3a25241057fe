"""The checked form of an expression: what every back end reads. Immutable, typed, every operand placed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from low_code.expressions.subjects import FieldSpec
from low_code.expressions.types import Type


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant.

    value  bool, Decimal, Money, str, date, datetime (UTC), timedelta, None, or a tuple of them for a list
    """

    pointer: str
    type: Type
    value: Any

    @property
    def nullable(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is read.

    path    full: `parcel.weight`, `parcel.items.qty`
    keys    the way to it from where it is read: ("parcel", "weight"), or ("qty",) within a row
    rows    path of the rows whose element it belongs to; "" for a field of the subject itself
    """

    pointer: str
    type: Type
    nullable: bool
    path: str
    keys: tuple[str, ...]
    rows: str
    spec: FieldSpec


@dataclass(frozen=True, slots=True)
class Call:
    """An operator over its operands."""

    pointer: str
    type: Type
    nullable: bool
    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """An operator over child rows; `body` is evaluated once per row, None only for a plain count."""

    pointer: str
    type: Type
    nullable: bool
    op: str
    rows: str
    keys: tuple[str, ...]
    body: Node | None


Node = Literal | Field | Call | Each


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, parents first."""
    yield node
    if isinstance(node, Call):
        for operand in node.operands:
            yield from walk(operand)
    elif isinstance(node, Each) and node.body is not None:
        yield from walk(node.body)


def round_places(node: Call) -> int:
    """The decimals that a checked `round` keeps."""
    places = node.operands[1] if len(node.operands) > 1 else None
    return int(places.value) if isinstance(places, Literal) else 0
