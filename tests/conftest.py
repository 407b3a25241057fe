"""Fixtures of every test: servers, a migrated database, a tenant, a unit of work that is rolled back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.db.engine import make_engine
from tenants.scope import enter_scope
from tests.support.database import Servers, fresh_database, running_servers
from tests.support.tenants import TestTenant, create_test_tenant

# A test run hashes hundreds of passwords, so Argon2 is as cheap as it goes.
os.environ.setdefault("ORDERLOOM_PASSWORD_COST", "1,8,1")
os.environ.setdefault("ORDERLOOM_SECRET_KEY", "only tests sign and encrypt with this key")

_servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Under xdist the controller starts the servers, and the workers find them in the environment."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        running = _servers.enter_context(running_servers())
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = f"{running.owner}/postgres", running.redis


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey, embedded unless DATABASE_URL and REDIS_URL name others."""
    with running_servers() as running:
        yield running


@pytest.fixture(scope="session")
def database(servers: Servers) -> str:
    """Name of this worker's own migrated database."""
    return fresh_database(servers, f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def engine(servers: Servers, database: str) -> Iterator[Engine]:
    """The application role: row security holds."""
    made = make_engine(servers.database("app", database), pool_size=20)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def system_engine(servers: Servers, database: str) -> Iterator[Engine]:
    """The role of relay and scheduler."""
    made = make_engine(servers.database("system", database), pool_size=3)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(servers: Servers, database: str) -> Iterator[Engine]:
    made = make_engine(servers.database("owner", database), pool_size=3)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def tenant(system_engine: Engine) -> TestTenant:
    """A tenant for tests that roll back. Nothing committed to it by one test may matter to another."""
    return create_test_tenant(system_engine, "acme")


@pytest.fixture(scope="session")
def other_tenant(system_engine: Engine) -> TestTenant:
    return create_test_tenant(system_engine, "rival")


@pytest.fixture
def work(engine: Engine, tenant: TestTenant) -> Iterator[Work]:
    """A unit of work of `tenant` that is rolled back when the test ends."""
    with engine.connect() as connection:
        transaction = connection.begin()
        opened = Work(connection, enter_scope(connection, tenant.id), SYSTEM)
        try:
            yield opened
        finally:
            opened.close()
            transaction.rollback()
