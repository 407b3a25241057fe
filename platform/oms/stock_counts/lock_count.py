"""Reads a count under its lock: the first lock of each of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.inventory.entries import Document
from oms.stock_counts.errors import CountNotFound

_COUNT = """
SELECT id, number, location_id, state, tolerance_percent, tolerance_units FROM stock_counts
WHERE tenant_id = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCount:
    id: UUID
    number: str
    location_id: UUID
    state: str
    tolerance_percent: Decimal
    tolerance_units: Decimal

    @property
    def document(self) -> Document:
        return Document(kind="count", id=self.id, number=self.number)


def lock_count(work: Work, count_id: UUID) -> LockedCount:
    """Raises CountNotFound, also where its location is out of reach."""
    row = work.row(_COUNT, {"tenant": work.tenant_id, "id": count_id})
    if row is None or not work.actor.may_see("location", row.location_id):
        raise CountNotFound()
    return LockedCount(**row._asdict())
