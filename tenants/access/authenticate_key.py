"""Whose API key this is, in one statement; a second one a minute notes that it was used."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from tenants.access.api_key_format import key_hash
from tenants.access.errors import ApiKeyRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAccepted:
    """rate_limit is None where the key has none of its own"""

    key_id: UUID
    name: str
    permissions: frozenset[str]
    rate_limit: str | None
    role_keys: frozenset[str]


_FIND = """
SELECT id, name, permissions, rate_limit, role_keys,
  coalesce(last_used_at < %(now)s - interval '1 minute', true) AS stale
FROM api_keys
WHERE tenant_id = %(tenant)s AND secret_hash = %(hash)s AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > %(now)s)
"""

# Never waited for: a request that finds the row locked leaves it to the other.
_TOUCH = """
UPDATE api_keys SET last_used_at = %(now)s
WHERE tenant_id = %(tenant)s AND id IN (
  SELECT id FROM api_keys WHERE tenant_id = %(tenant)s AND id = %(id)s FOR UPDATE SKIP LOCKED
)
"""


def authenticate_key(work: Work, key: str) -> KeyAccepted:
    """Looks the key up in the tenant that it names (`tenant_of_key` opened the work).

    raises ApiKeyRefused
    """
    row = work.row(_FIND, {"tenant": work.tenant_id, "hash": key_hash(key), "now": work.now})
    if row is None:
        raise ApiKeyRefused
    if row.stale:
        work.execute(_TOUCH, {"tenant": work.tenant_id, "id": row.id, "now": work.now})
    return KeyAccepted(
        key_id=row.id, name=row.name, permissions=frozenset(row.permissions), rate_limit=row.rate_limit,
        role_keys=frozenset(row.role_keys),
    )  # fmt: skip
