"""What a value must keep to besides its type: bounds, decimals, length, form, options, rows and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kernel.i18n import N_, current_locale
from low_code.diagnostics import pointer_to
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.types import COMPUTED_TYPES, FILE_TYPES, OPTION_TYPES, measured

UNKNOWN_OPTION = N_("“{option}” is not one of the options of “{label}”.")
TOO_LITTLE = N_("“{label}” must be at least {limit}.")
TOO_MUCH = N_("“{label}” must be at most {limit}.")
TOO_PRECISE = N_("“{label}” has at most {scale} decimals.")
TOO_LONG = N_("“{label}” has at most {limit} characters.")
WRONG_FORM = N_("“{label}” does not have the form that it needs.")
TOO_MANY_ROWS = N_("“{label}” has at most {limit} rows.")
TOO_MANY_FILES = N_("“{label}” takes at most {limit} files.")
CELL_REQUIRED = N_("“{label}” is required.")

DEFAULT_LENGTH: Mapping[str, int] = {"long_text": 20_000}
Finding = tuple[str, str, str, dict[str, Any]]  # where within the value, code, sentence, facts


def out_of_bounds(field: FieldDefinition, value: Any, changed: bool) -> Iterator[Finding]:
    """Everything that is wrong with a value that was read.

    changed  False for a value that stays as it is: options that were retired since may stay with it
    """
    label = label_of(field)
    if field.type in COMPUTED_TYPES:
        return  # a formula's author is not the writer; there is nothing that he could mend
    if field.type in OPTION_TYPES:
        allowed = field.options if changed else field.every_option
        for option in [value] if isinstance(value, str) else value:
            if option not in allowed:
                yield "", "option_unknown", UNKNOWN_OPTION, {"label": label, "option": option[:80]}
    elif field.type == "sub_table":
        yield from _rows(field, value, changed)
    elif field.type in FILE_TYPES:
        if len(value) > field.max_files:
            yield "", "too_many_files", TOO_MANY_FILES, {"label": label, "limit": field.max_files}
    elif field.type != "address":
        yield from _scalar(field, value, label)


def _scalar(field: FieldDefinition, value: Any, label: str) -> Iterator[Finding]:
    amount = measured(field.type, value)
    if field.least is not None and amount < field.least:
        yield "", "too_little", TOO_LITTLE, {"label": label, "limit": str(field.least)}
    if field.most is not None and amount > field.most:
        yield "", "too_much", TOO_MUCH, {"label": label, "limit": str(field.most)}
    if field.scale is not None and isinstance(amount, Decimal) and _decimals(amount) > field.scale:
        yield "", "too_precise", TOO_PRECISE, {"label": label, "scale": field.scale}
    if isinstance(value, str):
        limit = field.max_length or DEFAULT_LENGTH.get(field.type, 500)
        if len(value) > limit:
            yield "", "too_long", TOO_LONG, {"label": label, "limit": limit}
        if field.matches is not None and not field.matches(value):
            yield "", "wrong_form", WRONG_FORM, {"label": label}


def _rows(field: FieldDefinition, rows: list[dict[str, Any]], changed: bool) -> Iterator[Finding]:
    if len(rows) > field.max_rows:
        yield "", "too_many_rows", TOO_MANY_ROWS, {"label": label_of(field), "limit": field.max_rows}
        return
    for number, row in enumerate(rows):
        for column in field.columns:
            at = pointer_to(number, column.key)
            if column.key not in row:
                if column.required:
                    yield at, "required", CELL_REQUIRED, {"label": label_of(column)}
                continue
            for _, code, said, facts in out_of_bounds(column, row[column.key], changed):
                yield at, code, said, facts


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def label_of(field: FieldDefinition) -> str:
    """What people call the field, in the reader's language."""
    return field.labels.get(current_locale()) or field.labels.get("en") or field.key
