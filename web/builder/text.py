"""Documents as text: read exactly, with every reason why not, and written so that people find their way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from kernel.errors import Problem
from kernel.i18n import N_
from low_code.documents.canonical import BAD_VALUE, MAX_BYTES, MAX_DEPTH, TOO_DEEP, TOO_LARGE, canonical_body
from low_code.registry.annotations import annotated_values
from web.builder.places import lines_of, places

MAX_TEXT_BYTES = 2 * MAX_BYTES  # indented, by hand perhaps
MAX_BUNDLE_BYTES = 16 * MAX_BYTES

NOT_JSON = N_("Line {line}, column {column}: {reason}")
NOT_A_BUNDLE = N_("This is no configuration: it should be one JSON object of documents by kind/key.")
TWICE = N_("“{name}” stands here twice; only one of them could count.")
NOTHING_THERE = N_("There is nothing here yet. A document is at least {example}")
# What Python's parser says, as people say it.
_REASONS: Mapping[str, str] = {
    "Expecting value": N_("a value is missing, or it is no JSON value."),
    "Expecting ',' delimiter": N_("a comma or a closing bracket is missing."),
    "Expecting ':' delimiter": N_("a colon is missing after the name."),
    "Expecting property name enclosed in double quotes": N_(
        "a name in double quotes is expected (or a comma is too many)."
    ),
    "Illegal trailing comma before end of object": N_("the comma before the closing bracket is too many."),
    "Illegal trailing comma before end of array": N_("the comma before the closing bracket is too many."),
    "Extra data": N_("the document has ended before this."),
    "Unterminated string starting at": N_("a text begins here and never ends."),
    "Invalid control character at": N_("a control character stands in a text; write it as \\n, \\t or \\u…."),
    "Invalid \\escape": N_("a backslash that escapes nothing; write it twice."),
    "Invalid \\uXXXX escape": N_("\\u needs four hexadecimal digits."),
}
_OTHER_REASON = N_("this is not JSON.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """body is None where the text cannot be kept; `problems` then say why, `lines` where (by pointer)."""

    body: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int]


def read_text(text: str) -> Reading:
    """A document out of a text: hostile ones too, and never by half."""
    twice: list[str] = []
    value, problem, line = _parsed(text, twice)
    if problem:
        return Reading(body=None, problems=(problem,), lines={"": line})
    problems = _repeated(text) if twice else []
    body, unfit = canonical_body(value)
    problems += unfit
    lines = lines_of(text, {problem.pointer for problem in problems}) if problems else {}
    return Reading(body=None if problems else body, problems=tuple(problems), lines=lines)


def read_bundle(text: str) -> tuple[dict[str, Any] | None, tuple[Problem, ...], Mapping[str, int]]:
    """A whole configuration, "kind/key" -> body, out of a file; None and why not, with lines by pointer."""
    twice: list[str] = []
    value, problem, line = _parsed(text, twice, MAX_BUNDLE_BYTES)
    if problem is None and not isinstance(value, dict):
        problem = _whole("not_a_bundle", NOT_A_BUNDLE)
    if problem:
        return None, (problem,), {"": line}
    problems = tuple(_repeated(text)) if twice else ()
    lines = lines_of(text, {problem.pointer for problem in problems}) if problems else {}
    return (None if problems else value), problems, lines


def _parsed(text: str, twice: list[str], largest: int = MAX_TEXT_BYTES) -> tuple[Any, Problem | None, int]:
    """The value, or why there is none and on which line. twice: takes up names that an object has again."""

    def together(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice.append(pairs[0][0])
        return made

    if len(text.encode("utf-8", "replace")) > largest:
        return None, _whole("too_large", TOO_LARGE, limit=largest // 2), 1
    if not text.strip():
        return None, _whole("empty", NOTHING_THERE, example="{}"), 1
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=together), None, 1
    except json.JSONDecodeError as error:
        reason = _REASONS.get(error.msg, _OTHER_REASON)
        problem = _whole("not_json", NOT_JSON, line=error.lineno, column=error.colno, reason=reason)
        return None, problem, error.lineno
    except RecursionError:
        return None, _whole("too_deep", TOO_DEEP, limit=MAX_DEPTH), 1
    except (ValueError, ArithmeticError):  # NaN, Infinity, thousands of digits
        return None, _whole("bad_value", BAD_VALUE), 1


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _whole(code: str, message: str, **facts: Any) -> Problem:
    return Problem(pointer="", code=code, message=message, facts=facts)


def _repeated(text: str) -> list[Problem]:
    """Names that an object has twice, at most 50."""
    found: list[Problem] = []
    for place in places(text):
        if place.again:
            name = place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            found.append(Problem(pointer=place.pointer, code="repeated_name", message=TWICE, facts={"name": name[:80]}))
            if len(found) == 50:
                break
    return found


def document_text(schema: Mapping[str, Any] | None, body: Any) -> str:
    """Indented by two, exact numbers; names in the order in which the schema explains them."""
    return pretty(_in_order(schema, body) if schema else body)


def pretty(value: Any) -> str:
    return orjson.dumps(value, default=_digits, option=orjson.OPT_INDENT_2).decode() + "\n"


def _digits(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _in_order(schema: Mapping[str, Any], body: Any) -> Any:
    order: dict[str, dict[str, int]] = {}
    for found in annotated_values(schema, body):
        names = order.setdefault(found.pointer, {})
        for name in found.schema.get("properties", {}):
            names.setdefault(name, len(names))
    return _arranged(body, "", order)


def _arranged(value: Any, pointer: str, order: Mapping[str, Mapping[str, int]]) -> Any:
    if isinstance(value, Mapping):
        known = order.get(pointer, {})
        names = sorted(value, key=lambda name: (known.get(name, len(known)), name))
        return {name: _arranged(value[name], f"{pointer}/{_escaped(name)}", order) for name in names}
    if isinstance(value, list):
        return [_arranged(item, f"{pointer}/{index}", order) for index, item in enumerate(value)]
    return value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
