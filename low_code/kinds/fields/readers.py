"""How one value of a custom field is read. Each reader takes what comes from outside and gives what is kept, or
raises Unreadable with the sentence that says what it should be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from kernel.i18n import N_
from kernel.ids import from_text

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

NOT_AN_ADDRESS = N_("This must be an address: recipient, phone, street, city, region, postal code and country code.")
NOT_FILES = N_("This must be a list of uploaded files.")
NOT_A_PERSON = N_("This must be a user, by e-mail address.")
NOT_A_CODE = N_("This must be a code of at most 200 characters.")
NOT_ROWS = N_("This must be a list of rows.")
UNKNOWN_COLUMN = N_("There is no such column.")

# Part of an address -> most characters.
ADDRESS_PARTS: Mapping[str, int] = {
    "recipient": 200, "phone": 50, "street": 500, "city": 200, "region": 100, "postal_code": 20, "country": 2,
}  # fmt: skip
MAX_CODE = 200
MAX_DIGITS = 20
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,28}[0-9]", re.ASCII)
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
URL = re.compile(r"https?://[^\s/]+\S*")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)

Read = Callable[[Any], Any]


class Unreadable(Exception):
    """The value is not of the type; `sentence` says what it should be."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CellUnreadable(Unreadable):
    """A cell of a sub-table; `row` counts from 0."""

    def __init__(self, row: int, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.row, self.column = row, column


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
    try:
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:  # the first and last hours of the calendar
        raise Unreadable(NOT_AN_INSTANT) from error


def read_options(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise Unreadable(NOT_A_LIST)
    return list(dict.fromkeys(read_text(item) for item in value))


def shaped(shape: re.Pattern[str], sentence: str) -> Read:
    def read(value: Any) -> str:
        text = read_text(value).strip()
        if not shape.fullmatch(text):
            raise Unreadable(sentence)
        return text

    return read


def read_address(value: Any) -> dict[str, str]:
    """Its parts that say something; a country is ISO 3166-1 alpha-2."""
    if not isinstance(value, Mapping) or not value.keys() <= ADDRESS_PARTS.keys():
        raise Unreadable(NOT_AN_ADDRESS)
    parts = {part: read_text(value[part]).strip() for part in ADDRESS_PARTS if value.get(part) is not None}
    found = {part: text for part, text in parts.items() if text}
    if any(len(text) > ADDRESS_PARTS[part] for part, text in found.items()):
        raise Unreadable(NOT_AN_ADDRESS)
    if not found or ("country" in found and not _COUNTRY.fullmatch(found["country"])):
        raise Unreadable(NOT_AN_ADDRESS)
    return found


def read_files(value: Any) -> list[str]:
    """Ids of files that were uploaded before; one may come bare."""
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list | tuple) or not all(isinstance(one, str) and from_text("fil", one) for one in ids):
        raise Unreadable(NOT_FILES)
    return list(dict.fromkeys(ids))


def read_person(value: Any) -> str:
    """A user by e-mail, by id as the API says it, or as it is kept: the id's plain text. E-mails stay as they are
    until `known` says whose they are."""
    text = read_text(value).strip()
    found = from_text("usr", text)
    if found is not None:
        return str(found)
    try:
        return str(UUID(text))
    except ValueError:
        if not EMAIL.fullmatch(text):
            raise Unreadable(NOT_A_PERSON) from None
        return text.lower()


def read_code(value: Any) -> str:
    """The code by which a row is known: a number, a key."""
    text = read_text(value).strip()
    if not 0 < len(text) <= MAX_CODE:
        raise Unreadable(NOT_A_CODE)
    return text


def read_rows(columns: Mapping[str, Read]) -> Read:
    """Rows of a sub-table. Each value is read as its column says; rows with nothing in them are left out.

    raises  CellUnreadable, which names row and column
    """

    def read(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list | tuple):
            raise Unreadable(NOT_ROWS)
        rows = [_read_row(row, columns, number) for number, row in enumerate(value)]
        return [row for row in rows if row]

    return read


def _read_row(row: Any, columns: Mapping[str, Read], number: int) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise Unreadable(NOT_ROWS)
    kept = {}
    for key, value in row.items():
        if key not in columns:
            raise CellUnreadable(number, str(key)[:80], UNKNOWN_COLUMN)
        if value is None or value == "" or value == []:
            continue
        try:
            kept[key] = columns[key](value)
        except Unreadable as error:
            raise CellUnreadable(number, key, error.sentence) from error
    return {key: kept[key] for key in columns if key in kept}
