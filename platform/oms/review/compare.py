"""An order that is held because it looks like another one, beside that other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.orders.read_order import OrderDetail, read_order
from oms.review.errors import HoldsGone

_PAIR = """
SELECT order_id, other_order_id FROM order_holds
WHERE tenant_id = %(tenant)s AND id = %(id)s AND other_order_id IS NOT NULL AND released_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedGoods:
    """here, there: base units ordered and not cancelled"""

    sku: str
    name: str
    here: Decimal
    there: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalikes:
    """goods: of both, by SKU"""

    one: OrderDetail
    other: OrderDetail
    goods: Sequence[ComparedGoods]


def compare_orders(work: Work, hold_id: UUID) -> Lookalikes:
    """Raises HoldsGone where no such hold stands, OrderNotFound out of the actor's reach."""
    pair = work.row(_PAIR, {"tenant": work.tenant_id, "id": hold_id})
    if pair is None:
        raise HoldsGone()
    one = read_order(work, pair.order_id, with_history=False)
    other = read_order(work, pair.other_order_id, with_history=False)
    return Lookalikes(one=one, other=other, goods=_goods(one, other))


def _goods(one: OrderDetail, other: OrderDetail) -> list[ComparedGoods]:
    names: dict[str, str] = {}
    units: dict[str, list[Decimal]] = {}
    for side, detail in enumerate((one, other)):
        for line in detail.lines:
            names[line.sku] = line.name
            units.setdefault(line.sku, [Decimal(0), Decimal(0)])[side] += line.ordered - line.cancelled
    return [ComparedGoods(sku=sku, name=names[sku], here=both[0], there=both[1]) for sku, both in sorted(units.items())]
