"""Ends reservations whose time is over."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import every
from oms.reservations.release_reservation import expire_reservations


@every(seconds=10, name="reservations.expire")
def expire_due_reservations(work: Work) -> None:
    """An order that wants the units sooner does not wait for this."""
    expire_reservations(work)
