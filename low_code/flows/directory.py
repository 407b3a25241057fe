"""Who is who, from the tenant's users, roles and departments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from tenants.access.permissions import Permission

_WITH_ROLE = """
    SELECT u.id, u.active, u.manager_id, u.department_id, u.approval_limit FROM users u
    JOIN user_roles ur ON ur.tenant_id = u.tenant_id AND ur.user_id = u.id
    JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
    WHERE u.tenant_id = %(tenant)s AND u.active AND u.kind = 'staff' AND {which}
    GROUP BY u.tenant_id, u.id ORDER BY u.id
"""
_USER = "id, active, manager_id, department_id, approval_limit"
_DEPARTMENTS = "SELECT id, key, parent_id, head_id FROM departments WHERE tenant_id = %(tenant)s"
_DELEGATIONS = """
    SELECT from_id, to_id, flow_key FROM approval_delegations
    WHERE tenant_id = %(tenant)s AND revoked_at IS NULL AND starts_on <= %(today)s AND ends_on >= %(today)s
    ORDER BY flow_key IS NULL, id DESC
"""


@dataclass(frozen=True, slots=True)
class _User:
    active: bool
    manager: UUID | None
    department: UUID | None
    limit: Decimal | None


_NOBODY = _User(False, None, None, None)


class UserDirectory:
    """Answers `flows.people.Directory` within one unit of work; each question is asked of the database once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._users: dict[UUID, _User] = {}
        self._roles: dict[str, list[UUID]] = {}
        self._administrators: list[UUID] | None = None
        self._departments: dict[UUID, Any] | None = None
        self._delegations: dict[date, dict[UUID, list[tuple[str | None, UUID]]]] = {}

    def active(self, user: UUID) -> bool:
        return self._user(user).active

    def manager_of(self, user: UUID) -> UUID | None:
        return self._user(user).manager

    def approval_limit(self, user: UUID) -> Decimal | None:
        return self._user(user).limit

    def with_role(self, role_key: str) -> list[UUID]:
        if role_key not in self._roles:
            self._roles[role_key] = self._having("r.key = %(value)s", role_key)
        return self._roles[role_key]

    def with_email(self, email: str) -> UUID | None:
        found = self._work.row(
            f"SELECT {_USER} FROM users WHERE tenant_id = %(tenant)s AND email = lower(%(email)s)",
            {"tenant": self._work.tenant_id, "email": email},
        )
        return self._remember(found) if found else None

    def heads_above(self, user: UUID) -> Sequence[UUID | None]:
        tree, at = self._tree(), self._user(user).department
        heads: list[UUID | None] = []
        seen: set[UUID] = set()
        while at is not None and at in tree and at not in seen:
            seen.add(at)
            heads.append(tree[at].head_id)
            at = tree[at].parent_id
        return heads

    def head_of(self, department_key: str) -> UUID | None:
        found = next((row for row in self._tree().values() if row.key == department_key), None)
        return found.head_id if found else None

    def delegate_of(self, user: UUID, flow_key: str, today: date) -> UUID | None:
        """A delegation for this flow alone comes before one for all; of two the newer."""
        for only_flow, to in self._delegated(today).get(user, ()):
            if only_flow in {None, flow_key}:
                return to
        return None

    def administrators(self) -> list[UUID]:
        """Who may manage users may also mend an approval that found nobody."""
        if self._administrators is None:
            self._administrators = self._having("%(value)s = ANY(r.permissions)", Permission.MANAGE_USERS.value)
        return self._administrators

    def staff(self) -> list[UUID]:
        rows = self._work.rows(
            f"SELECT {_USER} FROM users WHERE tenant_id = %(tenant)s AND active AND kind = 'staff' ORDER BY id",
            {"tenant": self._work.tenant_id},
        )
        return [self._remember(row) for row in rows]

    def _having(self, which: str, value: str) -> list[UUID]:
        rows = self._work.rows(_WITH_ROLE.format(which=which), {"tenant": self._work.tenant_id, "value": value})
        return [self._remember(row) for row in rows]

    def _tree(self) -> dict[UUID, Any]:
        if self._departments is None:
            rows = self._work.rows(_DEPARTMENTS, {"tenant": self._work.tenant_id})
            self._departments = {row.id: row for row in rows}
        return self._departments

    def _delegated(self, today: date) -> dict[UUID, list[tuple[str | None, UUID]]]:
        if today not in self._delegations:
            found: dict[UUID, list[tuple[str | None, UUID]]] = {}
            for row in self._work.rows(_DELEGATIONS, {"tenant": self._work.tenant_id, "today": today}):
                found.setdefault(row.from_id, []).append((row.flow_key, row.to_id))
            self._delegations[today] = found
        return self._delegations[today]

    def _user(self, user: UUID) -> _User:
        if user not in self._users:
            found = self._work.row(
                f"SELECT {_USER} FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s AND kind = 'staff'",
                {"tenant": self._work.tenant_id, "user": user},
            )
            if found is None:
                self._users[user] = _NOBODY
            else:
                self._remember(found)
        return self._users[user]

    def _remember(self, row: Any) -> UUID:
        self._users[row.id] = _User(row.active, row.manager_id, row.department_id, row.approval_limit)
        return UUID(str(row.id))
