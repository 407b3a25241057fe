"""What people type or a file holds, as a raw value that the field then judges."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.types import FILE_TYPES, OPTION_TYPES

_SEPARATORS = re.compile(r"\s*[;,|；，、]\s*")
_AMOUNT = re.compile(r"\s*(?:([A-Z]{3})\s*)?([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)(?:\s*([A-Z]{3}))?\s*", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_YES = frozenset({"true", "yes", "y", "1", "是", "对", "√"})
_NO = frozenset({"false", "no", "n", "0", "否", "不"})


def typed_value(field: FieldDefinition, text: str, *, currency: str, zone: str) -> Any:
    """What `text` means for the field; None where it is blank. What cannot be understood stays as it is, for the
    field to refuse.

    currency  of an amount that names none
    zone      of a moment that has no offset
    """
    plain = text.strip()
    if not plain:
        return None
    kind = field.kept_as if field.is_given else field.type
    if kind == "long_text":
        return text.replace("\r\n", "\n")
    if kind == "money":
        return _amount(plain, currency)
    if kind in ("integer", "decimal", "percent"):
        number = plain.removesuffix("%").strip() if kind == "percent" else plain
        return number.replace(",", "") if _GROUPED.fullmatch(number) else number
    if kind == "bool":
        word = plain.casefold()
        return True if word in _YES else False if word in _NO else plain
    if kind == "datetime":
        return _with_zone(plain, zone)
    if kind in OPTION_TYPES:
        chosen = [_option(field, one) for one in (_SEPARATORS.split(plain) if kind == "multi_option" else [plain])]
        return [one for one in chosen if one] if kind == "multi_option" else chosen[0]
    if kind in FILE_TYPES:
        return [one for one in _SEPARATORS.split(plain) if one]
    return plain if kind != "text" else text


def _option(field: FieldDefinition, text: str) -> str:
    """The id of the option that is so called in any language; the text where none is."""
    if text in field.every_option:
        return text
    found = [key for key, labels in field.option_labels.items() if text in labels.values() and key in field.options]
    return found[0] if len(found) == 1 else text


def _amount(text: str, currency: str) -> Any:
    found = _AMOUNT.fullmatch(text)
    if found is None or (found[1] and found[3]):
        return text
    return {"amount": found[2].replace(",", ""), "currency": found[1] or found[3] or currency}


def _with_zone(text: str, zone: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))).isoformat()
