"""Who is who, from the tenant's users and roles."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from tenants.access.permissions import Permission

_WITH_ROLE = """
    SELECT u.id FROM users u
    JOIN user_roles ur ON ur.tenant_id = u.tenant_id AND ur.user_id = u.id
    JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
    WHERE u.tenant_id = %(tenant)s AND u.active AND u.kind = 'staff' AND {which}
    GROUP BY u.id ORDER BY u.id
"""


class UserDirectory:
    """Answers `flows.people.Directory` within one unit of work; each question is asked of the database once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._users: dict[UUID, tuple[bool, UUID | None]] = {}
        self._roles: dict[str, list[UUID]] = {}
        self._administrators: list[UUID] | None = None

    def active(self, user: UUID) -> bool:
        return self._user(user)[0]

    def manager_of(self, user: UUID) -> UUID | None:
        return self._user(user)[1]

    def with_role(self, role_key: str) -> list[UUID]:
        if role_key not in self._roles:
            self._roles[role_key] = self._having("r.key = %(value)s", role_key)
        return self._roles[role_key]

    def with_email(self, email: str) -> UUID | None:
        found = self._work.row(
            "SELECT id, active, manager_id FROM users WHERE tenant_id = %(tenant)s AND email = lower(%(email)s)",
            {"tenant": self._work.tenant_id, "email": email},
        )
        if found is None:
            return None
        self._users[found.id] = (found.active, found.manager_id)
        return UUID(str(found.id))

    def administrators(self) -> list[UUID]:
        """Who may manage users may also mend an approval that found nobody."""
        if self._administrators is None:
            self._administrators = self._having("%(value)s = ANY(r.permissions)", Permission.MANAGE_USERS.value)
        return self._administrators

    def _having(self, which: str, value: str) -> list[UUID]:
        rows = self._work.rows(_WITH_ROLE.format(which=which), {"tenant": self._work.tenant_id, "value": value})
        return [row.id for row in rows]

    def _user(self, user: UUID) -> tuple[bool, UUID | None]:
        if user not in self._users:
            found = self._work.row(
                "SELECT active, manager_id FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s",
                {"tenant": self._work.tenant_id, "user": user},
            )
            self._users[user] = (found.active, found.manager_id) if found else (False, None)
        return self._users[user]
