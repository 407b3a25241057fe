"""The types of custom fields: how a value is read, kept and seen by expressions.

Values are kept as JSON: numbers exact, dates and instants as ISO text, money as `{"amount", "currency"}`,
options by their ids.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import N_
from low_code.expressions import BOOL, DATE, DATETIME, MONEY, NUMBER, STRING, Type, list_of, option_of

NOT_TEXT = N_("This must be a text.")
NOT_A_NUMBER = N_("This must be a number.")
NOT_WHOLE = N_("This must be a whole number.")
NOT_BOOL = N_("This must be yes or no.")
NOT_A_DATE = N_("This must be a date such as 2026-11-22.")
NOT_AN_INSTANT = N_("This must be a date and time with its offset, such as 2026-11-22T09:30:00Z.")
NOT_MONEY = N_("This must be an amount and a currency.")
NOT_A_LIST = N_("This must be a list of options.")
NOT_A_PHONE = N_("This must be a phone number.")
NOT_AN_EMAIL = N_("This must be an e-mail address.")
NOT_A_URL = N_("This must be a web address that begins with http:// or https://.")

MAX_DIGITS = 20
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,28}[0-9]", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_URL = re.compile(r"https?://[^\s/]+\S*")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)

Read = Callable[[Any], Any]


class Unreadable(Exception):
    """The value is not of the type; `sentence` says what it should be."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value or any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise Unreadable(NOT_TEXT)
    return unicodedata.normalize("NFC", value)


def read_number(value: Any) -> Decimal:
    """An exact number; a float has lost digits already and is refused."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unreadable(NOT_A_NUMBER)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise Unreadable(NOT_A_NUMBER)
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Unreadable(NOT_A_NUMBER) from error
    if not number.is_finite() or len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise Unreadable(NOT_A_NUMBER)
    return number


def read_integer(value: Any) -> Decimal:
    number = read_number(value)
    if number != number.to_integral_value():
        raise Unreadable(NOT_WHOLE)
    return number.quantize(Decimal(1))


def read_money(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.keys() != {"amount", "currency"}:
        raise Unreadable(NOT_MONEY)
    currency = value["currency"]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise Unreadable(NOT_MONEY)
    return {"amount": format(read_number(value["amount"]), "f"), "currency": currency}


def read_bool(value: Any) -> bool:
    if value is True or value is False:
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise Unreadable(NOT_BOOL)


def read_date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(read_text(value)).isoformat()
    except ValueError as error:
        raise Unreadable(NOT_A_DATE) from error


def read_datetime(value: Any) -> str:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(read_text(value))
    except ValueError as error:
        raise Unreadable(NOT_AN_INSTANT) from error
    if instant.tzinfo is None:
        raise Unreadable(NOT_AN_INSTANT)
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_options(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise Unreadable(NOT_A_LIST)
    return list(dict.fromkeys(read_text(item) for item in value))


def _shaped(shape: re.Pattern[str], sentence: str) -> Read:
    def read(value: Any) -> str:
        text = read_text(value).strip()
        if not shape.fullmatch(text):
            raise Unreadable(sentence)
        return text

    return read


READERS: Mapping[str, Read] = {
    "text": read_text,
    "long_text": read_text,
    "integer": read_integer,
    "decimal": read_number,
    "percent": read_number,
    "money": read_money,
    "bool": read_bool,
    "date": read_date,
    "datetime": read_datetime,
    "option": read_text,
    "multi_option": read_options,
    "phone": _shaped(_PHONE, NOT_A_PHONE),
    "email": _shaped(_EMAIL, NOT_AN_EMAIL),
    "url": _shaped(_URL, NOT_A_URL),
}

TEXT_TYPES = frozenset({"text", "long_text", "phone", "email", "url"})
NUMBER_TYPES = frozenset({"integer", "decimal", "percent", "money"})
OPTION_TYPES = frozenset({"option", "multi_option"})
RANGED_TYPES = NUMBER_TYPES | {"date", "datetime"}


def bound_reader(field_type: str) -> Read:
    """How `min` and `max` of a field are read, so that they compare with `measured` values: of money the bare
    amount, of an instant the instant itself (its text forms do not sort)."""
    if field_type == "datetime":
        return lambda value: datetime.fromisoformat(read_datetime(value))
    return read_number if field_type in NUMBER_TYPES else READERS[field_type]


def measured(field_type: str, value: Any) -> Any:
    """What of a value is compared with `min` and `max`."""
    if field_type == "money":
        return Decimal(value["amount"])
    return datetime.fromisoformat(value) if field_type == "datetime" else value


def expression_type(definition: Mapping[str, Any]) -> Type:
    """How expressions see the field. Options that were retired stay readable."""
    kind = definition["type"]
    if kind in OPTION_TYPES:
        option = option_of(option["id"] for option in definition.get("options", ()))
        return list_of(option) if kind == "multi_option" else option
    if kind in TEXT_TYPES:
        return STRING
    return {"money": MONEY, "bool": BOOL, "date": DATE, "datetime": DATETIME}.get(kind, NUMBER)
