"""Connections to PostgreSQL, set up the same way everywhere, and a count of what they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import _queries
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

from kernel import settings
from kernel.db import json as exact_json

# The parsed form of longer statements is kept too: the one that writes an order has some 5,000 characters, and parsing
# it anew for every order costs as much as sending it.
_queries.MAX_CACHED_STATEMENT_LENGTH = 16_384
_queries.MAX_CACHED_STATEMENT_PARAMS = 80
set_json_loads(exact_json.loads)
set_json_dumps(exact_json.dumps)


@dataclass(slots=True)
class StatementLog:
    """The statements that one context sent, in order. Tests hold a request to its number of them."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)


_statement_log: ContextVar[StatementLog | None] = ContextVar("statement_log", default=None)


@contextmanager
def counting_statements() -> Iterator[StatementLog]:
    """Within, every statement of this context is kept in the log that is yielded."""
    log = StatementLog()
    token = _statement_log.set(log)
    try:
        yield log
    finally:
        _statement_log.reset(token)


class CountingCursor(psycopg.Cursor[Any]):
    """A cursor that tells the statement log, where one is open, what it sends."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> CountingCursor:
        log = _statement_log.get()
        if log is not None:
            log.statements.append(query if isinstance(query, str) else str(query))
        super().execute(query, params, **options)
        return self


def driver_url(url: str | URL) -> URL:
    """`postgres://…` or `postgresql://…` as SQLAlchemy names it for psycopg 3."""
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    parsed = make_url(text)
    return parsed.set(drivername="postgresql+psycopg")


def engine_options(pool_size: int | None = None) -> dict[str, Any]:
    """What `create_engine` and Flask-SQLAlchemy are given, so that both make the same connections."""
    size = pool_size if pool_size is not None else settings.get_int("ORDERLOOM_DB_POOL")
    return {
        "pool_size": size,
        "max_overflow": 4,
        "pool_pre_ping": False,
        "pool_use_lifo": True,
        "pool_recycle": 1800,
        "json_serializer": exact_json.dumps,
        "json_deserializer": exact_json.loads,
        "connect_args": {
            "cursor_factory": CountingCursor,
            "prepare_threshold": 3,
            "application_name": "orderloom",
            # jit: what runs here is short, and compiling it costs more than it saves.
            "options": "-c timezone=UTC -c jit=off -c statement_timeout=60000"
            " -c idle_in_transaction_session_timeout=120000",
        },
    }


def make_engine(url: str | URL, pool_size: int | None = None) -> Engine:
    return create_engine(driver_url(url), **engine_options(pool_size))
