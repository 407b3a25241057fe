"""Makes a role, from nothing or as a copy of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import new_id
from tenants.access.audit import audit
from tenants.access.errors import RoleKeyTaken, RoleUnknown
from tenants.access.granting import check_may_grant, known_permissions
from tenants.access.ids import role_text

NAME_MISSING = N_("Give it a name.")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRole:
    """names  by locale: {"en": "Finance", "zh-CN": "财务"}; at least one
    key    what approval flows name, never changed; "" makes one from the English name
    """

    names: Mapping[str, str]
    permissions: frozenset[str] = frozenset()
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRole:
    role_id: UUID
    names: Mapping[str, str]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated:
    role_id: UUID
    key: str


def create_role(work: Work, command: CreateRole) -> RoleCreated:
    """raises Invalid (no name), PermissionUnknown, CannotGrantMore, RoleKeyTaken"""
    names = clean_names(command.names)
    permissions = known_permissions(command.permissions)
    check_may_grant(work, permissions)
    key = command.key or _free_key(work, names)
    if not _KEY.fullmatch(key):
        raise Invalid(problems=[Problem(pointer="/key", code="key_malformed", message=KEY_MALFORMED)])
    role_id = new_id()
    made = work.execute(
        "INSERT INTO roles (tenant_id, id, key, names, permissions)"
        " VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s, %(permissions)s) ON CONFLICT (tenant_id, key) DO NOTHING",
        {
            "tenant": work.tenant_id,
            "id": role_id,
            "key": key,
            "names": Jsonb(names),
            "permissions": sorted(permissions),
        },
    )
    if not made:
        raise RoleKeyTaken(key=key)
    told = {"key": (None, key), "names": (None, names), "permissions": (None, sorted(permissions))}
    audit(work, "role.create", "role", role_text(role_id), told)
    return RoleCreated(role_id=role_id, key=key)


def copy_role(work: Work, command: CopyRole) -> RoleCreated:
    """A role of the tenant's own with the permissions of another. raises RoleUnknown, and what `create_role` raises"""
    source = work.row(
        "SELECT permissions FROM roles WHERE tenant_id = %(tenant)s AND id = %(role)s",
        {"tenant": work.tenant_id, "role": command.role_id},
    )
    if source is None:
        raise RoleUnknown
    return create_role(
        work, CreateRole(names=command.names, permissions=frozenset(source.permissions), key=command.key)
    )


KEY_MALFORMED = N_("A key is lower-case letters, digits and underscores, and starts with a letter.")


def clean_names(names: Mapping[str, str]) -> dict[str, str]:
    """Without blanks around and empty ones. raises Invalid where none is left"""
    cleaned = {locale: name.strip() for locale, name in names.items() if name.strip()}
    if not cleaned:
        raise Invalid(problems=[Problem(pointer="/names", code="name_missing", message=NAME_MISSING)])
    return cleaned


def _free_key(work: Work, names: Mapping[str, str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", names.get("en", "").lower()).strip("_")[:34]
    stem = stem if _KEY.fullmatch(stem) else "role"
    taken = {
        row.key
        for row in work.rows(
            "SELECT key FROM roles WHERE tenant_id = %(tenant)s AND key LIKE %(stem)s || '%%'",
            {"tenant": work.tenant_id, "stem": stem.replace("_", r"\_")},
        )
    }
    number = 1
    while (key := stem if number == 1 else f"{stem}_{number}") in taken:
        number += 1
    return key
