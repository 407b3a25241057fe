"""Amounts, quantities and days as they are typed into forms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from kernel.i18n import N_, _
from web.http.forms import Form

_GREATEST = Decimal(10) ** 13
_DIGITS = 4
NOT_AN_AMOUNT = N_("Write an amount such as 1200 or 99.50.")
NOT_A_QUANTITY = N_("Write a quantity such as 12 or 0.5.")
NOT_A_DAY = N_("Write a day such as 2026-11-22.")


def typed_amount(form: Form, name: str, *, sentence: str = NOT_AN_AMOUNT) -> Decimal:
    """What stands in the field; a fault goes to the form, and 0 comes back."""
    number = number_in(form.value(name))
    if number is None:
        form.refuse_field(name, _(sentence))
        return Decimal(0)
    return number


def typed_quantity(form: Form, name: str) -> Decimal:
    return typed_amount(form, name, sentence=NOT_A_QUANTITY)


def number_in(text: str) -> Decimal | None:
    """A number of at most four decimals, thousands separated by commas or not; None where it is none."""
    try:
        number = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= _GREATEST or number != round(number, _DIGITS):
        return None
    return number


def typed_day(form: Form, name: str) -> date | None:
    """None where the field is empty; a fault goes to the form."""
    text = form.value(name).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.refuse_field(name, _(NOT_A_DAY))
        return None
