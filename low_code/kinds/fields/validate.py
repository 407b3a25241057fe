"""The order in which values of custom fields are judged.

Read by type → defaults and computed fields, each after what it reads → visibility (a hidden value is kept, but not
asked for) → required → constraints → what the writer's roles and the field's own conditions let them change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kernel.errors import Problem
from kernel.i18n import N_
from low_code.diagnostics import pointer_to
from low_code.expressions import Environment
from low_code.kinds.fields.compute import fill_and_compute, place
from low_code.kinds.fields.constraints import Finding, label_of, out_of_bounds
from low_code.kinds.fields.definition import Access, FieldDefinition, Roles
from low_code.kinds.fields.known import Known
from low_code.kinds.fields.mask import masked
from low_code.kinds.fields.readers import CellUnreadable, Unreadable

if TYPE_CHECKING:
    from low_code.kinds.fields.compile import EntityFields

UNKNOWN_FIELD = N_("There is no field “{key}”.")
RETIRED = N_("“{label}” is no longer used.")
REQUIRED = N_("“{label}” is required.")
NOT_YOURS = N_("You may not change “{label}”.")
READ_ONLY = N_("“{label}” cannot be changed now.")
COMPUTED = N_("“{label}” is computed; nobody enters it.")
NO_VALUE = N_("“{label}” is a heading and holds nothing.")
NOTHING_NAMED = N_("“{label}”: there is no “{code}” that you may use here.")


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
    role_keys: Roles,
    stored: Mapping[str, Any],
    partial: bool,
    known: Known | None,
) -> Validated:
    problems: list[Problem] = []
    stored = _sound(fields, stored)
    read = dict(_read(fields, given, stored, role_keys, known, problems))
    kept = {key: value for key, value in {**stored, **read}.items() if value is not None}
    _take_numbers(fields, kept, known)
    emptied = frozenset(key for key in given if key not in kept)
    fill_and_compute(fields, kept, row=row, moment=moment, known=known, emptied=emptied, defaults=not partial)
    around = place(row, fields.home, kept)
    hidden = {
        key for key, field in fields.fields.items() if field.visible_when and not field.visible_when(around, moment)
    }
    refused = {problem.pointer for problem in problems}
    for key, field in fields.fields.items():
        pointer = pointer_to(key)
        if field.retired or not field.has_value or pointer in refused or (partial and key not in given):
            continue
        changed = kept.get(key) != stored.get(key)
        found = list(_wrong(field, kept, key in hidden, around, moment, changed, role_keys))
        if key in given:
            found += _not_allowed(field, given[key], kept, stored, around, moment, role_keys)
        problems += [
            Problem(pointer=pointer + at, code=code, message=said, facts=facts) for at, code, said, facts in found
        ]
    return Validated(kept, problems, frozenset(hidden))


def _read(
    fields: EntityFields,
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
    roles: Roles,
    known: Known | None,
    problems: list[Problem],
) -> Iterator[tuple[str, Any]]:
    """What was sent, as it is kept. A masked value that comes back as it was shown changes nothing."""
    for key, value in given.items():
        field = fields.fields.get(key)
        if field is None:
            problems.append(_problem(key, "field_unknown", UNKNOWN_FIELD, key=str(key)[:80]))
        elif field.retired:
            problems.append(_problem(key, "field_retired", RETIRED, label=label_of(field)))
        elif not field.has_value:
            problems.append(_problem(key, "no_value", NO_VALUE, label=label_of(field)))
        elif field.is_given or _is_shown_back(field, value, stored, roles):
            continue
        elif not field.may_view(roles):  # before the value is looked at: an answer that depends on it would tell it
            problems.append(_problem(key, "not_yours", NOT_YOURS, label=label_of(field)))
        elif value is None or value == "" or value == []:
            yield key, None
        else:
            try:
                read = _existing(field, field.read(value), stored.get(key), known)
                yield key, None if read == "" or read == [] else read
            except CellUnreadable as error:
                problems.append(_problem(key, "wrong_type", error.sentence, at=(error.row, error.column)))
            except _Missing as missing:
                label = label_of(field)
                problems.append(_problem(key, "reference_unknown", NOTHING_NAMED, label=label, code=missing.code))
            except Unreadable as error:
                problems.append(_problem(key, "wrong_type", error.sentence))


def _sound(fields: EntityFields, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values that are of their field's type; what came in before the field did may be anything."""
    read = {
        key: _read_again(fields.fields[key], value) if key in fields.fields else value for key, value in stored.items()
    }
    return {key: value for key, value in read.items() if value is not None and value != "" and value != []}


