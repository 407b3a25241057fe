"""Gives reserved units free again: because somebody says so, or because their time is over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.reservations.errors import ReservationClosed, ReservationNotFound
from oms.reservations.give_back import TakenUnits, give_back

_SKU = """
SELECT r.sku_id FROM reservations r
WHERE r.tenant_id = %(tenant)s AND r.id = %(id)s
  AND (%(reach)s::uuid[] IS NULL OR NOT EXISTS (SELECT FROM reservation_units u
    WHERE u.tenant_id = %(tenant)s AND u.reservation_id = r.id AND u.location_id <> ALL(%(reach)s)))
  AND (%(customers)s::uuid[] IS NULL OR r.customer_id IS NULL OR r.customer_id = ANY(%(customers)s))
"""
_DUE = """
SELECT DISTINCT sku_id FROM reservations
WHERE tenant_id = %(tenant)s AND state = 'active' AND until <= %(now)s ORDER BY sku_id LIMIT %(limit)s
"""
# All positions of the SKUs, in key order: what a reservation holds is read and changed only under these locks.
_LOCK = """
SELECT 1 FROM stock_positions WHERE tenant_id = %(tenant)s AND sku_id = ANY(%(skus)s)
ORDER BY sku_id, location_id FOR NO KEY UPDATE
"""
_HELD = """
SELECT r.id, r.sku_id, u.location_id, u.quantity FROM reservations r
JOIN reservation_units u ON u.tenant_id = %(tenant)s AND u.reservation_id = r.id AND u.quantity > 0
WHERE r.tenant_id = %(tenant)s AND r.state = 'active' AND r.sku_id = ANY(%(skus)s)
  AND (r.id = %(id)s OR (%(id)s::uuid IS NULL AND r.until <= %(now)s))
"""
_SKUS_AT_ONCE = 200


def release_reservation(work: Work, reservation_id: UUID) -> None:
    """Raises ReservationNotFound (also where its locations or its customer are out of reach), ReservationClosed."""
    sku_id = work.scalar(
        _SKU,
        {
            "tenant": work.tenant_id,
            "id": reservation_id,
            "reach": work.actor.reach_list("location"),
            "customers": work.actor.reach_list("customer"),
        },
    )
    if sku_id is None:
        raise ReservationNotFound()
    held = _lock_held(work, [sku_id], reservation_id)
    if not held:
        raise ReservationClosed()
    give_back(work, [_taken(row, "released") for row in held])


def expire_reservations(work: Work) -> int:
    """Gives back what is due, of some hundred SKUs at most. Returns how many reservations ended."""
    due = [row.sku_id for row in work.rows(_DUE, {"tenant": work.tenant_id, "now": work.now, "limit": _SKUS_AT_ONCE})]
    if not due:
        return 0
    held = _lock_held(work, due, None)
    give_back(work, [_taken(row, "expired") for row in held])
    return len({row.id for row in held})


def _lock_held(work: Work, skus: list[UUID], reservation_id: UUID | None) -> list[Any]:
    parameters = {"tenant": work.tenant_id, "skus": skus, "id": reservation_id, "now": work.now}
    work.execute(_LOCK, parameters)
    return work.rows(_HELD, parameters)


def _taken(row: Any, state: str) -> TakenUnits:
    return TakenUnits(
        reservation_id=row.id, sku_id=row.sku_id, location_id=row.location_id, quantity=row.quantity, state=state
    )
