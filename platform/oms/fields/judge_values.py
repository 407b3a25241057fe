"""Judges and completes the custom values of one row in the name of whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.field_files.take_files import take_files
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.types import FILE_TYPES
from low_code.kinds.fields.validate import Validated
from low_code.registry import DocumentUnknown
from oms.fields.known import find_known
from oms.fields.reserve_numbers import reserve_numbers

_NOT_IN_FILES = FILE_TYPES | {"address", "sub_table"}
FIELD_UNKNOWN = N_("There is no field {field}.")


def entity_fields(work: Work, entity: str) -> EntityFields | None:
    """The fields in force; None where the tenant has none on this entity."""
    try:
        fields: EntityFields = configuration(work).compiled("fields", entity)
    except DocumentUnknown:
        return None
    return fields if fields.fields else None


def judge_values(
    work: Work,
    entity: str,
    given: Mapping[str, Any],
    *,
    row: Mapping[str, Any],
    stored: Mapping[str, Any] | None = None,
    row_id: UUID | None = None,
    partial: bool = False,
    pointer: str = "/custom",
) -> Validated:
    """What is to be kept, and everything that is wrong, with pointers below `pointer`.

    given   field key -> raw value
    row     the row itself, rooted as expressions read it ({"product": {"code": …}})
    stored  what the row keeps now; None for a new one
    """
    fields = entity_fields(work, entity)
    if fields is None:
        unknown = [Problem(f"{pointer}/{key}", "field_unknown", FIELD_UNKNOWN, {"field": key[:80]}) for key in given]
        return Validated(dict(stored or {}), unknown, frozenset())
    (numbers,) = reserve_numbers(work, entity, [] if partial else fields.numbers_wanted(stored))
    known = find_known(work, entity, fields.wanted(given, stored), row_id=row_id, numbers=numbers)
    judged = fields.validate_values(
        given, row=row, moment=Environment(now=work.now, today=work.today), role_keys=work.actor.roles, stored=stored,
        partial=partial, known=known,
    )  # fmt: skip
    found = [replace(problem, pointer=pointer + problem.pointer) for problem in judged.problems]
    return Validated(judged.values, found, judged.hidden)


def keep_values(
    work: Work,
    entity: str,
    given: Mapping[str, Any],
    *,
    row: Mapping[str, Any],
    stored: Mapping[str, Any] | None = None,
    row_id: UUID | None = None,
    partial: bool = False,
) -> dict[str, Any]:
    """As judge_values, for rows whose other faults are found elsewhere. Raises Invalid with every fault."""
    judged = judge_values(work, entity, given, row=row, stored=stored, row_id=row_id, partial=partial)
    if judged.problems:
        raise Invalid(problems=judged.problems)
    return judged.values


def take_files_of(
    work: Work,
    fields: EntityFields | None,
    row_id: UUID,
    values: Mapping[str, Any],
    stored: Mapping[str, Any] | None = None,
) -> None:
    """Gives the files that the values name to the row, and removes those that it no longer names."""
    files = [key for key, one in fields.fields.items() if one.target == "file"] if fields else []
    if fields and files:
        take_files(work, fields.entity, row_id, {key: values.get(key, ()) for key in files}, before=stored or {})


def import_keys(work: Work, entity: str) -> list[str]:
    """Keys of fields that a file may fill: what the actor may change and a cell can hold."""
    fields = entity_fields(work, entity)
    return [
        key
        for key, one in (fields.fields.items() if fields else ())
        if not one.retired and one.may_edit(work.actor.roles) and one.type not in _NOT_IN_FILES
    ]


def seen_values(work: Work, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the actor may see them: masked, or not at all. What the product reads for itself is whole."""
    if work.actor.roles is None or not values:
        return dict(values)
    fields = entity_fields(work, entity)
    return fields.visible_to(values, work.actor.roles) if fields else {}


def seen_whole(work: Work, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the actor may see whole; retired ones too."""
    if work.actor.roles is None or not values:
        return dict(values)
    fields = entity_fields(work, entity)
    known = fields.fields if fields else {}
    return {key: value for key, value in values.items() if key in known and known[key].may_view(work.actor.roles)}
