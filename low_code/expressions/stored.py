"""How stored values are read. What is missing, or of another type than its field says, reads as empty.

A value may come as the driver gives it (Decimal, date, aware datetime, Money) or as it lies in a jsonb
column (ISO text for dates, instants and durations, `{"amount": "12.50", "currency": "CNY"}` for money).
Each reader has a twin in `sql_functions` that reads the jsonb form the same way. None of them raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from kernel.money import Money
from low_code.expressions.instants import LONGEST, parse_date, parse_duration, parse_instant
from low_code.expressions.literals import _CURRENCY, parse_decimal
from low_code.expressions.numbers import bounded
from low_code.expressions.types import Kind

# What a look-up by key may raise on data of another shape, and a comparison on a NaN.
MISSING = (KeyError, TypeError, IndexError, InvalidOperation)

Convert = Callable[[Any], Any]


def read_bool(value: Any) -> bool | None:
    return value if value is True or value is False else None


def read_number(value: Any) -> Decimal | int | None:
    """An int stays one: comparing is exact, and arithmetic makes it a Decimal."""
    if type(value) is Decimal:
        return value if value.is_finite() else None
    return value if type(value) is int else None


def read_bounded(value: Any) -> Decimal | None:
    """A number that arithmetic may use: as a Decimal, within the digits that are kept exactly."""
    return bounded(value) if type(value) is Decimal or type(value) is int else None


def read_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is UUID else None


def read_date(value: Any) -> date | None:
    if type(value) is date:
        return value
    return parse_date(value) if isinstance(value, str) else None


def read_datetime(value: Any) -> datetime | None:
    if isinstance(value, str):
        return parse_instant(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def read_duration(value: Any) -> timedelta | None:
    if isinstance(value, timedelta):
        return value if abs(value) <= LONGEST else None
    return parse_duration(value) if isinstance(value, str) else None


def read_money(value: Any) -> Money | None:
    if type(value) is Money:
        return value if bounded(value.amount) is not None else None
    if not isinstance(value, Mapping):
        return None
    amount, currency = parse_decimal(value.get("amount")), value.get("currency")
    if amount is None or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    return Money(amount, currency)


def read_list(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    texts = tuple(read_text(item) for item in value)
    return None if None in texts else texts  # type: ignore[return-value]


READERS: Mapping[Kind, Convert] = {
    Kind.BOOL: read_bool,
    Kind.NUMBER: read_number,
    Kind.MONEY: read_money,
    Kind.STRING: read_text,
    Kind.OPTION: read_text,
    Kind.REF: read_text,
    Kind.DATE: read_date,
    Kind.DATETIME: read_datetime,
    Kind.DURATION: read_duration,
    Kind.LIST: read_list,
}


def reader(keys: tuple[str, ...], convert: Convert) -> Callable[[Any, Any], Any]:
    """A function of (values, _) that goes down `keys` and converts what it finds; None where nothing fits."""
    if len(keys) == 1:
        (only,) = keys

        def read_one(values: Any, _: Any) -> Any:
            try:
                return convert(values[only])
            except MISSING:
                return None

        return read_one
    if len(keys) == 2:
        first, second = keys

        def read_two(values: Any, _: Any) -> Any:
            try:
                return convert(values[first][second])
            except MISSING:
                return None

        return read_two

    def read_deep(values: Any, _: Any) -> Any:
        try:
            for key in keys:
                values = values[key]
            return convert(values)
        except MISSING:
            return None

    return read_deep


def rows_reader(keys: tuple[str, ...]) -> Callable[[Any], list[Any] | tuple[Any, ...]]:
    """A function of the values that finds child rows; none where there is no list."""

    def read(values: Any) -> list[Any] | tuple[Any, ...]:
        try:
            for key in keys:
                values = values[key]
        except MISSING:
            return ()
        return values if isinstance(values, list | tuple) else ()

    return read
