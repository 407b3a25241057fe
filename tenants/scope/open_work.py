"""Opens a unit of work bound to one tenant. The one place that sets `app.tenant_id`.

`SET LOCAL` ends with the transaction, so it is safe behind a transaction pooler, and on Citus it reaches the
workers, which `set_config()` does not. Without it the row-security policies show nothing at all.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kernel.db import SYSTEM, Actor, TenantFacts, Work
from kernel.errors import NotFound
from kernel.outbox.wake import wake_relay

Outcome = TypeVar("Outcome")

_FACTS = (
    "SELECT id, slug, name, zone, currency, locale, head_release, status, settings ? 'sandbox_of' AS is_sandbox"
    " FROM tenants WHERE id = '{0}'"
)


class TenantUnknown(NotFound):
    """No tenant has this id or host, or it is suspended."""

    code = "tenant_unknown"
    message = "There is no such company here."


def enter_scope(connection: Connection, tenant_id: UUID, *, plan_once: bool = False) -> TenantFacts:
    """Binds the open transaction of `connection` to the tenant and reads its facts, in one round trip.

    plan_once  prepared statements of this transaction are planned once for all parameters. Right where the same few
               statements run for every order and planning would cost more than running; wrong where optional filters
               make one plan bad for most parameters
    raises     TenantUnknown where the tenant does not exist or is not active
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection) and isinstance(tenant_id, UUID)
    # A UUID's text form holds nothing to escape; SET takes no parameters.
    cursor = driver.cursor(row_factory=namedtuple_row)
    begin = "BEGIN; " if driver.autocommit else ""
    plans = "SET LOCAL plan_cache_mode = force_generic_plan; " if plan_once else ""
    cursor.execute(f"{begin}{plans}SET LOCAL app.tenant_id = '{tenant_id}'; " + _FACTS.format(tenant_id))
    while cursor.nextset():
        pass
    row: Any = cursor.fetchone()
    if row is None or row.status != "active":
        raise TenantUnknown(tenant=str(tenant_id))
    return TenantFacts(
        id=row.id,
        slug=row.slug,
        name=row.name,
        zone=row.zone,
        currency=row.currency,
        locale=row.locale,
        head_release=row.head_release,
        is_sandbox=row.is_sandbox,
    )


@contextmanager
def open_work(engine: Engine, tenant_id: UUID, actor: Actor = SYSTEM, *, plan_once: bool = False) -> Iterator[Work]:
    """A transaction of one tenant: commits at the end, rolls back on any exception.

    plan_once  as enter_scope has it
    """
    with engine.connect() as connection:
        with _explicit_begin(connection), connection.begin():
            work = Work(connection, enter_scope(connection, tenant_id, plan_once=plan_once), actor)
            try:
                yield work
                work.flush()
            finally:
                work.close()
        if work.wakes_relay:
            wake_relay(connection)


@contextmanager
def _explicit_begin(connection: Connection) -> Iterator[None]:
    """Within, BEGIN travels with the first statement instead of alone: one round trip less for every unit of work.

    The driver then sends none by itself. Commit and rollback end an explicit transaction as any other.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.autocommit = True
    try:
        yield
    finally:
        if not driver.closed:
            driver.autocommit = False


_RETRYABLE = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_TRIES = 5


def in_work(
    engine: Engine, tenant_id: UUID, actor: Actor, use_case: Callable[[Work], Outcome], *, tries: int = _TRIES
) -> Outcome:
    """Runs `use_case` in a unit of work; after a deadlock or serialization failure, again from the start.

    The use case must not act outside the database: what leaves it goes through the outbox.
    """
    for attempt in range(1, tries + 1):
        try:
            with open_work(engine, tenant_id, actor) as work:
                return use_case(work)
        except (psycopg.Error, DBAPIError) as error:
            if attempt == tries or sqlstate(error) not in _RETRYABLE:
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (jitter, not a secret)
    raise AssertionError("the loop returns or raises")


def sqlstate(error: psycopg.Error | DBAPIError) -> str | None:
    """The SQLSTATE behind a driver error, wrapped by SQLAlchemy or not."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return getattr(original, "sqlstate", None)
