"""Changes what an administrator decides about a user: name, activity, place in the company, row scope."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit, difference
from tenants.access.errors import DepartmentUnknown, ManagerLoop, UserUnknown
from tenants.access.granting import check_administrator_left, lock_administration
from tenants.access.ids import user_text

# Whether the line of managers from %(manager)s upwards comes past %(user)s. UNION stops at what it has seen.
_LINE = """
WITH RECURSIVE line (id) AS (
  SELECT %(manager)s::uuid
  UNION SELECT u.manager_id FROM line JOIN users u ON u.tenant_id = %(tenant)s AND u.id = line.id
  WHERE u.manager_id IS NOT NULL
)
SELECT 1 FROM line WHERE id = %(user)s LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUser:
    """The whole of what can be changed, as it shall be.

    approval_limit  how much he may decide alone, in the tenant's currency, >= 0; None: no amount
    active  False signs the user out everywhere at once
    customer_scope, location_scope  the only ones that he may see; None is all of them, () is none
    """

    user_id: UUID
    name: str
    active: bool
    manager_id: UUID | None = None
    department_id: UUID | None = None
    approval_limit: Decimal | None = None
    customer_scope: tuple[UUID, ...] | None = None
    location_scope: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged:
    """changed: names of the fields that have another value now"""

    user_id: UUID
    changed: tuple[str, ...]


def change_user(work: Work, command: ChangeUser) -> UserChanged:
    """raises UserUnknown, DepartmentUnknown, ManagerLoop, LastAdministrator"""
    lock_administration(work)
    user = work.row(
        "SELECT name, active, manager_id, department_id, approval_limit, customer_scope, location_scope FROM users"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE",
        {"tenant": work.tenant_id, "user": command.user_id},
    )
    if user is None:
        raise UserUnknown
    if command.manager_id is not None:
        _check_line(work, command)
    check_department(work, command.department_id)
    after = {
        "name": command.name.strip() or user.name,
        "active": command.active,
        "manager_id": command.manager_id,
        "department_id": command.department_id,
        "approval_limit": command.approval_limit,
        "customer_scope": _sorted(command.customer_scope),
        "location_scope": _sorted(command.location_scope),
    }
    before = {
        **user._asdict(),
        "customer_scope": _sorted(user.customer_scope),
        "location_scope": _sorted(user.location_scope),
    }
    changes = difference(before, after)
    if changes:
        _store(work, command.user_id, after, sign_out="active" in changes and not command.active)
        if "active" in changes:
            check_administrator_left(work)
        told = {name: (_as_json(old), _as_json(new)) for name, (old, new) in changes.items()}
        audit(work, "user.change", "user", user_text(command.user_id), told)
    return UserChanged(user_id=command.user_id, changed=tuple(changes))


def _store(work: Work, user_id: UUID, after: dict[str, object], *, sign_out: bool) -> None:
    assignments = ", ".join(f"{name} = %({name})s" for name in after)
    work.execute(
        f"UPDATE users SET {assignments}, session_epoch = session_epoch + %(sign_out)s"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {**after, "sign_out": int(sign_out), "tenant": work.tenant_id, "user": user_id},
    )


def check_colleague(work: Work, user_id: UUID) -> None:
    """raises UserUnknown where there is no such user in the company"""
    if not work.scalar(
        "SELECT 1 FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id},
    ):
        raise UserUnknown


def _check_line(work: Work, command: ChangeUser) -> None:
    """Nobody may stand above himself, over however many others. raises UserUnknown, ManagerLoop"""
    assert command.manager_id is not None
    check_colleague(work, command.manager_id)
    line = {"tenant": work.tenant_id, "manager": command.manager_id, "user": command.user_id}
    if work.scalar(_LINE, line):
        raise ManagerLoop


def check_department(work: Work, department_id: UUID | None) -> None:
    """raises DepartmentUnknown"""
    if department_id is not None and not work.scalar(
        "SELECT 1 FROM departments WHERE tenant_id = %(tenant)s AND id = %(department)s FOR KEY SHARE",
        {"tenant": work.tenant_id, "department": department_id},
    ):
        raise DepartmentUnknown


def _sorted(ids: tuple[UUID, ...] | list[UUID] | None) -> list[UUID] | None:
    return None if ids is None else sorted(set(ids))


def _as_json(value: object) -> object:
    if isinstance(value, list):
        return [str(each) for each in value]
    return str(value) if isinstance(value, UUID | Decimal) else value
