"""Reads of access: who a session belongs to, and what the settings pages list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from tenants.access.errors import RoleUnknown, UserUnknown
from tenants.access.permissions import PORTAL_PERMISSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUser:
    """Who a session belongs to, with all that a request asks about him."""

    id: UUID
    kind: str  # staff or portal
    email: str
    name: str
    locale: str
    theme: str
    shortcuts: bool
    customer_id: UUID | None
    customer_scope: frozenset[UUID] | None
    location_scope: frozenset[UUID] | None
    site_scope: frozenset[UUID] | None
    has_totp: bool
    session_epoch: int
    last_seen_at: datetime | None
    permissions: frozenset[str]
    role_keys: frozenset[str]


_SESSION_USER = """
SELECT u.id, u.kind, u.email, u.name, u.locale, u.theme, u.shortcuts, u.customer_id, u.customer_scope,
       u.location_scope, u.site_scope, u.totp_secret IS NOT NULL AS has_totp, u.session_epoch, u.last_seen_at,
       coalesce(held.permissions, '{}') AS permissions, coalesce(held.role_keys, '{}') AS role_keys
FROM users u LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT permission) FILTER (WHERE permission IS NOT NULL) AS permissions,
         array_agg(DISTINCT r.key) AS role_keys
  FROM user_roles ur
  JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
  LEFT JOIN LATERAL unnest(r.permissions) AS permission ON true
  WHERE ur.tenant_id = u.tenant_id AND ur.user_id = u.id
) held ON true
WHERE u.tenant_id = %(tenant)s AND u.id = %(user)s AND u.active
"""


def session_user(work: Work, user_id: UUID, *, epoch: int | None = None) -> SessionUser | None:
    """The active user, or None; with `epoch` only if his sessions of that epoch are still good. One statement."""
    row = work.row(_SESSION_USER, {"tenant": work.tenant_id, "user": user_id})
    if row is None or (epoch is not None and row.session_epoch != epoch):
        return None
    values = row._asdict()
    for name in ("customer_scope", "location_scope", "site_scope"):
        values[name] = None if values[name] is None else frozenset(values[name])
    for name in ("permissions", "role_keys"):
        values[name] = frozenset(values[name])
    if row.kind == "portal":
        values["permissions"] &= PORTAL_PERMISSIONS
    return SessionUser(**values)


def reach_of(user: SessionUser) -> Mapping[str, frozenset[UUID]]:
    """Row scope for `Actor.reach`. A portal user reaches his own customer, whatever else is written about him."""
    reach: dict[str, frozenset[UUID]] = {}
    if user.kind == "portal":
        assert user.customer_id is not None
        reach["customer"] = frozenset({user.customer_id})
    elif user.customer_scope is not None:
        reach["customer"] = user.customer_scope
    if user.location_scope is not None:
        reach["location"] = user.location_scope
    if user.site_scope is not None:
        reach["site"] = user.site_scope
    return reach


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One user as the settings list him. invited: has not taken his invitation up yet"""

    id: UUID
    kind: str
    email: str
    name: str
    active: bool
    invited: bool
    has_totp: bool
    last_seen_at: datetime | None
    manager_id: UUID | None
    department_id: UUID | None
    approval_limit: Decimal | None
    customer_scope: list[UUID] | None
    location_scope: list[UUID] | None
    role_keys: list[str]
    role_names: list[Mapping[str, str]]


_USERS = """
SELECT u.id, u.kind, u.email, u.name, u.active, u.password_hash IS NULL AS invited,
       u.totp_secret IS NOT NULL AS has_totp, u.last_seen_at, u.manager_id, u.department_id, u.approval_limit,
       u.customer_scope, u.location_scope,
       coalesce(held.role_keys, '{{}}') AS role_keys, coalesce(held.role_names, '[]'::jsonb) AS role_names
FROM users u LEFT JOIN LATERAL (
  SELECT array_agg(r.key ORDER BY r.key) AS role_keys, jsonb_agg(r.names ORDER BY r.key) AS role_names
  FROM user_roles ur JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
  WHERE ur.tenant_id = u.tenant_id AND ur.user_id = u.id
) held ON true
WHERE u.tenant_id = %(tenant)s AND {condition}
ORDER BY u.email LIMIT %(limit)s
"""

USER_STATES: Mapping[str, str] = {
    "active": "u.active AND u.password_hash IS NOT NULL",
    "invited": "u.active AND u.password_hash IS NULL",
    "inactive": "NOT u.active",
}


def users_page(
    work: Work, *, search: str = "", state: str = "", after: str = "", limit: int = 25
) -> tuple[list[UserRow], bool]:
    """Users by address, and whether more follow.

    search  part of name or address
    state   a key of USER_STATES, or "" for all
    after   address of the last one already shown
    """
    conditions = ["u.email > %(after)s", USER_STATES.get(state, "true")]
    if search:
        conditions.append("(u.email ILIKE %(like)s OR u.name ILIKE %(like)s)")
    like = "%" + search.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    params = {"tenant": work.tenant_id, "after": after, "like": like, "limit": limit + 1}
    rows = [UserRow(**row) for row in work.mappings(_USERS.format(condition=" AND ".join(conditions)), params)]
    return rows[:limit], len(rows) > limit


def user_counts(work: Work) -> dict[str, int]:
    """How many users each state has; "" is all of them."""
    counted = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {state}" for state, condition in USER_STATES.items())
    row = work.mappings(
        f'SELECT count(*) AS "all", {counted} FROM users u WHERE u.tenant_id = %(tenant)s',
        {"tenant": work.tenant_id},
    )[0]
    return {"": row.pop("all"), **row}


