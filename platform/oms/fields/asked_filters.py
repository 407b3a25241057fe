"""Filters and order of a list by own fields, as addresses of pages and of the API write them.

cf.<key>=value            equal; of several options: has this one
cf.<key>.min, .max        from, up to (inclusive); for indexed fields
cf.<key>.contains=words   for fields that are searched as text
sort=cf.<key>, -cf.<key>  by an indexed field, lowest or highest first
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from low_code.field_index.filters import FieldCondition, FieldFilter, FieldSort, Operator
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.from_text import typed_value
from low_code.kinds.fields.readers import Unreadable
from low_code.kinds.fields.types import FILE_TYPES, SLOT_KINDS
from oms.fields.judge_values import entity_fields

PREFIX = "cf."
NO_SUCH_FILTER = N_("There is no field “{key}” that you can filter by.")
NOT_INDEXED = N_("“{key}” is not indexed, so lists are not sorted or filtered by range of it.")
NOT_SEARCHED = N_("“{key}” is not searched for words.")
_OPERATORS: Mapping[str, Operator] = {"": "eq", "min": "min", "max": "max", "contains": "contains"}


def may_filter(field: FieldDefinition, roles: frozenset[str] | None) -> bool:
    """Whether somebody may filter by the field: only who sees it whole, for the answer tells the value."""
    return (
        not field.retired
        and field.has_value
        and field.may_view(roles)
        and field.kept_as not in (FILE_TYPES | {"sub_table", "address"})
        and (field.search != "none" or field.slot)
    )


def may_range(field: FieldDefinition) -> bool:
    return field.slot and SLOT_KINDS.get(field.kept_as) in ("n", "t")


def read_filters(
    work: Work, entity: str, asked: Mapping[str, str], sort: str = ""
) -> tuple[FieldFilter, list[Problem]]:
    """The filter, and what could not be understood of it. The same is said of a field that is not there and of one
    that the actor may not see.

    asked  "cf.<key>" or "cf.<key>.<operator>" -> what was typed; blank ones do not filter
    """
    fields = entity_fields(work, entity)
    problems: list[Problem] = []
    conditions = []
    for name, text in asked.items():
        if text.strip():
            condition = _condition(work, fields, name, text, problems)
            conditions += [condition] if condition else []
    found = FieldFilter(
        conditions=tuple(conditions),
        sort=_sort(work, fields, sort, problems) if sort else None,
        words=tuple(_searched(fields, work.actor.roles)),
    )
    return found, problems


def _searched(fields: EntityFields | None, roles: frozenset[str] | None) -> Iterable[FieldDefinition]:
    for field in fields.fields.values() if fields else ():
        if field.search == "text" and not field.retired and field.may_view(roles):
            yield field


def _condition(
    work: Work, fields: EntityFields | None, name: str, text: str, problems: list[Problem]
) -> FieldCondition | None:
    key, _, word = name.removeprefix(PREFIX).partition(".")
    field = fields.fields.get(key) if fields else None
    operator = _OPERATORS.get(word)
    if field is None or operator is None or not may_filter(field, work.actor.roles):
        problems.append(Problem(f"/{name}", "field_unknown", NO_SUCH_FILTER, {"key": key[:80]}))
        return None
    if operator == "contains":
        if field.search != "text":
            problems.append(Problem(f"/{name}", "field_not_searchable", NOT_SEARCHED, {"key": key}))
            return None
        return FieldCondition(field=field, operator=operator, value=text.strip()[:200])
    if operator != "eq" and not field.slot:
        problems.append(Problem(f"/{name}", "field_not_indexed", NOT_INDEXED, {"key": key}))
        return None
    try:
        value = _value(work, field, text)
    except Unreadable as error:
        problems.append(Problem(f"/{name}", "wrong_type", error.sentence))
        return None
    return FieldCondition(field=field, operator=operator, value=value)


def _value(work: Work, field: FieldDefinition, text: str) -> Any:
    raw = typed_value(field, text, currency=work.tenant.currency, zone=work.tenant.zone)
    if field.kept_as == "multi_option":
        return field.read([text] if text in field.every_option else raw)
    return field.read(raw)


def _sort(work: Work, fields: EntityFields | None, sort: str, problems: list[Problem]) -> FieldSort | None:
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    key = name.removeprefix(PREFIX)
    field = fields.fields.get(key) if fields and name.startswith(PREFIX) else None
    if field is None or not may_filter(field, work.actor.roles):
        problems.append(Problem("/sort", "field_unknown", NO_SUCH_FILTER, {"key": key[:80]}))
    elif not field.slot:
        problems.append(Problem("/sort", "field_not_indexed", NOT_INDEXED, {"key": key}))
    else:
        return FieldSort(field=field, descending=descending)
    return None
