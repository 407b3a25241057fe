"""What promotions took off an order and what it is charged beside its goods, as totals show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.i18n import current_locale
from oms.orders.read_order import OrderDetail
from oms.placement.planned import PlannedOrder
from tenants.access.queries import name_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """price: before what was waived; waived: what was"""

    name: str
    price: Decimal
    waived: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """taken_off: (name with its coupon, amount) a promotion each, over all lines"""

    taken_off: tuple[tuple[str, Decimal], ...] = ()
    charges: tuple[Charged, ...] = ()


def settled_of(order: PlannedOrder | None) -> Settled:
    """Of a priced order that is not placed yet."""
    if order is None:
        return Settled()
    rows = [one.row() for line in order.lines for one in line.adjustments]
    return _settled(rows, [charge.row(0) for charge in order.charges])


def settled_in(detail: OrderDetail) -> Settled:
    """Of a placed order."""
    return _settled((row._asdict() for row in detail.adjustments), (row._asdict() for row in detail.charges))


def _settled(adjustments: Iterable[Mapping[str, Any]], charges: Iterable[Mapping[str, Any]]) -> Settled:
    off: dict[str, Decimal] = {}
    for one in adjustments:
        name = name_in(one["label"], current_locale()) or str(one["source"])
        name = f"{name} ({one['coupon']})" if one["coupon"] else name
        off[name] = off.get(name, Decimal(0)) + one["amount"]
    return Settled(
        taken_off=tuple(off.items()),
        charges=tuple(
            Charged(
                name=name_in(one["label"], current_locale()) or str(one["kind"]), price=one["price"],
                waived=one["discount"],
            )
            for one in charges
        ),
    )  # fmt: skip
