"""Looks after stock in the background."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import every
from oms.inventory.watch_levels import announce_low_stock, put_expired_aside


@every(seconds=30, name="inventory.announce_low_stock")
def watch_levels(work: Work) -> None:
    announce_low_stock(work)


@every(seconds=600, name="inventory.put_expired_aside")
def watch_expiry(work: Work) -> None:
    put_expired_aside(work)
