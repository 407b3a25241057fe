"""How large a document may be, and the walk that finds out without recursion.

Documents come from people who may mean harm. The walk below never recurses, looks at no more values than
the limits allow, and so ends on a list that holds itself too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, pointer_to
from low_code.expressions.numbers import NUMBER_DIGITS, NUMBER_SCALE, bounded

MAX_BYTES = 64 * 1024  # of the document as compact JSON
MAX_DEPTH = 32  # operators within operators
MAX_NODES = 500  # operators and operands of one expression; a literal list is one
MAX_LIST = 1_000  # values of a literal list
MAX_TEXT_BYTES = 4 * 1024  # of one literal text, in UTF-8
MAX_DEGREE = 32  # numbers multiplied into one another; keeps exact results below 2,500 digits

_MAX_JSON_DEPTH = 2 * MAX_DEPTH + 4  # {"op": [ ... ]} is two levels; the envelope and a literal are two more each

NOT_JSON = N_("This is not JSON: {reason}.")
INEXACT = N_("This number has already lost digits to binary floating point.")
INEXACT_HINT = N_("Write it as a text under the key dec, or load the document with parse_float=Decimal.")
TOO_DEEP = N_("This is nested more than {limit} levels deep.")
TOO_LARGE = N_("This document is larger than {limit} bytes.")
BAD_TEXT = N_("A text must not contain NUL or half a character.")
TEXT_TOO_LONG = N_("A text must not be longer than {limit} bytes.")
NOT_A_NUMBER = N_("A number must be finite, with at most {digits} digits before and {scale} after the point.")


def survey(document: Any, pointer: str = "", max_bytes: int = MAX_BYTES) -> list[Diagnostic]:
    """Whether `document` is JSON of an allowed size. At most one finding: the rest cannot be trusted."""
    waiting: list[tuple[Any, str, int]] = [(document, pointer, 0)]
    size = 0
    while waiting:
        value, here, depth = waiting.pop()
        if depth > _MAX_JSON_DEPTH:
            return [Diagnostic(pointer=here, code="too_deep", message=TOO_DEEP, facts={"limit": MAX_DEPTH})]
        finding = _scalar_problem(value, here)
        if finding:
            return [finding]
        size += _own_size(value)
        if size > max_bytes:
            return [Diagnostic(pointer=pointer, code="too_large", message=TOO_LARGE, facts={"limit": MAX_BYTES})]
        if isinstance(value, dict):
            for key in value:
                finding = _key_problem(key, here)
                if finding:
                    return [finding]
            size += sum(len(key) + 4 for key in value)
            waiting.extend((item, here + pointer_to(key), depth + 1) for key, item in value.items())
        elif isinstance(value, list):
            if len(value) > max_bytes:
                return [_too_large(here, max_bytes)]
            waiting.extend((item, f"{here}/{index}", depth + 1) for index, item in enumerate(value))
    return []


def number_problem(value: Decimal | int, pointer: str) -> Diagnostic | None:
    """Why `value` is no literal of the language: not finite, or more digits than are kept exactly."""
    if bounded(value) is not None:
        return None
    facts = {"digits": NUMBER_DIGITS, "scale": NUMBER_SCALE}
    return Diagnostic(pointer=pointer, code="not_a_number", message=NOT_A_NUMBER, facts=facts)


def text_problem(value: str, pointer: str) -> Diagnostic | None:
    """Why `value` is no literal text: PostgreSQL keeps neither NUL nor half of a surrogate pair."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        size = -1
    if size < 0 or "\0" in value:
        return Diagnostic(pointer=pointer, code="bad_text", message=BAD_TEXT)
    if size > MAX_TEXT_BYTES:
        facts = {"limit": MAX_TEXT_BYTES}
        return Diagnostic(pointer=pointer, code="text_too_long", message=TEXT_TOO_LONG, facts=facts)
    return None


def _too_large(pointer: str, limit: int) -> Diagnostic:
    return Diagnostic(pointer=pointer, code="too_large", message=TOO_LARGE, facts={"limit": limit})


def _scalar_problem(value: Any, pointer: str) -> Diagnostic | None:
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, str):
        return text_problem(value, pointer)
    if isinstance(value, int | Decimal):
        return number_problem(value, pointer)
    if isinstance(value, float):
        return Diagnostic(pointer=pointer, code="inexact_number", message=INEXACT, hint=INEXACT_HINT)
    facts = {"reason": type(value).__name__}
    return Diagnostic(pointer=pointer, code="not_json", message=NOT_JSON, facts=facts)


def _key_problem(key: Any, pointer: str) -> Diagnostic | None:
    if not isinstance(key, str):
        facts = {"reason": type(key).__name__}
        return Diagnostic(pointer=pointer, code="not_json", message=NOT_JSON, facts=facts)
    return text_problem(key, pointer)


def _own_size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode()) + 3
    return 5 if isinstance(value, int | Decimal) else 3
