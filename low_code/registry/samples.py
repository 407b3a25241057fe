"""What a document is tried on, read from JSON that a person wrote: every value by the type of its field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, pointer_to
from low_code.expressions import FieldSpec, Subject
from low_code.expressions.literals import parse_decimal
from low_code.expressions.stored import READERS
from low_code.expressions.types import KIND_NAMES, Kind

UNKNOWN_FIELD = N_("There is no field “{path}” here.")
NOT_A_VALUE = N_("This is not {expected}.")
NOT_AN_OPTION = N_("“{value}” is not one of: {options}.")
AN_OBJECT = N_("an object")
A_LIST = N_("a list")


def read_sample(given: Any, subject: Subject, pointer: str = "") -> tuple[dict[str, Any], list[Diagnostic]]:
    """Values as expressions read them, and every place that is no value of its field.

    given  {"order": {"total": "120.00", "lines": [{"quantity": 2}]}}; numbers may be text, days are ISO 8601
    """
    problems: list[Diagnostic] = []
    groups = {path[:end] for path in (*subject.fields, *subject.rows) for end in _ends(path)}
    values = _object(given, "", dict(subject.fields), subject, groups, pointer, problems)
    return values, problems


def _ends(path: str) -> list[int]:
    return [place for place, letter in enumerate(path) if letter == "."]


def _object(
    given: Any,
    prefix: str,
    fields: Mapping[str, FieldSpec],
    subject: Subject,
    groups: set[str],
    pointer: str,
    problems: list[Diagnostic],
) -> dict[str, Any]:
    """An object whose members are fields, lists of rows, or further objects."""
    if not isinstance(given, Mapping):
        problems.append(_not(pointer, AN_OBJECT))
        return {}
    read: dict[str, Any] = {}
    for name, value in given.items():
        path, here = f"{prefix}{name}", pointer + pointer_to(str(name))
        if path in subject.rows:
            read[name] = _rows(value, subject.rows[path], here, problems)
        elif path in fields:
            read[name] = _value(value, fields[path], here, problems)
        elif path in groups:
            read[name] = _object(value, f"{path}.", fields, subject, groups, here, problems)
        else:
            facts = {"path": path}
            problems.append(Diagnostic(pointer=here, code="unknown_field", message=UNKNOWN_FIELD, facts=facts))
    return read


def _rows(given: Any, fields: Mapping[str, FieldSpec], pointer: str, problems: list[Diagnostic]) -> list[Any]:
    if not isinstance(given, list):
        problems.append(_not(pointer, A_LIST))
        return []
    row = Subject("row", fields)
    read = []
    for index, each in enumerate(given):
        values, found = read_sample(each, row, f"{pointer}/{index}")
        problems += found
        read.append(values)
    return read


def _value(given: Any, spec: FieldSpec, pointer: str, problems: list[Diagnostic]) -> Any:
    if given is None:
        return None
    kind = spec.type.kind
    value = parse_decimal(given) if kind is Kind.NUMBER and isinstance(given, str) else READERS[kind](given)
    if value is None:
        problems.append(_not(pointer, KIND_NAMES[kind]))
        return None
    if spec.type.options and kind is Kind.OPTION and value not in spec.type.options:
        facts = {"value": value, "options": ", ".join(sorted(spec.type.options))}
        problems.append(Diagnostic(pointer=pointer, code="not_an_option", message=NOT_AN_OPTION, facts=facts))
        return None
    if kind is Kind.NUMBER:
        return Decimal(value)
    return list(value) if isinstance(value, tuple) else value


def _not(pointer: str, expected: str) -> Diagnostic:
    return Diagnostic(pointer=pointer, code="not_a_value", message=NOT_A_VALUE, facts={"expected": expected})


def example_of(subject: Subject) -> dict[str, Any]:
    """A sample to begin with: every field that is never empty, with a plain value."""
    sample: dict[str, Any] = {}
    for path, spec in subject.fields.items():
        if spec.nullable:
            continue
        *above, last = path.split(".")
        at = sample
        for part in above:
            at = at.setdefault(part, {})
        if path in subject.rows:
            row = {name: _plain(inner) for name, inner in subject.rows[path].items() if not inner.nullable}
            at[last] = [row] if not any("." in name for name in row) else []
        else:
            at[last] = _plain(spec)
    return sample


def _plain(spec: FieldSpec) -> Any:
    match spec.type.kind:
        case Kind.NUMBER:
            return 1
        case Kind.BOOL:
            return False
        case Kind.LIST | Kind.ROWS:
            return []
        case Kind.OPTION:
            return min(spec.type.options, default="")
        case Kind.DATE:
            return "2026-01-01"
        case Kind.DATETIME:
            return "2026-01-01T00:00:00Z"
        case Kind.DURATION:
            return "PT1H"
        case Kind.MONEY:
            return {"amount": "1.00", "currency": "USD"}
        case _:
            return ""
