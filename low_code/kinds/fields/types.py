"""The catalogue: the types of custom fields, how their values are kept, and how expressions see them.

Values are kept as JSON: numbers exact, dates and instants as ISO text, money as `{"amount", "currency"}`,
options by their ids, references by the code of the row, users by id, files as a list of ids, a sub-table as a list
of rows. What is computed is kept as the type of its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from kernel.money import Money
from low_code.expressions import BOOL, DATE, DATETIME, MONEY, NUMBER, ROWS, STRING, FieldSpec, Type, list_of, option_of
from low_code.expressions import ref_to as reference_type
from low_code.kinds.fields.readers import (
    ADDRESS_PARTS,
    EMAIL,
    NOT_A_PHONE,
    NOT_A_URL,
    NOT_AN_EMAIL,
    PHONE,
    URL,
    Read,
    read_address,
    read_bool,
    read_code,
    read_date,
    read_datetime,
    read_files,
    read_integer,
    read_money,
    read_number,
    read_options,
    read_person,
    read_rows,
    read_text,
    shaped,
)

_READERS: Mapping[str, Read] = {
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
    "phone": shaped(PHONE, NOT_A_PHONE),
    "email": shaped(EMAIL, NOT_AN_EMAIL),
    "url": shaped(URL, NOT_A_URL),
    "user": read_person,
    "department": read_code,
    "reference": read_code,
    "address": read_address,
    "attachment": read_files,
    "image": read_files,
    "auto_number": read_text,
}

TEXT_TYPES = frozenset({"text", "long_text", "phone", "email", "url"})
NUMBER_TYPES = frozenset({"integer", "decimal", "percent", "money"})
OPTION_TYPES = frozenset({"option", "multi_option"})
MOMENT_TYPES = frozenset({"date", "datetime"})
RANGED_TYPES = NUMBER_TYPES | MOMENT_TYPES
FILE_TYPES = frozenset({"attachment", "image"})
COMPUTED_TYPES = frozenset({"formula", "lookup", "rollup"})
# Nobody types them in.
GIVEN_TYPES = COMPUTED_TYPES | {"auto_number"}
# Name something that must exist: type -> the target that `Known` is asked for ("" stands for the field's own).
NAMING_TYPES: Mapping[str, str] = {"user": "user", "department": "department", "reference": ""}
DEFAULT_TYPES = (
    TEXT_TYPES | NUMBER_TYPES | OPTION_TYPES | MOMENT_TYPES | {"bool", "user", "reference", "department"}
) | {"address"}
# One value that a list can be filtered and sorted by, as the kind of slot that holds it.
SLOT_KINDS: Mapping[str, str] = {
    "text": "s", "option": "s", "phone": "s", "email": "s", "url": "s", "bool": "s", "user": "s", "department": "s",
    "reference": "s", "auto_number": "s", "integer": "n", "decimal": "n", "percent": "n", "money": "n", "date": "t",
    "datetime": "t",
}  # fmt: skip
SEARCHED_TYPES = TEXT_TYPES | {"option", "multi_option", "reference", "auto_number", "address"}


def value_type(definition: Mapping[str, Any]) -> str:
    """The type of what is kept: of a computed field, that of its result."""
    kind = str(definition["type"])
    if kind not in COMPUTED_TYPES:
        return kind
    return str(definition.get("result", "decimal" if kind == "rollup" else "text"))


def reader_of(definition: Mapping[str, Any]) -> Read:
    """How a value of the field is read."""
    if definition["type"] == "sub_table":
        return read_rows({column["key"]: reader_of(column) for column in definition.get("columns", ())})
    return _READERS.get(value_type(definition), read_text)


def bound_reader(field_type: str) -> Read:
    """How `min` and `max` of a field are read, so that they compare with `measured` values: of money the bare
    amount, of an instant the instant itself (its text forms do not sort)."""
    if field_type == "datetime":
        return lambda value: datetime.fromisoformat(read_datetime(value))
    return read_number if field_type in NUMBER_TYPES else _READERS[field_type]


def measured(field_type: str, value: Any) -> Any:
    """What of a value is compared with `min` and `max`."""
    if field_type == "money":
        return Decimal(value["amount"])
    return datetime.fromisoformat(value) if field_type == "datetime" else value


def expression_type(definition: Mapping[str, Any]) -> Type:
    """How expressions see the field. Options that were retired stay readable."""
    kind = value_type(definition)
    if kind in OPTION_TYPES:
        option = option_of(option["id"] for option in definition.get("options", ()))
        return list_of(option) if kind == "multi_option" else option
    if kind == "user":
        return reference_type("user")
    return _SEEN_AS.get(kind, NUMBER)


_SEEN_AS: Mapping[str, Type] = {
    **dict.fromkeys((*TEXT_TYPES, "reference", "department", "auto_number"), STRING),
    **dict.fromkeys(FILE_TYPES, list_of(STRING)),
    "money": MONEY,
    "bool": BOOL,
    "date": DATE,
    "datetime": DATETIME,
    "sub_table": ROWS,
}


def specs_of(definition: Mapping[str, Any], path: str, *, in_rows: bool = False) -> list[tuple[str, FieldSpec]]:
    """(path, field) of all that expressions may read of a custom field at `path`: of an address its parts, of a
    sub-table its rows and their columns.

    in_rows  the field lies in child rows itself, which have no rows below them
    """
    kind, labels = definition["type"], definition["labels"]
    if kind == "section" or (kind == "sub_table" and in_rows):
        return []
    if kind == "address":
        return [(f"{path}.{part}", FieldSpec(STRING, labels=labels)) for part in ADDRESS_PARTS]
    found = [(path, _spec(definition))]
    if kind == "sub_table":
        found += [(f"{path}.{column['key']}", _spec(column)) for column in definition.get("columns", ())]
    return found


def _spec(definition: Mapping[str, Any]) -> FieldSpec:
    options = {option["id"]: option["labels"] for option in definition.get("options", ())}
    return FieldSpec(expression_type(definition), nullable=True, labels=definition["labels"], options=options)


def kept_form(value: Any, field_type: str, scale: int | None) -> Any:
    """A value that an expression gave, as it is kept; None where it does not fit."""
    if value is None:
        return None
    if field_type in ("integer", "decimal", "percent"):
        return _kept_number(value, 0 if field_type == "integer" else scale)
    if isinstance(value, Money):
        return {"amount": format(value.amount, "f"), "currency": value.currency}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value[:MAX_COMPUTED_TEXT] if isinstance(value, str) else value


MAX_COMPUTED_TEXT = 2_000


def _kept_number(value: Any, scale: int | None) -> Decimal | None:
    """Half away from zero to `scale`; None where it has more digits than are kept."""
    number = Decimal(value)
    if number.adjusted() >= 20:
        return None
    places = min(scale if scale is not None else 10, 19 - max(number.adjusted(), 0))
    exact = Context(prec=60, rounding=ROUND_HALF_UP)
    rounded = exact.quantize(number, Decimal(1).scaleb(-places))
    if rounded == rounded.to_integral_value():
        return rounded.quantize(Decimal(1))
    return exact.normalize(rounded)
