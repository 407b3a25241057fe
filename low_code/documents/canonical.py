"""One text for one content: what documents are stored, hashed and compared as."""

from __future__ import annotations

import hashlib
import unicodedata
from decimal import Decimal
from typing import Any

import orjson

from kernel.errors import Problem
from kernel.i18n import N_
from low_code.diagnostics import pointer_to

MAX_BYTES = 1024 * 1024  # of a document; each expression in it has a tighter limit of its own
MAX_DEPTH = 64  # braces and brackets within one another
MAX_DIGITS = 27  # of one number

NOT_AN_OBJECT = N_("A document is a JSON object.")
TOO_DEEP = N_("This is nested more than {limit} levels deep.")
TOO_LARGE = N_("A document has at most {limit} bytes.")
BAD_TEXT = N_("A text must not contain NUL or half a character.")
BAD_VALUE = N_("This value has no exact JSON form.")


def canonical_body(body: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The document with texts in NFC and numbers without needless zeros, and why it cannot be kept at all.

    12.50 becomes 12.5 and 5.0 becomes 5; a float is refused, because it has lost digits already.
    """
    if not isinstance(body, dict):
        return {}, [Problem(pointer="", code="not_an_object", message=NOT_AN_OBJECT)]
    problems: list[Problem] = []
    clean = _canonical(body, "", 0, problems)
    if not problems and len(canonical_text(clean).encode()) > MAX_BYTES:
        problems.append(Problem(pointer="", code="too_large", message=TOO_LARGE, facts={"limit": MAX_BYTES}))
    return (clean if not problems else {}), problems


def canonical_text(body: Any) -> str:
    """Sorted keys, no spaces, exact numbers."""
    return orjson.dumps(body, default=_digits, option=orjson.OPT_SORT_KEYS).decode()


def document_hash(body: Any) -> str:
    """SHA-256 of the canonical text, in hexadecimal: 64 characters."""
    return hashlib.sha256(canonical_text(body).encode()).hexdigest()


def _digits(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(_plain(value), "f"))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _plain(value: Decimal) -> Decimal:
    """Without needless zeros, and without an exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _canonical(value: Any, pointer: str, depth: int, problems: list[Problem]) -> Any:
    if depth > MAX_DEPTH:
        problems.append(Problem(pointer=pointer, code="too_deep", message=TOO_DEEP, facts={"limit": MAX_DEPTH}))
        return None
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, pointer, problems)
        case int() if abs(value) < 2**63:
            return value
        case Decimal() if _is_short(value):
            whole = value == value.to_integral_value() and abs(value) < 2**63
            return int(value) if whole else _plain(value)
        case dict():
            return {
                _text(str(name), pointer, problems): _canonical(
                    item, pointer + pointer_to(str(name)), depth + 1, problems
                )
                for name, item in value.items()
            }
        case list() | tuple():
            return [_canonical(item, f"{pointer}/{index}", depth + 1, problems) for index, item in enumerate(value)]
    problems.append(Problem(pointer=pointer, code="bad_value", message=BAD_VALUE))
    return None


def _is_short(value: Decimal) -> bool:
    """The exponent is looked at first: 1e999999999 is short only until it is written out."""
    return value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS and len(format(value, "f")) <= MAX_DIGITS


def _text(value: str, pointer: str, problems: list[Problem]) -> str:
    if "\x00" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        problems.append(Problem(pointer=pointer, code="bad_text", message=BAD_TEXT))
        return ""
    return unicodedata.normalize("NFC", value)
