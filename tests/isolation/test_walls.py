"""The wall in the database, table by table, as the application's own role meets it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine

from tenants.scope import open_work
from tests.support.digest import TENANT_TABLES, digest_of
from tests.support.portal import Shop, make_shop
from tests.support.web import Company, make_company

EACH = pytest.mark.parametrize("table", TENANT_TABLES)
# What is written here stays as it is written: the application may add, and neither change nor delete.
APPEND_ONLY = (
    "approval_events", "audit_entries", "config_documents", "config_releases", "credit_entries", "decisions", "order_events",
    "receivable_applications", "stock_movements",
)  # fmt: skip


@pytest.fixture(scope="module")
def victim(engine: Engine, system_engine: Engine) -> Shop:
    return make_shop(engine, system_engine)


@pytest.fixture(scope="module")
def rival(engine: Engine, system_engine: Engine) -> Company:
    return make_company(engine, system_engine)


@pytest.fixture
def raw(engine: Engine) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the application role that no scope was entered on."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver
        driver.rollback()


def test_without_a_scope_no_table_shows_a_row(raw: psycopg.Connection[tuple[object, ...]], victim: Shop) -> None:
    seen = [table for table in [*TENANT_TABLES, "tenants"] if raw.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()]

    assert seen == []


@EACH
def test_rows_of_another_tenant_cannot_be_written(
    table: str, raw: psycopg.Connection[tuple[object, ...]], victim: Shop, rival: Company
) -> None:
    raw.execute(f"SET LOCAL app.tenant_id = '{rival.id}'")
    raw.execute("SAVEPOINT before")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(f"INSERT INTO {table} (tenant_id) VALUES (%s)", [victim.company.id])
    raw.execute("ROLLBACK TO before")

    for statement in (
        f"UPDATE {table} SET tenant_id = %(victim)s",  # gives own rows away
        f"UPDATE {table} SET tenant_id = %(rival)s WHERE tenant_id = %(victim)s",  # takes rows
        f"DELETE FROM {table} WHERE tenant_id = %(victim)s",
    ):
        try:
            touched = raw.execute(statement, {"victim": victim.company.id, "rival": rival.id}).rowcount
        except psycopg.errors.InsufficientPrivilege:
            touched = 0
        raw.execute("ROLLBACK TO before")
        assert touched == 0, statement


def test_a_sweep_without_a_condition_touches_the_own_rows_only(
    engine: Engine, raw: psycopg.Connection[tuple[object, ...]], victim: Shop, rival: Company
) -> None:
    before = digest_of(engine, victim.company.id)
    raw.execute(f"SET LOCAL app.tenant_id = '{rival.id}'")

    raw.execute("UPDATE users SET name = 'Mine'")
    raw.execute("DELETE FROM user_roles")
    raw.commit()

    assert digest_of(engine, victim.company.id) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_ledger_takes_additions_only(table: str, engine: Engine, victim: Shop) -> None:
    for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), open_work(engine, victim.company.id) as work:
            work.execute(statement)


@pytest.mark.parametrize("scope", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_scope_of_nobody_shows_nothing(scope: str, raw: psycopg.Connection[tuple[object, ...]], victim: Shop) -> None:
    raw.execute(f"SET LOCAL app.tenant_id = '{scope}'")

    try:
        assert raw.execute("SELECT 1 FROM users LIMIT 1").fetchone() is None
    except psycopg.errors.InvalidTextRepresentation:
        assert scope == "nonsense"


def test_the_scope_ends_with_its_transaction(raw: psycopg.Connection[tuple[object, ...]], victim: Shop) -> None:
    raw.execute(f"SET LOCAL app.tenant_id = '{victim.company.id}'")
    assert raw.execute("SELECT 1 FROM users LIMIT 1").fetchone()

    raw.commit()

    assert raw.execute("SELECT 1 FROM users LIMIT 1").fetchone() is None
