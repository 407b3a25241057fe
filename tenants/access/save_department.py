"""Makes a department, changes it, or takes it away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.ids import new_id
from tenants.access.audit import audit, difference
from tenants.access.change_user import check_colleague, check_department
from tenants.access.create_role import KEY_MALFORMED, clean_names
from tenants.access.errors import DepartmentInUse, DepartmentKeyTaken, DepartmentLoop, DepartmentUnknown
from tenants.access.ids import department_text

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Whether %(department)s is the department %(parent)s or stands above it.
_ABOVE = """
WITH RECURSIVE above (id) AS (
  SELECT %(parent)s::uuid
  UNION SELECT d.parent_id FROM above JOIN departments d ON d.tenant_id = %(tenant)s AND d.id = above.id
  WHERE d.parent_id IS NOT NULL
)
SELECT 1 FROM above WHERE id = %(department)s LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDepartment:
    """names  by locale: {"en": "Sales", "zh-CN": "销售部"}; at least one
    key    what documents name, never changed; "" makes one from the English name
    """

    names: Mapping[str, str]
    key: str = ""
    parent_id: UUID | None = None
    head_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDepartment:
    """The whole of what can be changed, as it shall be."""

    department_id: UUID
    names: Mapping[str, str]
    parent_id: UUID | None = None
    head_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentSaved:
    """changed: names of the fields that have another value now; all of a new one"""

    department_id: UUID
    changed: tuple[str, ...]


def create_department(work: Work, command: CreateDepartment) -> DepartmentSaved:
    """raises Invalid (no name, malformed key), DepartmentUnknown (the parent), UserUnknown (the head),
    DepartmentKeyTaken"""
    names = clean_names(command.names)
    _lock_tree(work)
    key = command.key or _free_key(work, names)
    if not _KEY.fullmatch(key):
        raise Invalid(problems=[Problem(pointer="/key", code="key_malformed", message=KEY_MALFORMED)])
    _check_people_and_place(work, command.parent_id, command.head_id)
    department_id = new_id()
    row = {"key": key, "names": names, "parent_id": command.parent_id, "head_id": command.head_id}
    made = work.execute(
        "INSERT INTO departments (tenant_id, id, key, names, parent_id, head_id)"
        " VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s, %(parent_id)s, %(head_id)s)"
        " ON CONFLICT (tenant_id, key) DO NOTHING",
        {**row, "names": Jsonb(names), "tenant": work.tenant_id, "id": department_id},
    )
    if not made:
        raise DepartmentKeyTaken(key=key)
    _log(work, "department.create", department_id, difference({}, row))
    return DepartmentSaved(department_id=department_id, changed=tuple(row))


def change_department(work: Work, command: ChangeDepartment) -> DepartmentSaved:
    """raises DepartmentUnknown, Invalid (no name), UserUnknown (the head), DepartmentLoop"""
    names = clean_names(command.names)
    _lock_tree(work)
    before = _lock_department(work, command.department_id)
    _check_people_and_place(work, command.parent_id, command.head_id)
    place = {"tenant": work.tenant_id, "parent": command.parent_id, "department": command.department_id}
    if command.parent_id is not None and work.scalar(_ABOVE, place):
        raise DepartmentLoop
    after = {"names": names, "parent_id": command.parent_id, "head_id": command.head_id}
    changes = difference({name: getattr(before, name) for name in after}, after)
    if changes:
        work.execute(
            "UPDATE departments SET names = %(names)s, parent_id = %(parent_id)s, head_id = %(head_id)s"
            " WHERE tenant_id = %(tenant)s AND id = %(id)s",
            {**after, "names": Jsonb(names), "tenant": work.tenant_id, "id": command.department_id},
        )
        _log(work, "department.change", command.department_id, changes)
    return DepartmentSaved(department_id=command.department_id, changed=tuple(changes))


def delete_department(work: Work, department_id: UUID) -> None:
    """raises DepartmentUnknown, DepartmentInUse while somebody is in it or a department below it"""
    _lock_tree(work)
    department = _lock_department(work, department_id)
    scope = {"tenant": work.tenant_id, "department": department_id}
    users = work.scalar(
        "SELECT count(*) FROM users WHERE tenant_id = %(tenant)s AND department_id = %(department)s", scope
    )
    below = work.scalar(
        "SELECT count(*) FROM departments WHERE tenant_id = %(tenant)s AND parent_id = %(department)s", scope
    )
    if users or below:
        raise DepartmentInUse(users=users, departments=below)
    work.execute("DELETE FROM departments WHERE tenant_id = %(tenant)s AND id = %(department)s", scope)
    _log(work, "department.delete", department_id, {"key": (department.key, None)})


def _lock_tree(work: Work) -> None:
    """Two moves at once could make a loop that neither sees; so they come one after the other."""
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended('departments:' || %(tenant)s::text, 0))",
                 {"tenant": work.tenant_id})  # fmt: skip


def _lock_department(work: Work, department_id: UUID) -> Any:
    row = work.row(
        "SELECT key, names, parent_id, head_id FROM departments"
        " WHERE tenant_id = %(tenant)s AND id = %(department)s FOR UPDATE",
        {"tenant": work.tenant_id, "department": department_id},
    )
    if row is None:
        raise DepartmentUnknown
    return row


def _check_people_and_place(work: Work, parent_id: UUID | None, head_id: UUID | None) -> None:
    check_department(work, parent_id)
    if head_id is not None:
        check_colleague(work, head_id)


def _log(work: Work, action: str, department_id: UUID, changes: Mapping[str, tuple[Any, Any]]) -> None:
    told = {name: (_as_json(old), _as_json(new)) for name, (old, new) in changes.items()}
    audit(work, action, "department", department_text(department_id), told)


def _as_json(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _free_key(work: Work, names: Mapping[str, str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", names.get("en", "").lower()).strip("_")[:34]
    stem = stem if _KEY.fullmatch(stem) else "department"
    rows = work.rows("SELECT key FROM departments WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id})
    taken = {row.key for row in rows}
    number = 1
    while (key := stem if number == 1 else f"{stem}_{number}") in taken:
        number += 1
    return key
