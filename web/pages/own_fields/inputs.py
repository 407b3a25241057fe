"""Own fields as inputs of a form, and what was typed into them as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from low_code.field_files.errors import FileRefused
from low_code.field_files.read_file import waiting_files
from low_code.field_files.store_file import StoreFile, store_file
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import Access, FieldDefinition
from low_code.kinds.fields.from_text import typed_value
from low_code.kinds.fields.readers import ADDRESS_PARTS
from low_code.kinds.fields.types import FILE_TYPES
from oms.fields.judge_values import entity_fields
from tenants.access.departments import all_departments
from tenants.access.queries import name_in
from web.http.forms import Form
from web.http.problems import said
from web.pages.own_fields.shown import Names, ShownValue, label_of, show_value

PARTS: Mapping[str, str] = {
    "recipient": N_("Recipient"), "phone": N_("Phone"), "street": N_("Street"), "city": N_("City"),
    "region": N_("Region"), "postal_code": N_("Postal code"), "country": N_("Country code"),
}  # fmt: skip
SPARE_ROWS = 2
_KINDS = {
    "long_text": "area", "integer": "number", "decimal": "number", "percent": "number", "bool": "bool", "date": "date",
    "datetime": "datetime-local", "option": "option", "multi_option": "options", "department": "option",
    "phone": "tel", "email": "email", "user": "email", "url": "url", "address": "address", "sub_table": "table",
    "attachment": "files", "image": "files", "section": "heading",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class OwnInput:
    """name     of the form field; parts and cells go on from it: `<name>.city`, `<name>.0.qty`
    kind     heading, output (what nobody types), area, bool, option, options, address, table, files, or of an <input>
    options  (id, label) each; parts: (name, label); columns: inputs of a row; rows: how many are shown
    shown    of an output, and of files that are there
    """

    key: str
    name: str
    label: str
    help: str = ""
    kind: str = "text"
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    parts: Sequence[tuple[str, str]] = ()
    columns: Sequence[OwnInput] = ()
    rows: int = 0
    shown: ShownValue | None = None
    files: Sequence[str] = ()
    accept: str = ""


@dataclass(slots=True)
class OwnInputs:
    """inputs in the order of the document; conditions: JSON for the browser, "" without any"""

    inputs: list[OwnInput] = field(default_factory=list)
    conditions: str = ""

    def __bool__(self) -> bool:
        return bool(self.inputs)


def make_inputs(
    work: Work, entity: str, form: Form, values: Mapping[str, Any], *, prefix: str = "cf.", files: bool = True
) -> list[OwnInput]:
    """Inputs of what the actor may change; what he only sees, as output. `form` gets what is kept, where it has not got
    what was typed.

    values  as the actor sees them
    files   False where a form cannot take files (one that is sent while somebody types)
    """
    return make_row_inputs(work, entity, form, [(prefix, values)], files=files)[0]


def make_row_inputs(
    work: Work, entity: str, form: Form, rows: Sequence[tuple[str, Mapping[str, Any]]], *, files: bool = True
) -> list[list[OwnInput]]:
    """The inputs of several rows of one form, as make_inputs; as many statements as for one.

    rows  (prefix, values) each
    """
    fields = entity_fields(work, entity)
    if fields is None:
        return [[] for _row in rows]
    shown = [_with_uploads(work, fields, form, prefix, values) if files else values for prefix, values in rows]
    names = Names(work, fields.fields.values(), shown)
    departments = _departments(work, fields)
    found = []
    for (prefix, _values), values in zip(rows, shown, strict=True):
        inputs = []
        for key, one in fields.fields.items():
            access = one.access(work.actor.roles)
            if one.retired or access is Access.NONE or (one.type in FILE_TYPES and not files):
                continue
            value = values.get(key)
            if one.type != "section" and not one.may_edit(work.actor.roles):
                output = show_value(one, value, names, work.tenant.zone) if value is not None else None
                made = OwnInput(key=key, name=prefix + key, label=label_of(one), kind="output", shown=output)
            else:
                made = _input(departments, one, prefix + key, value)
                if made.kind == "files" and value:
                    made.shown, made.files = show_value(one, value, names, work.tenant.zone), tuple(value)
                _fill(form, made, one, value, names, work.tenant.zone)
            inputs.append(made)
        found.append(inputs)
    return found


def _with_uploads(
    work: Work, fields: EntityFields, form: Form, prefix: str, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The values, with files that came with a form that was refused: they wait for the row."""
    added = {}
    for key, one in fields.fields.items():
        there = values.get(key) or []
        if one.type in FILE_TYPES and (
            new := [text for text in form.values_of(f"{prefix}{key}.keep") if text not in there]
        ):
            added[key] = [*there, *waiting_files(work, fields.entity, new)]
    return {**values, **added} if added else values


def _departments(work: Work, fields: EntityFields) -> list[tuple[str, str]]:
    used = (one for field in fields.fields.values() if not field.retired for one in (field, *field.columns))
    if not any(one.type == "department" for one in used):
        return []
    return [(row.key, name_in(row.names, current_locale()) or row.key) for row in all_departments(work)]


def _input(departments: list[tuple[str, str]], one: FieldDefinition, name: str, value: Any) -> OwnInput:
    kind = _KINDS.get(one.type, "text")
    options: list[tuple[str, str]] = []
    if one.type == "department":
        options = departments
    elif one.options:
        chosen = value if isinstance(value, list) else [value]
        options = [
            (option, name_in(labels, current_locale()) or option)
            for option, labels in one.option_labels.items()
            if option in one.options or option in chosen
        ]
    columns = [_input(departments, column, column.key, None) for column in one.columns]
    kept = len(value) if isinstance(value, list) else 0
    return OwnInput(
        key=one.key, name=name, label=label_of(one), help=name_in(one.help, current_locale()), kind=kind,
        required=one.required, options=options, columns=columns,
        parts=[(part, _(PARTS[part])) for part in ADDRESS_PARTS] if kind == "address" else (),
        rows=min(kept + SPARE_ROWS, one.max_rows), accept="image/*" if one.type == "image" else "",
    )  # fmt: skip