def _read_again(field: FieldDefinition, value: Any) -> Any:
    try:
        return field.read(value)
    except Unreadable:
        return None


class _Missing(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _existing(field: FieldDefinition, value: Any, before: Any, known: Known | None) -> Any:
    """The value, where what it names exists; a user by id, however he was named. What was there before may stay.

    raises  _Missing
    """
    if not field.target or known is None or value == before:
        return value
    kept = []
    for code in value if isinstance(value, list) else [value]:
        found = known.find(field.target, code)
        if found is None and not (isinstance(before, list) and code in before):
            raise _Missing(code[:80])
        kept.append(found.get("id", code) if found else code)
    return kept if isinstance(value, list) else kept[0]


def _is_shown_back(field: FieldDefinition, value: Any, stored: Mapping[str, Any], roles: Roles) -> bool:
    if field.access(roles) is not Access.MASKED:
        return False
    return bool(value == masked(stored.get(field.key), field.mask_keep))


def _take_numbers(fields: EntityFields, kept: dict[str, Any], known: Known | None) -> None:
    for key, number in (known.numbers if known else {}).items():
        if key in fields.fields and key not in kept:
            kept[key] = number


def _wrong(
    field: FieldDefinition,
    kept: Mapping[str, Any],
    hidden: bool,
    around: Mapping[str, Any],
    moment: Environment,
    changed: bool,
    roles: Roles,
) -> Iterator[Finding]:
    value = kept.get(field.key)
    if not changed and not field.may_edit(roles):
        return  # who cannot mend it is not asked to
    if value is not None:
        yield from out_of_bounds(field, value, changed)
    elif hidden or not field.may_edit(roles):
        return
    elif field.required or (field.required_when and field.required_when(around, moment)):
        yield "", "required", REQUIRED, {"label": label_of(field)}


def _not_allowed(
    field: FieldDefinition,
    value: Any,
    kept: Mapping[str, Any],
    stored: Mapping[str, Any],
    around: Mapping[str, Any],
    moment: Environment,
    roles: Roles,
) -> Iterator[Finding]:
    """Nobody enters what is computed, but what was read may come back; nobody changes what his roles do not allow."""
    label = {"label": label_of(field)}
    if field.is_given:
        if not _comes_back(field, value, kept, stored, roles):
            yield "", "computed", COMPUTED, label
    elif kept.get(field.key) == stored.get(field.key):
        return
    elif not field.may_edit(roles):
        yield "", "not_yours", NOT_YOURS, label
    elif roles is not None and field.readonly_when and field.readonly_when(around, moment):
        yield "", "read_only", READ_ONLY, label


def _comes_back(
    field: FieldDefinition, value: Any, kept: Mapping[str, Any], stored: Mapping[str, Any], roles: Roles
) -> bool:
    if value is None or value == "":
        return field.key not in kept or field.key not in stored
    if field.access(roles) is Access.MASKED:
        return any(value == masked(source.get(field.key), field.mask_keep) for source in (kept, stored))
    try:
        read = field.read(value)
    except Unreadable:
        return False
    return read in (kept.get(field.key), stored.get(field.key))


def _problem(name: str, kind: str, message: str, /, *, at: tuple[int | str, ...] = (), **facts: Any) -> Problem:
    return Problem(pointer=pointer_to(name, *at), code=kind, message=message, facts=facts)
