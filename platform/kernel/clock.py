"""The only place that asks what time it is, so that a test can hold it still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The instant, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day of `instant` in a tenant's IANA zone. Store it when written: tz databases disagree."""
    return instant.astimezone(ZoneInfo(zone)).date()


@contextmanager
def frozen_at(instant: datetime) -> Iterator[None]:
    """Holds the clock of this context at `instant`. For tests and for re-running a decision as of then."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
