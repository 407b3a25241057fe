"""The wall between tenants: row-level security, and the roles it holds for.

owner             owns the schema and migrates it; the application never connects as it
orderloom_app     what web and workers connect as: owns nothing, cannot switch row security off
orderloom_system  relay and scheduler: sees all tenants, but only in the few tables granted to it
"""

from __future__ import annotations

from collections.abc import Iterable

APP_ROLE = "orderloom_app"
SYSTEM_ROLE = "orderloom_system"


def create_roles_sql() -> str:
    """Makes the two roles where they are missing (LOGIN, no password: the installer sets one)."""
    return "\n".join(
        f"""DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
          END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was first
        END $$;"""
        for role in (APP_ROLE, SYSTEM_ROLE)
    )


def prelude_sql() -> str:
    """`app_tenant()`: the tenant of this transaction, null without a scope (and then no policy lets a row through)."""
    return f"""
    CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
      AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;
    -- The twin of kernel.ids.new_id for rows that are made as sets: UUIDv7 by the millisecond (RFC 9562 §5.7).
    CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid
    $$;
    GRANT USAGE ON SCHEMA public TO {APP_ROLE}, {SYSTEM_ROLE};
    """


def tenant_table_sql(
    table: str, *, app: Iterable[str] = ("SELECT", "INSERT", "UPDATE", "DELETE"), system: Iterable[str] = ()
) -> str:
    """Row security and grants of one tenant-owned table.

    app     what the application role may do; an append-only ledger gives ("SELECT", "INSERT")
    system  what relay and scheduler may do, over all tenants; empty for most tables
    """
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant())",
        f"GRANT {', '.join(app)} ON {table} TO {APP_ROLE}",
    ]
    if system:
        statements += [
            f"CREATE POLICY system ON {table} TO {SYSTEM_ROLE} USING (true) WITH CHECK (true)",
            f"GRANT {', '.join(system)} ON {table} TO {SYSTEM_ROLE}",
        ]
    return ";\n".join(statements) + ";"
