"""Ends an API key at once. It stays in the list, so that old log entries can be understood."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit
from tenants.access.errors import ApiKeyUnknown
from tenants.access.ids import key_text


def revoke_api_key(work: Work, key_id: UUID) -> None:
    """A second time changes nothing. raises ApiKeyUnknown"""
    row = work.row(
        "SELECT revoked_at FROM api_keys WHERE tenant_id = %(tenant)s AND id = %(key)s FOR UPDATE",
        {"tenant": work.tenant_id, "key": key_id},
    )
    if row is None:
        raise ApiKeyUnknown
    if row.revoked_at is not None:
        return
    work.execute(
        "UPDATE api_keys SET revoked_at = %(now)s WHERE tenant_id = %(tenant)s AND id = %(key)s",
        {"tenant": work.tenant_id, "key": key_id, "now": work.now},
    )
    audit(work, "api_key.revoke", "api_key", key_text(key_id))
