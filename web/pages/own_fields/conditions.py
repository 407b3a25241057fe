"""What a form's conditions need in the browser: see `form-conditions` in web/islands/README.md. Without it the form
still works, because the server decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from kernel.db.json import dumps
from low_code.documents.compiled import configuration
from low_code.expressions import reads
from low_code.expressions.browser import browser_form, browser_value
from low_code.kinds.fields.compile import CONDITIONS
from low_code.kinds.fields.definition import Access
from oms.fields.judge_values import entity_fields


def form_conditions(work: Work, entity: str, row: Mapping[str, Any]) -> str:
    """JSON for the form, "" where no field has a condition or a formula. Nothing that the actor may not see is in it:
    conditions that read such a field stay with the server.

    row  what expressions read around the fields
    """
    fields = entity_fields(work, entity)
    if fields is None:
        return ""
    roles = work.actor.roles
    told: list[dict[str, Any]] = []
    read: set[str] = set()
    for key in fields.order:
        one = fields.fields[key]
        if one.retired or one.access(roles) is Access.NONE:
            continue
        words = {}
        for word, checked in one.checked.items():
            paths = reads(checked)
            if word in (*CONDITIONS, "formula") and all(_may_know(work, entity, path) for path in paths):
                words[word] = browser_form(checked)
                read |= paths
        told.append({"key": key, "type": one.kept_as, **words})
    if not any(len(one) > 2 for one in told):
        return ""
    known = _only(row, {path for path in read if not path.startswith(f"{fields.home}.")})
    document = {"home": fields.home, "row": browser_value(known), "today": work.today.isoformat(), "fields": told}
    return dumps(document).replace("<", "\\u003c")


def _may_know(work: Work, entity: str, path: str) -> bool:
    """Whether the actor sees the tenant's field at `path` whole; of other paths yes."""
    in_force = configuration(work)
    subject = in_force.registry.entities[entity].subject
    defined = in_force.tenant_fields.get((subject, path))
    if defined is None:
        return True
    fields = entity_fields(work, defined[1][1])
    field = fields.fields.get(defined[1][2]) if fields else None
    return field is not None and field.may_view(work.actor.roles)


def _only(row: Any, paths: set[str]) -> dict[str, Any]:
    """Of `row` only what lies at the paths; of rows below one only what lies at longer paths."""
    kept: dict[str, Any] = {}
    for name in {path.partition(".")[0] for path in paths}:
        below = {path.partition(".")[2] for path in paths if path.partition(".")[0] == name} - {""}
        value = row.get(name) if isinstance(row, Mapping) else None
        if isinstance(value, list):
            kept[name] = [_only(one, below) for one in value]
        elif isinstance(value, Mapping) and below:
            kept[name] = _only(value, below)
        elif value is not None:
            kept[name] = value
    return kept
