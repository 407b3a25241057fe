"""What every process of the product is made of: engines, units of work, and a way to stop."""

from __future__ import annotations

import signal
import threading
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import Engine

from kernel import settings
from kernel.db import SYSTEM, Work
from kernel.db.engine import make_engine
from kernel.jobs.registry import OpenWork
from kernel.telemetry import configure_logs
from tenants.scope import open_work


def application_engine() -> Engine:
    """Connections as the application role: row security holds."""
    return make_engine(settings.get("DATABASE_URL"))


def system_engine() -> Engine:
    """Connections as the system role, for what spans tenants."""
    return make_engine(settings.get("DATABASE_SYSTEM_URL"), pool_size=2)


def opener(engine: Engine) -> OpenWork:
    """Opens units of work for jobs: the system acts, in the tenant it is given."""

    def open_for(tenant_id: UUID) -> AbstractContextManager[Work]:
        return open_work(engine, tenant_id, SYSTEM)

    return open_for


def start_logging() -> None:
    configure_logs(style=settings.get("ORDERLOOM_LOG_FORMAT"), level=settings.get("ORDERLOOM_LOG_LEVEL"))


class Stop:
    """Set by SIGTERM or SIGINT. A second signal kills, as one would expect."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: object) -> None:
        self._event.set()
        signal.signal(number, signal.SIG_DFL)

    def requested(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits at most so long; whether a stop was requested."""
        return self._event.wait(seconds)