def user_row(work: Work, user_id: UUID) -> UserRow:
    """raises UserUnknown"""
    params = {"tenant": work.tenant_id, "user": user_id, "limit": 1}
    rows = work.mappings(_USERS.format(condition="u.id = %(user)s"), params)
    if not rows:
        raise UserUnknown
    return UserRow(**rows[0])


def colleagues(work: Work) -> list[tuple[UUID, str]]:
    """(id, name) of all active staff by name: who can be somebody's manager."""
    rows = work.rows(
        "SELECT id, name FROM users WHERE tenant_id = %(tenant)s AND kind = 'staff' AND active ORDER BY name, id",
        {"tenant": work.tenant_id},
    )
    return [(row.id, row.name) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """users: how many have the role"""

    id: UUID
    key: str
    names: Mapping[str, str]
    permissions: list[str]
    built_in: bool
    users: int


_ROLES = """
SELECT r.id, r.key, r.names, r.permissions, r.built_in,
       (SELECT count(*) FROM user_roles ur WHERE ur.tenant_id = r.tenant_id AND ur.role_id = r.id) AS users
FROM roles r WHERE r.tenant_id = %(tenant)s AND {condition} ORDER BY r.built_in DESC, r.id
"""


def all_roles(work: Work) -> list[RoleRow]:
    """The shipped ones first, then the tenant's own in the order of their making."""
    rows = work.mappings(_ROLES.format(condition="true"), {"tenant": work.tenant_id})
    return [RoleRow(**row) for row in rows]


def role_row(work: Work, role_id: UUID) -> RoleRow:
    """raises RoleUnknown"""
    rows = work.mappings(_ROLES.format(condition="r.id = %(role)s"), {"tenant": work.tenant_id, "role": role_id})
    if not rows:
        raise RoleUnknown
    return RoleRow(**rows[0])


def name_in(names: Mapping[str, str], locale: str) -> str:
    """The name in `locale`, else in any language that there is one in."""
    return names.get(locale) or names.get("en") or next(iter(names.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRow:
    id: UUID
    name: str
    prefix: str
    last_four: str
    permissions: list[str]
    rate_limit: str | None
    created_at: datetime
    created_by_name: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def all_api_keys(work: Work) -> list[ApiKeyRow]:
    """Usable ones first, newest first."""
    rows = work.mappings(
        "SELECT k.id, k.name, k.prefix, k.last_four, k.permissions, k.rate_limit, k.created_at, k.expires_at,"
        " k.revoked_at, k.last_used_at, u.name AS created_by_name FROM api_keys k"
        " LEFT JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.created_by"
        " WHERE k.tenant_id = %(tenant)s ORDER BY k.revoked_at IS NOT NULL, k.id DESC LIMIT 500",
        {"tenant": work.tenant_id},
    )
    return [ApiKeyRow(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """changes: field -> [before, after]"""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    address: str
    request_id: str
    action: str
    object_kind: str
    object_id: str
    changes: Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Empty fields do not filter.

    actor          part of the name
    object_id      prefixed text id, whole
    action         whole ("user.create"), or a kind ("user.")
    since, until   from the first instant up to before the second
    before, after  keyset: id of the last entry of the page before, or of the first one of the page behind
    """

    actor: str = ""
    object_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    after: UUID | None = None


def audit_page(work: Work, wanted: AuditFilter, *, limit: int = 50) -> tuple[list[AuditRow], bool]:
    """Entries, newest first, and whether more follow in the direction asked for."""
    conditions = ["tenant_id = %(tenant)s"]
    if wanted.actor:
        conditions.append("actor_name ILIKE '%%' || %(actor)s || '%%'")
    if wanted.object_id:
        conditions.append("object_id = %(object_id)s")
    if wanted.action:
        conditions.append("starts_with(action, %(action)s)" if wanted.action.endswith(".") else "action = %(action)s")
    if wanted.since:
        conditions.append("at >= %(since)s")
    if wanted.until:
        conditions.append("at < %(until)s")
    if wanted.before:
        conditions.append("id < %(before)s")
    if wanted.after:
        conditions.append("id > %(after)s")
    direction = "ASC" if wanted.after else "DESC"
    rows = work.mappings(
        "SELECT id, at, actor_kind, actor_id, actor_name, address, request_id, action, object_kind, object_id, changes"
        f" FROM audit_entries WHERE {' AND '.join(conditions)} ORDER BY id {direction} LIMIT %(limit)s",
        {
            "tenant": work.tenant_id,
            "actor": wanted.actor.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_"),
            "object_id": wanted.object_id,
            "action": wanted.action,
            "since": wanted.since,
            "until": wanted.until,
            "before": wanted.before,
            "after": wanted.after,
            "limit": limit + 1,
        },
    )
    found = [AuditRow(**row) for row in rows[:limit]]
    return (found[::-1] if wanted.after else found), len(rows) > limit


def audit_actions(work: Work) -> list[str]:
    """The actions of the last 20,000 entries, for the filter."""
    rows = work.rows(
        "SELECT DISTINCT action FROM (SELECT action FROM audit_entries WHERE tenant_id = %(tenant)s"
        " ORDER BY id DESC LIMIT 20000) recent ORDER BY action",
        {"tenant": work.tenant_id},
    )
    return [row.action for row in rows]


def portal_users_of(work: Work, customer_id: UUID) -> list[UserRow]:
    """Who orders for a customer on the portal, by address; at most 200."""
    params = {"tenant": work.tenant_id, "customer": customer_id, "limit": 200}
    condition = "u.kind = 'portal' AND u.customer_id = %(customer)s"
    return [UserRow(**row) for row in work.mappings(_USERS.format(condition=condition), params)]
