"""The unit of work: one transaction, bound to one tenant, on behalf of one actor.

`tenants.scope` opens it; nothing else does. Reads and writes of a use case go through it, and so do the
messages that must leave the database only if the transaction commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kernel import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. It is written beside everything that the unit of work changes.

    kind        staff, portal, api_key or system
    id          of the user or key; None for the system
    name        as shown to people ("Li Wei", "ERP key", "Import")
    address     where the request came from (IP), "" inside
    request_id  ties log lines, audit rows and error pages together
    reach       row scope: object kind -> the only ids of it that this actor may see; an absent kind means all
    roles       keys of the roles whose rights on custom fields he has; None: all of them, for the product itself
    """

    kind: str
    id: UUID | None
    name: str
    address: str = ""
    request_id: str = ""
    reach: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    roles: frozenset[str] | None = None

    def may_see(self, kind: str, row_id: UUID | None) -> bool:
        """Whether a row of `kind` ("customer", "location") is within reach."""
        allowed = self.reach.get(kind)
        return allowed is None or row_id in allowed

    def reach_list(self, kind: str) -> list[UUID] | None:
        """The reach as a query parameter: `(%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))`."""
        allowed = self.reach.get(kind)
        return None if allowed is None else sorted(allowed)


SYSTEM = Actor(kind="system", id=None, name="Orderloom")


class Event(Protocol):
    """An outcome that leaves the database: a frozen value with a topic and a JSON form."""

    @property
    def topic(self) -> str: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What every unit of work knows of its tenant without asking again.

    zone      IANA name; decides business days
    currency  ISO 4217, the tenant's own
    locale    zh-CN or en
    head_release  number of the configuration release in force; 0 before the first
    is_sandbox    another tenant tries its configuration here
    """

    id: UUID
    slug: str
    name: str
    zone: str
    currency: str
    locale: str
    head_release: int
    is_sandbox: bool = False


class Work:
    """One transaction of one tenant.

    connection  the SQLAlchemy connection; for Core statements
    session     an ORM session on the same connection, made at first use
    now         the instant of this unit of work; the same wherever it is written
    """

    def __init__(self, connection: Connection, tenant: TenantFacts, actor: Actor) -> None:
        self.connection = connection
        self.tenant = tenant
        self.actor = actor
        self.now: datetime = clock.now()
        self.wakes_relay = False  # an event was put into the outbox
        self._session: Session | None = None
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        self._driver: psycopg.Connection[Any] = driver

    @property
    def tenant_id(self) -> UUID:
        return self.tenant.id

    @property
    def today(self) -> date:
        """The tenant's calendar day."""
        return clock.local_day(self.now, self.tenant.zone)

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(self.connection, autoflush=True, expire_on_commit=False)
        return self._session

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The psycopg connection, for COPY."""
        self.flush()
        return self._driver

    def flush(self) -> None:
        """Sends what the ORM session still holds, so that plain SQL sees it."""
        if self._session is not None:
            self._session.flush()

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """All rows of a statement with `%(name)s` parameters, as named tuples. One round trip, no ORM."""
        return self._run(sql, params, namedtuple_row).fetchall()

    def row(self, sql: str, params: Mapping[str, Any] | None = None) -> Any | None:
        """The first row as a named tuple, or None."""
        return self._run(sql, params, namedtuple_row).fetchone()

    def mappings(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows as dicts."""
        return self._run(sql, params, dict_row).fetchall()

    def scalar(self, sql: str, params: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        found = self._run(sql, params, None).fetchone()
        return found[0] if found else None

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Runs a statement and returns how many rows it touched."""
        return self._run(sql, params, None).rowcount

    def execute_many(self, sql: str, params: Sequence[Mapping[str, Any]]) -> None:
        """The same statement for many parameters, sent in one pipeline."""
        self.flush()
        with self._driver.cursor() as cursor:
            cursor.executemany(sql, params)

    def _run(self, sql: str, params: Mapping[str, Any] | None, factory: Any) -> psycopg.Cursor[Any]:
        if self._session is not None:
            self._session.flush()
        cursor = self._driver.cursor(row_factory=factory) if factory else self._driver.cursor()
        return cursor.execute(sql, params)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
