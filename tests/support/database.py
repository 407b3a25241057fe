"""One PostgreSQL and one Valkey for a test run; one migrated database per xdist worker.

`DATABASE_URL` and `REDIS_URL` in the environment point the same tests at outside servers: the first must then
be a role that may create databases and roles. The migrated template is named after the migrations' content, so
a second run finds it ready.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from kernel.embedded import OWNER, UNSAFE_FAST, EmbeddedPostgres, EmbeddedValkey
from kernel.schema import APP_ROLE, SYSTEM_ROLE, create_roles_sql
from kernel.schema.migrate import migrate, migrations_folder
from tests.support.locales import offer_locale

STATE = Path(__file__).resolve().parents[2] / "var" / "test"
_LOCK = 7_265_301


@dataclass(frozen=True, slots=True)
class Servers:
    """owner, app, system: URLs of the server without a database name at the end; redis: URL."""

    owner: str
    app: str
    system: str
    redis: str

    def database(self, role: str, name: str) -> str:
        return f"{getattr(self, role)}/{name}"


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Starts what the environment does not name."""
    outside, outside_redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not outside:
        offer_locale(STATE / "locales")
    postgres = None if outside else EmbeddedPostgres(STATE, options=UNSAFE_FAST).start()
    valkey = None if outside_redis else EmbeddedValkey(STATE).start()
    try:
        if postgres:
            base = {role: postgres.url(role, "").rstrip("/") for role in (OWNER, APP_ROLE, SYSTEM_ROLE)}
            owner, app, system = base[OWNER], base[APP_ROLE], base[SYSTEM_ROLE]
        else:
            assert outside
            owner, app, system = _outside_roles(outside)
        yield Servers(owner=owner, app=app, system=system, redis=outside_redis or (valkey.url if valkey else ""))
    finally:
        if valkey:
            valkey.stop()
        if postgres:
            postgres.stop()


def _outside_roles(url: str) -> tuple[str, str, str]:
    """The URLs of an outside server, its two roles made. The password follows from the URL, so that all workers
    of a run set the same one."""
    parsed = make_url(url)
    password = hashlib.sha256(url.encode()).hexdigest()[:24]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(create_roles_sql())
        for role in (APP_ROLE, SYSTEM_ROLE):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))

    def base(user: str | None, secret: str | None) -> str:
        named = parsed.set(username=user, password=secret, database="")
        return named.render_as_string(hide_password=False).rstrip("/")

    owner = base(parsed.username, parsed.password)
    return owner, base(APP_ROLE, password), base(SYSTEM_ROLE, password)


def migrated_template(servers: Servers) -> str:
    """Name of a database with all migrations applied, made if it is not there yet."""
    digest = hashlib.sha256()
    for path in sorted(migrations_folder().rglob("*.py")) + sorted(
        Path(__file__).parents[2].glob("platform/kernel/schema/*.py")
    ):
        digest.update(path.read_bytes())
    name = f"template_{digest.hexdigest()[:12]}"
    with psycopg.connect(f"{servers.owner}/postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            building = f"{name}_building"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(building)))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(building)))
            migrate(f"{servers.owner}/{building}")
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
            )
    return name


def fresh_database(servers: Servers, name: str) -> str:
    """A new database `name`, copied from the migrated template. Returns its name."""
    template = migrated_template(servers)
    with psycopg.connect(f"{servers.owner}/postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    return name
