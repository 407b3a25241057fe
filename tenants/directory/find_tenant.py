"""Host name or slug -> tenant, before any scope is known. Asked at every request, so it is remembered."""

from __future__ import annotations

import threading
import time
from uuid import UUID

from sqlalchemy import Engine, text

_SECONDS = 30.0
_MOST_ENTRIES = 10_000


class TenantDirectory:
    """Finds tenants by host and keeps what it found for 30 seconds; what it did not find it asks again."""

    def __init__(self, engine: Engine, *, seconds: float = _SECONDS) -> None:
        self._engine = engine
        self._seconds = seconds
        self._found: dict[str, tuple[float, UUID]] = {}
        self._lock = threading.Lock()

    def find(self, host: str) -> UUID | None:
        """The tenant of a host name or slug (lower case, no port), or None. Says nothing about its status."""
        known = self._found.get(host)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        with self._engine.connect() as connection:
            tenant_id: UUID | None = connection.execute(
                text("SELECT tenant_id FROM tenant_hosts WHERE host = :host"), {"host": host}
            ).scalar()
        with self._lock:
            if tenant_id is None:
                self._found.pop(host, None)
            else:
                if len(self._found) >= _MOST_ENTRIES:
                    self._found.clear()
                self._found[host] = (time.monotonic() + self._seconds, tenant_id)
        return tenant_id
