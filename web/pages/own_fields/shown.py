"""Kept values of own fields as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text
from low_code.kinds.fields.definition import Access, FieldDefinition
from low_code.kinds.fields.mask import DOTS
from low_code.kinds.fields.readers import ADDRESS_PARTS
from low_code.kinds.fields.types import FILE_TYPES
from oms.fields.judge_values import entity_fields
from tenants.access.queries import name_in

YES, NO = N_("Yes"), N_("No")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    name: str
    url: str
    is_image: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValue:
    """text: of all but files and tables; head, rows: of a table; key: of the field"""

    key: str
    label: str
    text: str = ""
    files: Sequence[ShownFile] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    is_heading: bool = False


class Names:
    """What ids in values stand for: people, departments and files, each asked for once."""

    def __init__(self, work: Work, fields: Iterable[FieldDefinition], values: Iterable[Mapping[str, Any]]) -> None:
        people, files, departments = set(), set(), set()
        known = list(fields)
        for kept in values:
            for field in known:
                value = kept.get(field.key)
                if field.type == "user" and isinstance(value, str):
                    people.add(value)
                elif field.type == "department" and isinstance(value, str):
                    departments.add(value)
                elif field.type in FILE_TYPES and isinstance(value, list):
                    files |= {found for one in value if (found := from_text("fil", str(one))) is not None}
        tenant = {"tenant": work.tenant_id}
        self.people: dict[str, tuple[str, str]] = {}
        if people:
            rows = work.rows(
                "SELECT id, name, email FROM users WHERE tenant_id = %(tenant)s AND id::text = ANY(%(ids)s)",
                {**tenant, "ids": sorted(people)},
            )
            self.people = {str(row.id): (row.name, row.email) for row in rows}
        self.departments: dict[str, str] = {}
        if departments:
            rows = work.rows(
                "SELECT key, names FROM departments WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s)",
                {**tenant, "keys": sorted(departments)},
            )
            self.departments = {row.key: name_in(row.names, current_locale()) or row.key for row in rows}
        self.files: dict[str, tuple[str, str]] = {}
        if files:
            rows = work.rows(
                "SELECT id, name, media_type FROM field_files WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)",
                {**tenant, "ids": sorted(files)},
            )
            named = {row.id: (row.name, row.media_type) for row in rows}
            for kept in values:
                for value in kept.values():
                    for one in value if isinstance(value, list) else ():
                        found = from_text("fil", one) if isinstance(one, str) else None
                        if found in named:
                            self.files[one] = named[found]


def label_of(field: FieldDefinition) -> str:
    return name_in(field.labels, current_locale()) or field.key


def export_columns(work: Work, entity: str) -> list[FieldDefinition]:
    """Fields that a file for the actor has columns of: those that he may see, masked ones as they are shown."""
    fields = entity_fields(work, entity)
    return [
        one
        for one in (fields.fields.values() if fields else ())
        if one.has_value and not one.retired and one.access(work.actor.roles) is not Access.NONE
    ]


def show_values(work: Work, entity: str, values: Mapping[str, Any], *, headings: bool = False) -> list[ShownValue]:
    """The values that the actor may see, in the order of the document; they come as queries give them: masked where he
    sees them masked. headings: sections too, where a value follows them"""
    fields = entity_fields(work, entity)
    if fields is None or not values:
        return []
    names = Names(work, fields.fields.values(), [values])
    found: list[ShownValue] = []
    for key, field in fields.fields.items():
        if field.type == "section" and headings and not field.retired:
            found.append(ShownValue(key=key, label=label_of(field), is_heading=True))
        elif not field.retired and values.get(key) is not None and field.access(work.actor.roles) is not Access.NONE:
            found.append(show_value(field, values[key], names, work.tenant.zone))
    return [
        one for one, after in zip(found, [*found[1:], None], strict=True)
        if not one.is_heading or (after is not None and not after.is_heading)
    ]  # fmt: skip


def show_value(field: FieldDefinition, value: Any, names: Names, zone: str) -> ShownValue:
    label = label_of(field)
    if field.type in FILE_TYPES and isinstance(value, list):
        files = [
            ShownFile(name=name, url=url_for("own_files.show", file_id=one), is_image=kind.startswith("image/"))
            for one in value
            if (found := names.files.get(one)) is not None
            for name, kind in [found]
        ]
        return ShownValue(key=field.key, label=label, files=files)
    if field.type == "sub_table" and isinstance(value, list):
        rows = [[text_of(column, row.get(column.key), names, zone) for column in field.columns] for row in value]
        return ShownValue(key=field.key, label=label, head=[label_of(column) for column in field.columns], rows=rows)
    return ShownValue(key=field.key, label=label, text=text_of(field, value, names, zone))


def text_of(field: FieldDefinition, value: Any, names: Names | None = None, zone: str = "UTC") -> str:
    """The value in one line: for lists, exports and tables."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(DOTS):
        return value
    if isinstance(value, bool):
        return _(YES) if value else _(NO)
    if field.type in FILE_TYPES and isinstance(value, list):
        return ", ".join(names.files[one][0] for one in value if names and one in names.files) or str(len(value))
    if field.type == "sub_table" and isinstance(value, list):
        return "; ".join(
            ", ".join(text_of(column, row[column.key], names, zone) for column in field.columns if column.key in row)
            for row in value
        )
    if isinstance(value, list):
        return ", ".join(_option(field, str(one)) for one in value)
    if field.type == "address" and isinstance(value, Mapping):
        return ", ".join(str(value[part]) for part in ADDRESS_PARTS if part in value)
    if isinstance(value, Mapping):
        return f"{value.get('currency', '')} {value.get('amount', '')}".strip()
    if field.type == "user":
        return names.people.get(str(value), (str(value), ""))[0] if names else str(value)
    if field.type == "department":
        return names.departments.get(str(value), str(value)) if names else str(value)
    if field.kept_as == "datetime":
        return _moment(str(value), zone)
    if field.kept_as == "percent":
        return f"{value} %"
    return _option(field, str(value)) if field.type == "option" else str(value)


def _option(field: FieldDefinition, option: str) -> str:
    return name_in(field.option_labels.get(option, {}), current_locale()) or option


def _moment(value: str, zone: str) -> str:
    try:
        return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return value