def _fill(form: Form, made: OwnInput, one: FieldDefinition, value: Any, names: Names, zone: str) -> None:
    """What is kept, as inputs show it."""
    if value is None:
        return
    if made.kind == "address" and isinstance(value, Mapping):
        for part, text in value.items():
            form.values.setdefault(f"{made.name}.{part}", [str(text)])
    elif made.kind == "table" and isinstance(value, list):
        for number, row in enumerate(value):
            for column in one.columns:
                if column.key in row:
                    form.values.setdefault(
                        f"{made.name}.{number}.{column.key}", _texts(column, row[column.key], names, zone)
                    )
    elif made.kind != "files":
        form.values.setdefault(made.name, _texts(one, value, names, zone))


def _texts(one: FieldDefinition, value: Any, names: Names, zone: str) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, Mapping):
        return [f"{value.get('amount', '')} {value.get('currency', '')}".strip()]
    if one.type == "user":
        return [names.people.get(str(value), ("", str(value)))[1]]
    if one.type == "datetime":
        try:
            return [datetime.fromisoformat(str(value)).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")]
        except ValueError:
            return [str(value)]
    return [str(value)]


def read_inputs(
    work: Work, entity: str, sent: Form, stored: Mapping[str, Any], *, prefix: str = "cf.", files: bool = True
) -> dict[str, Any]:
    """Field key -> raw value, of what the form had inputs for. Files must be kept before: see keep_uploads."""
    fields = entity_fields(work, entity)
    given: dict[str, Any] = {}
    for key, one in (fields.fields if fields else {}).items():
        if one.retired or not one.may_edit(work.actor.roles):
            continue
        if one.type in FILE_TYPES:
            if files and f"{prefix}{key}.sent" in sent.values:
                given[key] = _files(work, entity, one, sent, prefix + key, stored)
        elif one.type == "address":
            parts = {part: sent.value(f"{prefix}{key}.{part}").strip() for part in ADDRESS_PARTS}
            if any(f"{prefix}{key}.{part}" in sent.values for part in ADDRESS_PARTS):
                given[key] = {part: text for part, text in parts.items() if text} or None
        elif one.type == "sub_table":
            if f"{prefix}{key}.sent" in sent.values:
                given[key] = _rows(work, one, sent, prefix + key)
        elif prefix + key in sent.values or f"{prefix}{key}.sent" in sent.values:
            given[key] = _one(work, one, sent.values_of(prefix + key))
    return given


def _one(work: Work, one: FieldDefinition, texts: list[str]) -> Any:
    if one.type == "multi_option":
        return [text for text in texts if text]
    return typed_value(one, texts[0] if texts else "", currency=work.tenant.currency, zone=work.tenant.zone)


def _rows(work: Work, one: FieldDefinition, sent: Form, name: str) -> list[dict[str, Any]]:
    rows = []
    for number in range(one.max_rows + SPARE_ROWS):
        row = {
            column.key: _one(work, column, sent.values_of(f"{name}.{number}.{column.key}")) for column in one.columns
        }
        rows.append({key: value for key, value in row.items() if value is not None})
    while rows and not rows[-1]:
        rows.pop()
    return rows


def keep_uploads(work: Work, entity: str, sent: Form, *, prefix: str = "cf.") -> None:
    """Stores the files that came with a form, and puts them among those that the form keeps. In a unit of work of its
    own: when the form is refused, whoever sent it need not choose them again. What cannot be kept is said beside its
    input, and the form is refused."""
    if not request.files:
        return
    fields = entity_fields(work, entity)
    for key, one in (fields.fields if fields else {}).items():
        if one.type not in FILE_TYPES or one.retired or not one.may_edit(work.actor.roles):
            continue
        try:
            stored = _store(work, entity, one, prefix + key)
        except FileRefused as error:
            sent.refuse_field(prefix + key, said(error.message, error.facts))
        else:
            sent.values.setdefault(f"{prefix}{key}.keep", []).extend(stored)


def _store(work: Work, entity: str, one: FieldDefinition, name: str) -> list[str]:
    stored = []
    for upload in request.files.getlist(name):
        if upload.filename:
            command = StoreFile(
                entity=entity, name=upload.filename, data=upload.stream.read(), only_images=one.type == "image"
            )
            stored.append(to_text("fil", store_file(work, command)))
    return stored


def _files(
    work: Work, entity: str, one: FieldDefinition, sent: Form, name: str, stored: Mapping[str, Any]
) -> list[str]:
    there, named = stored.get(one.key) or [], sent.values_of(f"{name}.keep")
    waiting = waiting_files(work, entity, [text for text in named if text not in there])
    return [*(text for text in named if text in there), *waiting]


def take_up_problems(sent: Form, problems: Sequence[Any], *, prefix: str = "cf.", under: str = "/custom/") -> bool:
    """Puts each fault beside its input. Returns whether there was any."""
    found = False
    for problem in problems:
        if problem.pointer.startswith(under):
            parts = problem.pointer.removeprefix(under).split("/")
            name = prefix + parts[0]
            sent.errors.setdefault(name, said(problem.message, problem.facts))
            if len(parts) > 2:
                sent.errors.setdefault(f"{name}.{parts[1]}.{parts[2]}", said(problem.message, problem.facts))
            found = True
    if found:
        sent.status = 422
    return found
