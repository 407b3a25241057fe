"""The schema's owner need not be a superuser; and what looks words up as the owner stays within one company."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from kernel.ids import new_id
from kernel.schema.migrate import migrate
from tests.support.database import Servers

ROLE, PASSWORD = "plain_owner", "plain"


@pytest.fixture(scope="module")
def owned(servers: Servers) -> Iterator[str]:
    """A database that an ordinary role owns and has migrated."""
    name = f"owned_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    role = f"{ROLE}_{name}"
    with psycopg.connect(f"{servers.owner}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} NOSUPERUSER NOBYPASSRLS")
        connection.execute(made.format(sql.Identifier(role), sql.Literal(PASSWORD)))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(role)))
    url = make_url(f"{servers.owner}/{name}").set(username=role, password=PASSWORD)
    migrate(url.render_as_string(hide_password=False))
    yield name


def test_an_ordinary_owner_migrates_and_its_finders_find_within_one_company(servers: Servers, owned: str) -> None:
    tenants = [new_id(), new_id()]
    with psycopg.connect(servers.database("owner", owned), autocommit=True) as connection:
        for number, tenant in enumerate(tenants):
            connection.execute(
                "INSERT INTO tenants (id, slug, name, zone, currency, locale) VALUES (%s, %s, 'x', 'UTC', 'CNY', 'en')",
                [tenant, f"t{number}"],
            )
            connection.execute(
                "INSERT INTO products (tenant_id, id, code, name, custom) VALUES (%s, new_id(), %s, 'x', %s)",
                [tenant, f"P{number}", '{"origin": "Hangzhou"}'],
            )
            connection.execute("UPDATE products SET custom_grams = ARRAY['杭州'] WHERE tenant_id = %s", [tenant])

    with psycopg.connect(servers.database("app", owned)) as connection:

        def found() -> list[str]:
            by_word = "SELECT code FROM products WHERE id IN (SELECT products_with_words(ARRAY['杭州']))"
            by_value = (
                """SELECT code FROM products WHERE id IN (SELECT products_with_value('{"origin": "Hangzhou"}'))"""
            )
            return [row[0] for query in (by_word, by_value) for row in connection.execute(query).fetchall()]

        assert found() == []
        for number, tenant in enumerate(tenants):
            connection.execute(sql.SQL("SET LOCAL app.tenant_id = {}").format(sql.Literal(str(tenant))))
            assert found() == [f"P{number}"] * 2
            ids = connection.execute("SELECT count(*) FROM products_with_words(ARRAY['杭州'])").fetchone()
            assert ids == (1,)
