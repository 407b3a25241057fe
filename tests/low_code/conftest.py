"""The databases of the language's tests: in a time zone and in sort orders that answers must not depend on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from low_code.expressions.sql_functions import FUNCTIONS_SQL
from tests.support.database import Servers
from tests.support.locales import database_sorted_for_people

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="session")
def sql_connection(servers: Servers, database: str) -> Iterator[Connection]:
    """An autocommit connection as the schema's owner; the language's SQL functions came with the migrations."""
    with _connected(servers.database("owner", database)) as connection:
        yield connection


@pytest.fixture(scope="session")
def sorted_for_people(servers: Servers, database: str) -> Iterator[Connection]:
    """The same on a database that sorts as a dictionary does: 'a' < 'B'."""
    name = f"{database}_sorted"
    if not database_sorted_for_people(f"{servers.owner}/postgres", name):
        pytest.skip("this server has no collation but that of code points, and none could be made")
    with _connected(servers.database("owner", name)) as connection:
        connection.execute(FUNCTIONS_SQL.encode())
        yield connection


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        # Tables of these tests stand in a schema of their own, beside the product's of the same names.
        connection.execute("CREATE SCHEMA IF NOT EXISTS language")
        connection.execute("SET search_path = language, public")
        yield connection
