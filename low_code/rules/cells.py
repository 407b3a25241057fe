"""Cells of a decision table: tests on one value, as data. What they accept can be compared exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from kernel.money import Money
from low_code.expressions.instants import parse_date, parse_duration, parse_instant
from low_code.expressions.literals import LITERALS, parse_decimal, parse_money
from low_code.expressions.numbers import bounded
from low_code.expressions.types import Kind, Type

ORDERED = frozenset({Kind.NUMBER, Kind.MONEY, Kind.STRING, Kind.DATE, Kind.DATETIME, Kind.DURATION})


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Accepts everything, an empty value too."""


@dataclass(frozen=True, slots=True)
class OneOf:
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Accepts what is not among `values`, an empty value too, as `!(in)` of the language does."""

    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Accepts what lies between; None is no bound. Never an empty value.

    currency  for money: the amounts are of this one, and no other currency is accepted
    """

    low: Any = None
    high: Any = None
    with_low: bool = True
    with_high: bool = True
    currency: str = ""

    def is_empty(self) -> bool:
        """Whether nothing lies between."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high) or (self.low == self.high and not (self.with_low and self.with_high))

    def accepts(self, value: Any) -> bool:
        if isinstance(value, Money):
            if value.currency != self.currency:
                return False
            value = value.amount
        above = self.low is None or value > self.low or (self.with_low and value == self.low)
        return above and (self.high is None or value < self.high or (self.with_high and value == self.high))


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Accepts only the empty value, or every other."""

    empty: bool


Cell = AnyValue | OneOf | NoneOf | Bounds | Emptiness

ANY = AnyValue()


def accepts(cell: Cell, value: Any) -> bool:
    """Whether the test holds for `value`; None is an empty one."""
    match cell:
        case AnyValue():
            return True
        case OneOf(values):
            return value is not None and value in values
        case NoneOf(values):
            return value not in values
        case Emptiness(empty):
            return (value is None) is empty
        case Bounds():
            return value is not None and cell.accepts(value)


def meet(a: Cell, b: Cell, domain: Domain) -> bool:
    """Whether some value of the column is accepted by both."""
    for first, second in ((a, b), (b, a)):
        match first:
            case AnyValue():
                return domain.nullable or second != Emptiness(empty=True)
            case OneOf(values):
                return any(accepts(second, value) for value in values)
    for first, second in ((a, b), (b, a)):
        match first:
            case Emptiness(empty=True):
                return domain.nullable and accepts(second, None)
    match (a, b):
        case (NoneOf(), NoneOf()) if domain.nullable:
            return True
        case (Bounds(), Bounds()):
            return _bounds_meet(a, b)
    if domain.values is not None:
        return any(accepts(a, value) and accepts(b, value) for value in domain.values)
    for first, second in ((a, b), (b, a)):
        if isinstance(first, Bounds) and isinstance(second, NoneOf) and first.low == first.high is not None:
            low = Money(first.low, first.currency) if first.currency else first.low
            return low not in second.values
    return True


def covers(outer: Cell, inner: Cell, domain: Domain) -> bool:
    """Whether `outer` accepts everything that `inner` does. May say no where it is so, never the reverse."""
    match (outer, inner):
        case (AnyValue(), _):
            return True
        case (_, OneOf(values)):
            return all(accepts(outer, value) for value in values)
        case (NoneOf(wide), NoneOf(narrow)):
            return wide <= narrow
        case (NoneOf(excluded), Bounds()):
            return not any(inner.accepts(value) for value in excluded)
        case (Emptiness(first), Emptiness(second)):
            return first is second
        case (Emptiness(empty), Bounds()):
            return not empty
        case (Emptiness(empty), AnyValue() | NoneOf()):
            return not empty and not domain.nullable
        case (NoneOf(), Emptiness(empty)):
            return empty
        case (Bounds(), Bounds()):
            return _bounds_cover(outer, inner)
        case _:
            return False


def _bounds_meet(a: Bounds, b: Bounds) -> bool:
    if a.currency != b.currency:
        return False
    return _starts_before_end(a, b) and _starts_before_end(b, a)


def _starts_before_end(a: Bounds, b: Bounds) -> bool:
    if a.low is None or b.high is None:
        return True
    return bool(a.low < b.high) or (a.low == b.high and a.with_low and b.with_high)


def _bounds_cover(outer: Bounds, inner: Bounds) -> bool:
    if outer.currency != inner.currency:
        return False
    if outer.low is not None and (
        inner.low is None or inner.low < outer.low or (inner.low == outer.low and inner.with_low and not outer.with_low)
    ):
        return False
    return outer.high is None or not (
        inner.high is None
        or inner.high > outer.high
        or (inner.high == outer.high and inner.with_high and not outer.with_high)
    )


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column can hold: a closed set where its type has one, and perhaps the empty value."""

    nullable: bool
    values: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, kind: Type, nullable: bool) -> Domain:
        if kind.kind is Kind.BOOL:
            return cls(nullable, (True, False))
        if kind.kind is Kind.OPTION:
            return cls(nullable, tuple(sorted(kind.options)))
        return cls(nullable)


def cell_value(kind: Type, document: Any) -> Any:
    """The value that a cell or an output states for a column of type `kind`; None where it states none.

    Since the column says the type, the plain text is enough (`"5"`, `"2026-01-31"`); the typed literals of
    the language are taken too.
    """
    if isinstance(document, dict) and len(document) == 1:
        ((key, inner),) = document.items()
        literal, read = LITERALS.get(key, (None, None))
        return read(inner) if read is not None and literal == kind else None
    return _PLAIN[kind.kind](kind, document) if kind.kind in _PLAIN else None


def _text(kind: Type, document: Any) -> str | None:
    if not isinstance(document, str):
        return None
    text = normalize("NFC", document)
    return None if kind.kind is Kind.OPTION and text not in kind.options else text


def _number(_: Type, document: Any) -> Decimal | None:
    if isinstance(document, str):
        return parse_decimal(document)
    return bounded(document) if isinstance(document, int | Decimal) and not isinstance(document, bool) else None


def _from_text(parse: Callable[[str], Any]) -> Callable[[Type, Any], Any]:
    return lambda _, document: parse(document) if isinstance(document, str) else None


_PLAIN: Mapping[Kind, Callable[[Type, Any], Any]] = {
    Kind.BOOL: lambda _, document: document if isinstance(document, bool) else None,
    Kind.NUMBER: _number,
    Kind.MONEY: lambda _, document: parse_money(document),
    Kind.STRING: _text,
    Kind.OPTION: _text,
    Kind.REF: _text,
    Kind.DATE: _from_text(parse_date),
    Kind.DATETIME: _from_text(parse_instant),
    Kind.DURATION: _from_text(parse_duration),
}
