"""How templates write values: money, quantities, dates, in the reader's language and the tenant's zone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import g

from kernel import clock
from kernel.i18n import _, current_locale
from kernel.money import currency_digits

EMPTY = "–"


def _babel() -> str:
    return "zh_Hans_CN" if current_locale() == "zh-CN" else "en"


def _babel_of_dates() -> str:
    """English days as 22 Nov 2026, 14:05: nobody has to guess which number is the month."""
    return "zh_Hans_CN" if current_locale() == "zh-CN" else "en_GB"


def _zone() -> str:
    tenant = g.get("tenant") if g else None
    return tenant.zone if tenant else "UTC"


def money(amount: Decimal | None, currency: str) -> str:
    """1,234.50 with the currency's sign; the code stands where English would write "CN¥".

    >>> money(Decimal("1234.5"), "EUR")
    '€1,234.50'
    """
    if amount is None:
        return EMPTY
    return _amount(amount, currency, currency_digits(currency))


def bare_amount(amount: Decimal | None, currency: str) -> str:
    """As `money` without the currency, for tables that name it elsewhere."""
    if amount is None:
        return EMPTY
    digits = currency_digits(currency)
    return format_decimal(amount, format=f"#,##0{'.' + '0' * digits if digits else ''}", locale=_babel())


def amount_text(amount: Decimal, currency: str) -> str:
    """As a field of a form carries it: the digits of the currency, nothing between the thousands.

    >>> amount_text(Decimal("1405.6700"), "CNY")
    '1405.67'
    """
    return f"{amount:.{currency_digits(currency)}f}"


def unit_price(amount: Decimal | None, currency: str) -> str:
    """As `money`, with as many decimals as the price has, at least those of the currency."""
    if amount is None:
        return EMPTY
    written = -int(amount.normalize().as_tuple().exponent)
    return _amount(amount, currency, max(currency_digits(currency), written))


def _amount(amount: Decimal, currency: str, digits: int) -> str:
    pattern = f"¤#,##0{'.' + '0' * digits if digits else ''}"
    if currency in {"CNY", "HKD", "TWD", "JPY"} and not current_locale().startswith("zh"):
        pattern = pattern.replace("¤", "¤¤ ")
    return format_currency(amount, currency, format=pattern, locale=_babel(), currency_digits=False)


def unit_name(unit: str | None) -> str:
    """A unit of measure in the reader's language; one that nobody has translated as the company writes it."""
    return _(unit) if unit else ""


def quantity(value: Decimal | int | None, unit: str = "") -> str:
    """Without trailing zeros: 12, 0.5; with the unit behind it."""
    if value is None:
        return EMPTY
    written = format_decimal(value, format="#,##0.####", locale=_babel())
    return f"{written} {unit_name(unit)}" if unit else written


def percent(rate: Decimal | None) -> str:
    """0.19 is 19 %."""
    return EMPTY if rate is None else format_percent(rate, format="#,##0.##%", locale=_babel())


def instant(value: datetime | None, style: str = "medium") -> str:
    """Date and time in the tenant's zone. style: short, medium, long"""
    if value is None:
        return EMPTY
    return format_datetime(value, style, tzinfo=ZoneInfo(_zone()), locale=_babel_of_dates())


def day(value: date | datetime | None, style: str = "medium") -> str:
    """A calendar day; of an instant, the day in the tenant's zone."""
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(_zone())).date()
    return format_date(value, style, locale=_babel_of_dates())


def ago(value: datetime | None) -> str:
    """ "3 minutes ago"."""
    if value is None:
        return EMPTY
    return format_timedelta(value - clock.now(), add_direction=True, locale=_babel())


def iso(value: date | datetime | None) -> str:
    """For `<time datetime=…>`."""
    return "" if value is None else value.isoformat()


def plain(value: Any) -> str:
    """A JSON value of the audit log as a person reads it."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return ", ".join(plain(each) for each in value) or EMPTY
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


FILTERS: Mapping[str, Callable[..., str]] = {
    "money": money,
    "amount": bare_amount,
    "amount_text": amount_text,
    "unit_price": unit_price,
    "quantity": quantity,
    "unit": unit_name,
    "percent": percent,
    "instant": instant,
    "day": day,
    "ago": ago,
    "iso": iso,
    "plain": plain,
}
