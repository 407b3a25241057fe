"""Wakes the relay after a commit.

Not inside the transaction: a transaction that has notified holds a lock of the whole cluster while it commits, so
orders would commit one after the other. And not for each commit: once in `_EVERY_SECONDS` is enough, because the
relay polls as well.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.outbox.put import CHANNEL

_EVERY_SECONDS = 0.2
_last_wake = 0.0


def wake_relay(connection: Connection) -> None:
    """Notifies the relay, unless this process just did.

    Never fails: what was done is committed, so a connection that is lost now must not tell the caller that it was not.
    """
    global _last_wake
    if time.monotonic() - _last_wake < _EVERY_SECONDS:
        return
    _last_wake = time.monotonic()
    try:
        with connection.begin():
            connection.execute(text(f"NOTIFY {CHANNEL}"))
    except SQLAlchemyError:
        connection.invalidate()  # whoever comes next gets a whole one
