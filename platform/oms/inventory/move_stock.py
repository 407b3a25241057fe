"""Receives, adjusts and transfers stock. Each changes `on_hand` and leaves a movement; a transfer leaves two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import psycopg

from kernel.db import Work
from kernel.ids import new_id, to_text
from kernel.outbox import put_message
from oms.inventory.errors import LocationNotFound, QuantityInvalid, SkuNotFound, StockIsPromised

# A position is made by the first units that come; units go only from one that is there (a check is made on the row
# that an upsert proposes, so a negative one could never be proposed).
_ADD = """
  INSERT INTO stock_positions AS p (tenant_id, sku_id, location_id, on_hand)
  VALUES (%(tenant)s, %(sku)s, %(location)s, %(change)s)
  ON CONFLICT (tenant_id, sku_id, location_id) DO UPDATE SET on_hand = p.on_hand + %(change)s
  RETURNING p.on_hand
"""
_TAKE = """
  UPDATE stock_positions p SET on_hand = p.on_hand + %(change)s
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = %(sku)s AND p.location_id = %(location)s
  RETURNING p.on_hand
"""
_MOVE = """
WITH moved AS ({change}), noted AS (
  INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, kind, on_hand_change, reason, at, actor)
  VALUES (%(tenant)s, %(id)s, %(sku)s, %(location)s, %(kind)s, %(change)s, %(reason)s, %(now)s, %(actor)s)
)
SELECT on_hand FROM moved
"""
_NAMES = """
SELECT s.code AS sku, l.key AS location FROM skus s, locations l
WHERE s.tenant_id = %(tenant)s AND s.id = %(sku)s AND l.tenant_id = %(tenant)s AND l.id = %(location)s
"""
_FREE = """
SELECT on_hand - allocated - reserved FROM stock_positions
WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s AND location_id = %(location)s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveStock:
    """quantity  base units that arrived, > 0"""

    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """change  base units more (or fewer, negative) than the books said; never 0"""

    sku_id: UUID
    location_id: UUID
    change: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStock:
    sku_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    quantity: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved:
    """on_hand  at the location (the target of a transfer) afterwards"""

    sku_id: UUID
    location_id: UUID
    on_hand: Decimal


def receive_stock(work: Work, command: ReceiveStock) -> StockMoved:
    """Raises QuantityInvalid, SkuNotFound, LocationNotFound. Backorders are filled by a consumer of the event."""
    if command.quantity <= 0:
        raise QuantityInvalid()
    moved = _move(work, command.sku_id, command.location_id, command.quantity, "received", command.reason)
    _announce(work, command.sku_id, command.location_id)
    return moved


def adjust_stock(work: Work, command: AdjustStock) -> StockMoved:
    """Raises QuantityInvalid, SkuNotFound, LocationNotFound, StockIsPromised."""
    if not command.change:
        raise QuantityInvalid()
    if command.change < 0:
        _require_free(work, command.sku_id, command.location_id, -command.change)
    moved = _move(work, command.sku_id, command.location_id, command.change, "adjusted", command.reason)
    if command.change > 0:
        _announce(work, command.sku_id, command.location_id)
    return moved


def transfer_stock(work: Work, command: TransferStock) -> StockMoved:
    """Both sides at once. Raises QuantityInvalid, SkuNotFound, LocationNotFound, StockIsPromised."""
    if command.quantity <= 0 or command.from_location_id == command.to_location_id:
        raise QuantityInvalid()
    _lock_both(work, command)
    _require_free(work, command.sku_id, command.from_location_id, command.quantity)
    _move(work, command.sku_id, command.from_location_id, -command.quantity, "transferred", command.reason)
    moved = _move(work, command.sku_id, command.to_location_id, command.quantity, "transferred", command.reason)
    _announce(work, command.sku_id, command.to_location_id)
    return moved


def _lock_both(work: Work, command: TransferStock) -> None:
    """In key order, so that two transfers the other way round cannot deadlock."""
    work.execute(
        "SELECT 1 FROM stock_positions WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s"
        " AND location_id = ANY(%(locations)s) ORDER BY sku_id, location_id FOR NO KEY UPDATE",
        {
            "tenant": work.tenant_id, "sku": command.sku_id,
            "locations": [command.from_location_id, command.to_location_id],
        },
    )  # fmt: skip


def _require_free(work: Work, sku_id: UUID, location_id: UUID, wanted: Decimal) -> None:
    parameters = {"tenant": work.tenant_id, "sku": sku_id, "location": location_id}
    names = _names(work, sku_id, location_id)
    free = work.scalar(_FREE, parameters) or Decimal(0)
    if free < wanted:
        raise StockIsPromised(free=f"{max(free, Decimal(0)).normalize():f}", sku=names.sku, location=names.location)


def _names(work: Work, sku_id: UUID, location_id: UUID) -> Any:
    if not work.actor.may_see("location", location_id):
        raise LocationNotFound()
    names = work.row(_NAMES, {"tenant": work.tenant_id, "sku": sku_id, "location": location_id})
    if names is None:
        known = work.scalar(
            "SELECT 1 FROM skus WHERE tenant_id = %(tenant)s AND id = %(sku)s",
            {"tenant": work.tenant_id, "sku": sku_id},
        )
        raise LocationNotFound() if known else SkuNotFound()
    return names


def _move(
    work: Work, sku_id: UUID, location_id: UUID, change: Decimal, kind: Literal["received", "adjusted", "transferred"],
    reason: str,
) -> StockMoved:  # fmt: skip
    names = _names(work, sku_id, location_id)
    try:
        row = work.row(
            _MOVE.format(change=_ADD if change > 0 else _TAKE),
            {
                "tenant": work.tenant_id, "id": new_id(), "sku": sku_id, "location": location_id, "kind": kind,
                "change": change, "reason": reason, "now": work.now, "actor": work.actor.name,
            },
        )  # fmt: skip
    except psycopg.errors.CheckViolation:
        raise StockIsPromised(free="0", sku=names.sku, location=names.location) from None
    assert row is not None
    return StockMoved(sku_id=sku_id, location_id=location_id, on_hand=row.on_hand)


def _announce(work: Work, sku_id: UUID, location_id: UUID) -> None:
    put_message(work, "stock.arrived", {"sku_id": to_text("sku", sku_id), "location_id": to_text("loc", location_id)})
