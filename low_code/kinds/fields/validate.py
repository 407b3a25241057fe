"""The order in which values of custom fields are judged.

Read by type → defaults → visibility (a hidden value is kept, but not asked for) → required → constraints →
what the writer's roles and the field's own conditions let them change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from kernel.errors import Problem
from kernel.i18n import N_, current_locale
from low_code.diagnostics import pointer_to
from low_code.expressions import Environment
from low_code.kinds.fields.types import OPTION_TYPES, Unreadable, measured

if TYPE_CHECKING:
    from low_code.kinds.fields.compile import EntityFields, FieldDefinition

UNKNOWN_FIELD = N_("There is no field “{key}”.")
RETIRED = N_("“{label}” is no longer used.")
REQUIRED = N_("“{label}” is required.")
UNKNOWN_OPTION = N_("“{option}” is not one of the options of “{label}”.")
TOO_LITTLE = N_("“{label}” must be at least {limit}.")
TOO_MUCH = N_("“{label}” must be at most {limit}.")
TOO_PRECISE = N_("“{label}” has at most {scale} decimals.")
TOO_LONG = N_("“{label}” has at most {limit} characters.")
WRONG_FORM = N_("“{label}” does not have the form that it needs.")
NOT_YOURS = N_("You may not change “{label}”.")
READ_ONLY = N_("“{label}” cannot be changed now.")

DEFAULT_LENGTH: Mapping[str, int] = {"long_text": 20_000}


class Validated(NamedTuple):
    """values: field key -> value as kept; problems: pointers into what was sent; hidden: keys that no condition
    shows."""

    values: dict[str, Any]
    problems: list[Problem]
    hidden: frozenset[str]


def validate(
    fields: EntityFields,
    given: Mapping[str, Any],
    *,
    row: Mapping[str, Any],
    moment: Environment,
    role_keys: frozenset[str] | None,
    stored: Mapping[str, Any],
    partial: bool,
) -> Validated:
    problems: list[Problem] = []
    read = dict(_read(fields, given, problems))
    kept = {key: value for key, value in {**stored, **read}.items() if value is not None}
    if not partial:
        _fill_defaults(fields, kept, given)
    around = place(row, fields.home, kept)
    hidden = {
        key for key, field in fields.fields.items() if field.visible_when and not field.visible_when(around, moment)
    }
    refused = {problem.pointer for problem in problems}
    for key, field in fields.fields.items():
        pointer = pointer_to(key)
        if field.retired or pointer in refused or (partial and key not in given):
            continue
        changed = kept.get(key) != stored.get(key)
        found = list(_wrong(field, kept, key in hidden, around, moment, changed))
        if changed and key in given:
            found += _not_allowed(field, around, moment, role_keys)
        problems += [Problem(pointer=pointer, code=code, message=said, facts=facts) for code, said, facts in found]
    return Validated(kept, problems, frozenset(hidden))


Finding = tuple[str, str, dict[str, Any]]  # code, sentence, facts


def _read(fields: EntityFields, given: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        field = fields.fields.get(key)
        if field is None:
            problems.append(_problem(key, "field_unknown", UNKNOWN_FIELD, key=str(key)[:80]))
        elif field.retired:
            problems.append(_problem(key, "field_retired", RETIRED, label=_label(field)))
        elif value is None or value == "" or value == []:
            yield key, None
        else:
            try:
                yield key, field.read(value)
            except Unreadable as error:
                problems.append(_problem(key, "wrong_type", error.sentence))


def _fill_defaults(fields: EntityFields, kept: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, field in fields.fields.items():
        if field.default is not None and key not in kept and key not in given and not field.retired:
            kept[key] = field.default


def _wrong(
    field: FieldDefinition,
    kept: Mapping[str, Any],
    hidden: bool,
    around: Mapping[str, Any],
    moment: Environment,
    changed: bool,
) -> Iterator[Finding]:
    value = kept.get(field.key)
    if value is None:
        if not hidden and (field.required or (field.required_when and field.required_when(around, moment))):
            yield "required", REQUIRED, {"label": _label(field)}
    else:
        yield from _out_of_bounds(field, value, changed)


def _out_of_bounds(field: FieldDefinition, value: Any, changed: bool) -> Iterator[Finding]:
    label = _label(field)
    if field.type in OPTION_TYPES:
        allowed = field.options if changed else field.every_option
        for option in [value] if isinstance(value, str) else value:
            if option not in allowed:
                yield "option_unknown", UNKNOWN_OPTION, {"label": label, "option": option}
        return
    amount = measured(field.type, value)
    if field.least is not None and amount < field.least:
        yield "too_little", TOO_LITTLE, {"label": label, "limit": str(field.least)}
    if field.most is not None and amount > field.most:
        yield "too_much", TOO_MUCH, {"label": label, "limit": str(field.most)}
    if field.scale is not None and isinstance(amount, Decimal) and _decimals(amount) > field.scale:
        yield "too_precise", TOO_PRECISE, {"label": label, "scale": field.scale}
    if isinstance(value, str):
        limit = field.max_length or DEFAULT_LENGTH.get(field.type, 500)
        if len(value) > limit:
            yield "too_long", TOO_LONG, {"label": label, "limit": limit}
        if field.matches is not None and not field.matches(value):
            yield "wrong_form", WRONG_FORM, {"label": label}


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _not_allowed(
    field: FieldDefinition, around: Mapping[str, Any], moment: Environment, role_keys: frozenset[str] | None
) -> Iterator[Finding]:
    if not field.may_edit(role_keys):
        yield "not_yours", NOT_YOURS, {"label": _label(field)}
    elif role_keys is not None and field.readonly_when and field.readonly_when(around, moment):
        yield "read_only", READ_ONLY, {"label": _label(field)}


def place(row: Mapping[str, Any], path: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`row` with `values` at the dotted path; only the mappings on the way are copied."""
    name, _, rest = path.partition(".")
    inner = row.get(name)
    below = place(inner if isinstance(inner, Mapping) else {}, rest, values) if rest else values
    return {**row, name: below}


def _label(field: FieldDefinition) -> str:
    return field.labels.get(current_locale()) or field.labels.get("en") or field.key


def _problem(name: str, code: str, message: str, **facts: Any) -> Problem:
    return Problem(pointer=pointer_to(name), code=code, message=message, facts=facts)
