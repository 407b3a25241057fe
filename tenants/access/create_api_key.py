"""Makes an API key. Its text is shown once; a hash stays."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import new_id
from tenants.access.api_key_format import key_hash, new_key, visible_parts
from tenants.access.audit import audit
from tenants.access.create_role import NAME_MISSING
from tenants.access.granting import check_may_grant, check_may_lend, known_permissions
from tenants.access.ids import key_text

PERMISSIONS_MISSING = N_("Choose at least one permission.")
RATE_MALFORMED = N_("Write a rate such as 600/minute.")
EXPIRY_PAST = N_("This day is over already.")
_RATE = re.compile(r"[1-9][0-9]{0,6}/(second|minute|hour|day)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """roles       keys of roles: whose rights on custom fields the key has
    rate_limit  "600/minute"; None: the setting ORDERLOOM_API_RATE
    expires_at  None: until revoked
    """

    name: str
    permissions: frozenset[str]
    rate_limit: str | None = None
    expires_at: datetime | None = None
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated:
    """key is kept nowhere"""

    key_id: UUID
    key: str = field(repr=False)


def create_api_key(work: Work, command: CreateApiKey) -> ApiKeyCreated:
    """raises Invalid (all problems at once), PermissionUnknown, CannotGrantMore"""
    _check(work, command)
    permissions = known_permissions(command.permissions)
    check_may_grant(work, permissions)
    check_may_lend(work, command.roles)
    key_id, key = new_id(), new_key(work.tenant_id)
    prefix, last_four = visible_parts(key)
    work.execute(
        "INSERT INTO api_keys (tenant_id, id, name, prefix, last_four, secret_hash, permissions, rate_limit,"
        " created_by, expires_at, role_keys) VALUES (%(tenant)s, %(id)s, %(name)s, %(prefix)s, %(last_four)s, %(hash)s,"
        " %(permissions)s, %(rate_limit)s, %(created_by)s, %(expires_at)s, %(roles)s)",
        {
            "tenant": work.tenant_id,
            "id": key_id,
            "name": command.name.strip(),
            "prefix": prefix,
            "last_four": last_four,
            "hash": key_hash(key),
            "permissions": sorted(permissions),
            "rate_limit": command.rate_limit,
            "created_by": work.actor.id,
            "expires_at": command.expires_at,
            "roles": sorted(command.roles),
        },
    )
    told = {
        "name": (None, command.name.strip()),
        "permissions": (None, sorted(permissions)),
        "roles": (None, sorted(command.roles)),
        "expires_at": (None, command.expires_at.isoformat() if command.expires_at else None),
    }
    audit(work, "api_key.create", "api_key", key_text(key_id), told)
    return ApiKeyCreated(key_id=key_id, key=key)


def _check(work: Work, command: CreateApiKey) -> None:
    problems = []
    if not command.name.strip():
        problems.append(Problem(pointer="/name", code="name_missing", message=NAME_MISSING))
    if not command.permissions:
        problems.append(Problem(pointer="/permissions", code="permissions_missing", message=PERMISSIONS_MISSING))
    if command.rate_limit is not None and not _RATE.fullmatch(command.rate_limit):
        problems.append(Problem(pointer="/rate_limit", code="rate_malformed", message=RATE_MALFORMED))
    if command.expires_at is not None and command.expires_at <= work.now:
        problems.append(Problem(pointer="/expires_at", code="expiry_past", message=EXPIRY_PAST))
    if problems:
        raise Invalid(problems=problems)
