"""Keeps units for somebody for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.inventory.errors import LocationNotFound, QuantityInvalid, SkuNotFound
from oms.inventory.judge_entries import plain
from oms.inventory.lock_positions import lock_positions
from oms.reservations.errors import LifeInvalid, NotEnoughToReserve
from oms.reservations.give_back import give_back
from oms.reservations.promisable import Buyer, load_promisable
from tenants.directory.tenant_settings import tenant_settings

_MOST_MINUTES = 90 * 24 * 60
_WRITE = """
WITH units AS (
  SELECT * FROM jsonb_to_recordset(%(units)s::jsonb) AS x (movement_id uuid, location_id uuid, quantity numeric)
), made AS (
  INSERT INTO reservations (tenant_id, id, sku_id, quantity, purpose, reference, channel, customer_id, until,
    created_at, created_by)
  VALUES (%(tenant)s, %(id)s, %(sku)s, %(quantity)s, %(purpose)s, %(reference)s, %(channel)s, %(customer)s, %(until)s,
    %(now)s, %(actor)s)
), held AS (
  INSERT INTO reservation_units (tenant_id, reservation_id, location_id, quantity)
  SELECT %(tenant)s, %(id)s, x.location_id, x.quantity FROM units x
), moved AS (
  INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, kind, cause, reserved_change, reason,
    document_kind, document_id, document_number, at, actor)
  SELECT %(tenant)s, x.movement_id, %(sku)s, x.location_id, 'allocated', 'reservation', x.quantity, %(purpose)s,
    'reservation', %(id)s, %(reference)s, %(now)s, %(actor)s
  FROM units x
)
UPDATE stock_positions p SET reserved = p.reserved + x.quantity FROM units x
WHERE p.tenant_id = %(tenant)s AND p.sku_id = %(sku)s AND p.location_id = x.location_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """location_id  None: preferred locations first
    purpose      cart, channel, customer or quote
    reference    of the cart or quote; an order of that outside number takes the units up
    customer_id  an order of the customer takes the units up
    minutes      None: as long as the tenant's setting says
    """

    sku_id: UUID
    quantity: Decimal
    purpose: str
    location_id: UUID | None = None
    reference: str = ""
    channel: str = ""
    customer_id: UUID | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    reservation_id: UUID
    until: datetime
    units: Mapping[UUID, Decimal]  # location -> base units


def reserve_stock(work: Work, command: ReserveStock) -> StockReserved:
    """All of the units or none. Raises QuantityInvalid, LifeInvalid, SkuNotFound, LocationNotFound,
    NotEnoughToReserve."""
    if command.quantity <= 0:
        raise QuantityInvalid()
    minutes = command.minutes if command.minutes is not None else tenant_settings(work).reservation_minutes
    if not 1 <= minutes <= _MOST_MINUTES:
        raise LifeInvalid()
    if command.location_id is not None and not work.actor.may_see("location", command.location_id):
        raise LocationNotFound()
    code = work.scalar(
        "SELECT code FROM skus WHERE tenant_id = %(tenant)s AND id = %(sku)s",
        {"tenant": work.tenant_id, "sku": command.sku_id},
    )
    if code is None:
        raise SkuNotFound()
    stock = lock_positions(work, [command.sku_id])
    # Not the customer's own reservations: a second one keeps further units.
    buyer = Buyer(order_id=None, customer_id=None, channel=command.channel)
    promisable = load_promisable(work, stock, [buyer])
    available = promisable.available_to(buyer, [command.sku_id])
    by_preference = sorted(stock.places, key=lambda place: (place.priority, place.key))
    free = [
        (place.id, available.get((place.id, command.sku_id), Decimal(0)))
        for place in by_preference
        if command.location_id in {None, place.id} and work.actor.may_see("location", place.id)
    ]
    units = spread(command.quantity, free)
    if sum(units.values(), Decimal(0)) < command.quantity:
        raise NotEnoughToReserve(free=plain(sum((each for _, each in free), Decimal(0))), sku=code)
    give_back(work, promisable.given_back)
    reservation_id, until = new_id(), work.now + timedelta(minutes=minutes)
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "id": reservation_id, "sku": command.sku_id, "quantity": command.quantity,
            "purpose": command.purpose, "reference": command.reference.strip(), "channel": command.channel.strip(),
            "customer": command.customer_id, "until": until, "now": work.now, "actor": work.actor.name,
            "units": dumps(
                [
                    {"movement_id": new_id(), "location_id": location_id, "quantity": quantity}
                    for location_id, quantity in units.items()
                ]
            ),
        },
    )  # fmt: skip
    return StockReserved(reservation_id=reservation_id, until=until, units=units)


def spread(quantity: Decimal, free: Sequence[tuple[UUID, Decimal]]) -> dict[UUID, Decimal]:
    """One location where one has all, else one after the other in the given order; as far as it goes."""
    for location_id, units in free:
        if units >= quantity:
            return {location_id: quantity}
    taken: dict[UUID, Decimal] = {}
    left = quantity
    for location_id, units in free:
        share = min(units, left)
        if share > 0:
            taken[location_id] = share
            left -= share
    return taken
