"""Gives a user exactly these roles."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from tenants.access.audit import audit
from tenants.access.errors import RoleUnknown, UserUnknown
from tenants.access.granting import check_administrator_left, check_may_grant, lock_administration
from tenants.access.ids import user_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoles:
    user_id: UUID
    role_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesSet:
    user_id: UUID
    before: tuple[str, ...]
    after: tuple[str, ...]


def set_roles(work: Work, command: SetRoles) -> RolesSet:
    """raises UserUnknown, RoleUnknown, CannotGrantMore, LastAdministrator"""
    scope = {"tenant": work.tenant_id, "user": command.user_id}
    lock_administration(work)
    if not work.scalar("SELECT 1 FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE", scope):
        raise UserUnknown
    before = _role_keys(work, command.user_id)
    wanted = {
        row.key: row
        for row in work.rows(
            "SELECT id, key, permissions FROM roles WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s)",
            {"tenant": work.tenant_id, "keys": list(command.role_keys)},
        )
    }
    for key in command.role_keys:
        if key not in wanted:
            raise RoleUnknown(role=key)
    after = tuple(sorted(wanted))
    if before == after:
        return RolesSet(user_id=command.user_id, before=before, after=after)
    # Only what is new must be the giver's own: a user keeps what others gave him.
    check_may_grant(work, {name for key in set(after) - set(before) for name in wanted[key].permissions})
    work.execute("DELETE FROM user_roles WHERE tenant_id = %(tenant)s AND user_id = %(user)s", scope)
    work.execute_many(
        "INSERT INTO user_roles (tenant_id, id, user_id, role_id) VALUES (%(tenant)s, %(id)s, %(user)s, %(role)s)",
        [{**scope, "id": new_id(), "role": wanted[key].id} for key in after],
    )
    if before:
        check_administrator_left(work)
    audit(work, "user.set_roles", "user", user_text(command.user_id), {"roles": (list(before), list(after))})
    return RolesSet(user_id=command.user_id, before=before, after=after)


def _role_keys(work: Work, user_id: UUID) -> tuple[str, ...]:
    rows = work.rows(
        "SELECT r.key FROM user_roles ur JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id"
        " WHERE ur.tenant_id = %(tenant)s AND ur.user_id = %(user)s ORDER BY r.key",
        {"tenant": work.tenant_id, "user": user_id},
    )
    return tuple(row.key for row in rows)
