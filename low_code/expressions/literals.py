"""Typed literals: `{"dec": "12.50"}`, `{"date": …}`, `{"datetime": …}`, `{"dur": …}`, `{"money": […]}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from kernel.i18n import N_
from kernel.money import Money
from low_code.expressions.instants import (
    duration_text,
    instant_text,
    parse_date,
    parse_duration,
    parse_instant,
)
from low_code.expressions.numbers import bounded, plain
from low_code.expressions.types import DATE, DATETIME, DURATION, MONEY, NUMBER, Type

BAD_LITERAL = N_("{text} is not {expected}.")

_DECIMAL = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def parse_decimal(value: Any) -> Decimal | None:
    """`"12.50"` -> the number; None for other shapes, exponents and numbers of too many digits."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        return None
    return bounded(Decimal(value))


def parse_money(value: Any) -> Money | None:
    """`["12.50", "CNY"]` -> the money."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    amount, currency = parse_decimal(value[0]), value[1]
    if amount is None or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    return Money(amount, currency)


def _text(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: parse(value) if isinstance(value, str) else None


# key of the literal -> its type and how its value is read (None: it is not one)
LITERALS: Mapping[str, tuple[Type, Callable[[Any], Any]]] = {
    "dec": (NUMBER, parse_decimal),
    "date": (DATE, _text(parse_date)),
    "datetime": (DATETIME, _text(parse_instant)),
    "dur": (DURATION, _text(parse_duration)),
    "money": (MONEY, parse_money),
}


def literal_document(value: Any) -> Any:
    """The canonical document of a constant: no trailing zeros, instants in UTC, texts in NFC."""
    match value:
        case None | bool():
            return value
        case str():
            return normalize("NFC", value)
        case Decimal() | int():
            return {"dec": plain(value)}
        case Money():
            return {"money": [plain(value.amount), value.currency]}
        case datetime():
            return {"datetime": instant_text(value)}
        case date():
            return {"date": value.isoformat()}
        case timedelta():
            return {"dur": duration_text(value)}
        case _:
            return [literal_document(item) for item in value]
