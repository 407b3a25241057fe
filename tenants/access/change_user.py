"""Changes what an administrator decides about a user: name, activity, manager, row scope."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit, difference
from tenants.access.errors import UserUnknown
from tenants.access.granting import check_administrator_left, lock_administration
from tenants.access.ids import user_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUser:
    """The whole of what can be changed, as it shall be.

    active  False signs the user out everywhere at once
    customer_scope, location_scope  the only ones that he may see; None is all of them, () is none
    """

    user_id: UUID
    name: str
    active: bool
    manager_id: UUID | None = None
    customer_scope: tuple[UUID, ...] | None = None
    location_scope: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged:
    """changed: names of the fields that have another value now"""

    user_id: UUID
    changed: tuple[str, ...]


def change_user(work: Work, command: ChangeUser) -> UserChanged:
    """raises UserUnknown, LastAdministrator"""
    lock_administration(work)
    user = work.row(
        "SELECT name, active, manager_id, customer_scope, location_scope FROM users"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE",
        {"tenant": work.tenant_id, "user": command.user_id},
    )
    if user is None:
        raise UserUnknown
    if command.manager_id is not None:
        _check_colleague(work, command)
    after = {
        "name": command.name.strip() or user.name,
        "active": command.active,
        "manager_id": command.manager_id,
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


def _check_colleague(work: Work, command: ChangeUser) -> None:
    found = work.scalar(
        "SELECT 1 FROM users WHERE tenant_id = %(tenant)s AND id = %(manager)s AND id <> %(user)s",
        {"tenant": work.tenant_id, "manager": command.manager_id, "user": command.user_id},
    )
    if not found:
        raise UserUnknown


def _sorted(ids: tuple[UUID, ...] | list[UUID] | None) -> list[UUID] | None:
    return None if ids is None else sorted(set(ids))


def _as_json(value: object) -> object:
    if isinstance(value, list):
        return [str(each) for each in value]
    return str(value) if isinstance(value, UUID) else value
