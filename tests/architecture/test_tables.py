"""The wall between tenants, held table by table: in the models, and in the database that the migrations make."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint, text

from web.all_models import metadata

# Belong to the installation, or are read before a tenant is known.
NOT_OF_A_TENANT = {"tenants", "tenant_hosts", "scheduled_runs", "alembic_version"}

TABLES = [table for name, table in sorted(metadata.tables.items()) if name not in NOT_OF_A_TENANT]
EACH = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@EACH
def test_the_tenant_leads_every_key(table: Table) -> None:
    for constraint in table.constraints:
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint)):
            assert next(iter(constraint.columns)).name == "tenant_id", constraint
        if isinstance(constraint, ForeignKeyConstraint):
            assert constraint.column_keys[0] == "tenant_id", constraint
            assert constraint.elements[0].target_fullname.endswith(".tenant_id"), constraint
    for index in table.indexes:
        if index.unique:
            assert next(iter(index.columns)).name == "tenant_id", index.name


@EACH
def test_the_tenant_is_never_null(table: Table) -> None:
    assert not table.c.tenant_id.nullable


def test_every_table_of_the_database_is_known_and_walled(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,"
                " (SELECT pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid) FROM pg_policy"
                "  WHERE polrelid = c.oid AND polname = 'tenant') AS policy"
                " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
                " AND NOT c.relispartition"
            )
        ).all()

    found = {row.relname: row for row in rows}
    assert set(found) - {"alembic_version"} == set(metadata.tables)
    for name, row in found.items():
        if name in NOT_OF_A_TENANT - {"tenants"}:
            continue
        assert row.relrowsecurity and row.relforcerowsecurity, f"{name} has no forced row security"
        column = "id" if name == "tenants" else "tenant_id"
        assert row.policy == f"({column} = app_tenant())" * 2, f"{name}: {row.policy}"


def test_the_application_role_owns_nothing_and_may_not_pass_the_wall(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        role = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'orderloom_app'")
        ).one()
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class WHERE relowner = 'orderloom_app'::regrole")
        ).scalar()

    assert tuple(role) == (False, False, False)
    assert owned == 0


def test_the_models_and_the_migrations_say_the_same(owner_engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)

    assert differences == []
