"""What a tenant owns, table by table, as one short text each: to see whether anything changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from tenants.scope import open_work
from web.all_models import metadata

# Belong to the installation, or are read before a tenant is known.
NOT_OF_A_TENANT = {"tenants", "tenant_hosts", "scheduled_runs", "alembic_version"}
TENANT_TABLES = sorted(set(metadata.tables) - NOT_OF_A_TENANT)


def digest_of(engine: Engine, tenant_id: UUID, *, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """table -> count and hash of all rows of the tenant"""
    parts = [
        f"SELECT '{name}' AS name, count(*) || ' rows ' || md5(coalesce(string_agg(r, '|' ORDER BY r), '')) AS rows"
        f" FROM (SELECT t::text AS r FROM {name} t WHERE tenant_id = %(tenant)s) x"
        for name in TENANT_TABLES
        if name not in without
    ]
    parts.append("SELECT 'tenants', md5(t::text) FROM tenants t WHERE id = %(tenant)s")
    with open_work(engine, tenant_id) as work:
        return {row.name: row.rows for row in work.rows(" UNION ALL ".join(parts), {"tenant": tenant_id})}
