"""The database of the language's tests: the common one, in a time zone that answers must not depend on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.database import Servers


@pytest.fixture(scope="session")
def sql_connection(servers: Servers, database: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection as the schema's owner; the language's SQL functions came with the migrations."""
    with psycopg.connect(servers.database("owner", database), autocommit=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        # Tables of these tests stand in a schema of their own, beside the product's of the same names.
        connection.execute("CREATE SCHEMA IF NOT EXISTS language")
        connection.execute("SET search_path = language, public")
        yield connection
