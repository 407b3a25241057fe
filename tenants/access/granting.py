"""Who may give what, and that somebody can always let others in."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kernel.db import Work
from tenants.access.errors import CannotGrantMore, LastAdministrator, PermissionUnknown, RoleUnknown
from tenants.access.permissions import Permission

_KNOWN = frozenset(Permission)


def known_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """raises PermissionUnknown"""
    wanted = frozenset(names)
    for name in sorted(wanted - _KNOWN):
        raise PermissionUnknown(permission=name)
    return frozenset(Permission(name) for name in wanted)


def check_may_grant(work: Work, permissions: Iterable[str]) -> None:
    """The acting user must have every permission that he gives away. The system may give all.

    raises CannotGrantMore
    """
    actor = work.actor
    if actor.kind == "system":
        return
    missing = set(permissions) - permissions_of(work, actor.id)
    # Rights of the portal belong to customers; who manages users may give them without ordering himself.
    if missing - {Permission.USE_PORTAL}:
        raise CannotGrantMore(missing=sorted(missing))


def check_may_lend(work: Work, roles: Iterable[str]) -> None:
    """A key has the rights on custom fields of these roles. Its maker must have them too, or manage users, who could
    give them to himself. The system may lend all.

    raises RoleUnknown, CannotGrantMore
    """
    wanted = set(roles)
    known = work.rows("SELECT key FROM roles WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id})
    for key in sorted(wanted - {row.key for row in known}):
        raise RoleUnknown(role=key)
    actor = work.actor
    if actor.kind == "system" or actor.roles is None or Permission.MANAGE_USERS in permissions_of(work, actor.id):
        return
    if missing := wanted - actor.roles:
        raise CannotGrantMore(missing=sorted(missing))


def permissions_of(work: Work, user_id: UUID | None) -> frozenset[str]:
    """What the roles of a user allow together."""
    rows = work.rows(
        "SELECT DISTINCT unnest(r.permissions) AS permission FROM user_roles ur"
        " JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id"
        " WHERE ur.tenant_id = %(tenant)s AND ur.user_id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id},
    )
    return frozenset(row.permission for row in rows)


def lock_administration(work: Work) -> None:
    """Taken before anything that could remove the last administrator, so that two removals cannot pass together."""
    work.execute(
        "SELECT 1 FROM roles WHERE tenant_id = %(tenant)s AND key = 'admin' FOR UPDATE", {"tenant": work.tenant_id}
    )


def check_administrator_left(work: Work) -> None:
    """raises LastAdministrator where no active member of staff could manage users any more"""
    left = work.scalar(
        "SELECT EXISTS (SELECT FROM users u"
        " JOIN user_roles ur ON ur.tenant_id = u.tenant_id AND ur.user_id = u.id"
        " JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id"
        " WHERE u.tenant_id = %(tenant)s AND u.active AND u.kind = 'staff' AND %(permission)s = ANY(r.permissions))",
        {"tenant": work.tenant_id, "permission": Permission.MANAGE_USERS.value},
    )
    if not left:
        raise LastAdministrator
