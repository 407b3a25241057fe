"""Faults between statements: a use case is killed before its n-th statement, for every n, and must leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg

from kernel.db import Work


class Fault(Exception):
    """Stands for whatever can go wrong: a lost connection, a killed process, a bug."""


@dataclass(slots=True)
class Statements:
    """How many statements went out while the injector was on."""

    count: int = 0


@contextmanager
def failing_at(number: int) -> Iterator[Statements]:
    """Within, the `number`-th statement that any Work sends raises Fault instead; statements count from 1."""
    seen = Statements()

    def guard(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            seen.count += 1
            if seen.count == number:
                raise Fault(f"before statement {number}")
            return original(*args, **kwargs)

        return run

    with patch.object(Work, "_run", guard(Work._run)), patch.object(Work, "execute_many", guard(Work.execute_many)):
        yield seen


def fail_everywhere(run: Callable[[], object], check: Callable[[], None], *, most: int = 200) -> int:
    """Runs `run` with a fault before its first statement, its second, and so on, until one comes through.

    run    one transaction of its own (`open_work`), the same each time
    check  is called after each fault, and once at the end: the state must be as before, or done whole
    returns how many statements the whole takes, at least 1
    """
    for number in range(1, most):
        with failing_at(number) as seen:
            try:
                run()
            except Fault:
                pass
        failed = seen.count >= number
        check()
        if not failed:
            return number - 1
    raise AssertionError(f"more than {most} statements")


class Lost(psycopg.OperationalError):
    """The connection to the database, as the driver would say it."""


@dataclass(slots=True)
class Sent:
    """count: statements and commits that went out while the injector was on; broken: one of them was stopped"""

    count: int = 0
    broken: bool = False


@contextmanager
def breaking_at(number: int) -> Iterator[Sent]:
    """As `failing_at`, one floor deeper: whatever goes to the database through the driver, by whomever, commits too.

    It counts what this thread and all others send, so only one thing may run within.
    """
    seen = Sent()

    def guard(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            seen.count += 1
            if seen.count == number:
                seen.broken = True
                raise Lost(f"before statement {number}")
            return original(*args, **kwargs)

        return run

    cursor, connection = psycopg.Cursor, psycopg.Connection
    with (
        patch.object(cursor, "execute", guard(cursor.execute)),
        patch.object(cursor, "executemany", guard(cursor.executemany)),
        patch.object(cursor, "copy", guard(cursor.copy)),
        patch.object(connection, "commit", guard(connection.commit)),
    ):
        yield seen
