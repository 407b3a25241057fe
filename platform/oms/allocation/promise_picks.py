"""Turns a plan into promises: reserved units are taken up, lots are bound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oms.allocation.plan import AllocationPlan
from oms.reservations.promisable import Buyer, Promisable


def promise_picks(promisable: Promisable, buyer: Buyer, plan: AllocationPlan) -> AllocationPlan:
    """The plan with a pick for each lot. Lowers what is left to promise; the caller writes what was taken out of
    reservations before the picks."""
    return replace(
        plan,
        picks=tuple(
            replace(pick, quantity=share.quantity, lot_id=share.lot_id)
            for pick in plan.picks
            for share in promisable.take(buyer, pick.location_id, pick.sku_id, pick.quantity)
        ),
    )


def held_back(promisable: Promisable) -> dict[str, Any]:
    """What rules of channels changed, for the decision's trace; empty where they changed nothing."""
    lines = [line for told in promisable.told.values() for line in told]
    return {"held_back": lines} if lines else {}
