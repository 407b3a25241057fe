"""Changes or deletes a role that the tenant made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.db import Work
from tenants.access.audit import audit, difference
from tenants.access.create_role import clean_names
from tenants.access.errors import RoleInUse, RoleIsBuiltIn, RoleUnknown
from tenants.access.granting import (
    check_administrator_left,
    check_may_grant,
    known_permissions,
    lock_administration,
)
from tenants.access.ids import role_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRole:
    """The whole of what can be changed, as it shall be. It holds for all who have the role, from their next request."""

    role_id: UUID
    names: Mapping[str, str]
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRole:
    role_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged:
    role_id: UUID
    changed: tuple[str, ...]


def change_role(work: Work, command: ChangeRole) -> RoleChanged:
    """raises RoleUnknown, RoleIsBuiltIn, Invalid, PermissionUnknown, CannotGrantMore, LastAdministrator"""
    lock_administration(work)
    role = _lock_own_role(work, command.role_id)
    permissions = known_permissions(command.permissions)
    check_may_grant(work, permissions - set(role.permissions))
    after = {"names": clean_names(command.names), "permissions": sorted(permissions)}
    changes = difference({"names": role.names, "permissions": sorted(role.permissions)}, after)
    if changes:
        work.execute(
            "UPDATE roles SET names = %(names)s, permissions = %(permissions)s"
            " WHERE tenant_id = %(tenant)s AND id = %(role)s",
            {**after, "names": Jsonb(after["names"]), "tenant": work.tenant_id, "role": command.role_id},
        )
        check_administrator_left(work)
        audit(work, "role.change", "role", role_text(command.role_id), changes)
    return RoleChanged(role_id=command.role_id, changed=tuple(changes))


def delete_role(work: Work, command: DeleteRole) -> None:
    """raises RoleUnknown, RoleIsBuiltIn, RoleInUse"""
    role = _lock_own_role(work, command.role_id)
    scope = {"tenant": work.tenant_id, "role": command.role_id}
    count = work.scalar("SELECT count(*) FROM user_roles WHERE tenant_id = %(tenant)s AND role_id = %(role)s", scope)
    if count:
        raise RoleInUse(count=count)
    work.execute("DELETE FROM roles WHERE tenant_id = %(tenant)s AND id = %(role)s", scope)
    audit(work, "role.delete", "role", role_text(command.role_id), {"key": (role.key, None)})


def _lock_own_role(work: Work, role_id: UUID) -> Any:
    role = work.row(
        "SELECT key, names, permissions, built_in FROM roles WHERE tenant_id = %(tenant)s AND id = %(role)s FOR UPDATE",
        {"tenant": work.tenant_id, "role": role_id},
    )
    if role is None:
        raise RoleUnknown
    if role.built_in:
        raise RoleIsBuiltIn
    return role
