"""A cart as a value, and the one place that reads and writes its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.carts.errors import CartFull, CartIsNobodys
from oms.placement.commands import LineRequest, PlaceOrder

MOST_LINES = 1_000
CHANNEL = "portal"

_COLUMNS = "id, lines, address_id, requested_on, buyer_note, coupons, custom"
_READ = f"""
SELECT {_COLUMNS} FROM carts WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND customer_id = %(customer)s
"""
# Makes the row where there is none, and locks it: the second of two submits waits here and finds the cart empty.
_LOCK = f"""
INSERT INTO carts (tenant_id, id, user_id, customer_id) VALUES (%(tenant)s, %(id)s, %(user)s, %(customer)s)
ON CONFLICT (tenant_id, user_id, customer_id) DO UPDATE SET updated_at = %(now)s
RETURNING {_COLUMNS}
"""
_WRITE = """
UPDATE carts SET lines = %(lines)s::jsonb, address_id = %(address_id)s, requested_on = %(requested_on)s,
  buyer_note = %(buyer_note)s, coupons = %(coupons)s, custom = %(custom)s::jsonb, updated_at = %(now)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """quantity in `unit`; unit None is the SKU's base unit. A cart has one line per SKU and unit.

    custom  values of the tenant's own line fields as typed; None: as the cart has them already
    """

    sku: str
    quantity: Decimal
    unit: str | None = None
    custom: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def key(self) -> tuple[str, str | None]:
        return self.sku, self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What one user is about to order for one customer. id is None before anything was put in."""

    id: UUID | None
    customer_id: UUID
    lines: tuple[CartLine, ...] = ()
    address_id: UUID | None = None
    requested_on: date | None = None
    buyer_note: str = ""
    coupons: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    def order(self, order_type: str) -> PlaceOrder:
        """The order that submitting would ask for."""
        return PlaceOrder(
            order_type=order_type, channel=CHANNEL, customer_id=self.customer_id,
            lines=tuple(
                LineRequest(sku=line.sku, quantity=line.quantity, unit=line.unit, custom=dict(line.custom or {}))
                for line in self.lines
            ),
            address_id=self.address_id, requested_on=self.requested_on, buyer_note=self.buyer_note,
            coupons=self.coupons, custom=self.custom,
        )  # fmt: skip


def read_cart(work: Work, customer_id: UUID) -> Cart:
    """The actor's cart for the customer; an empty one where there is none. Raises CartIsNobodys."""
    row = work.row(_READ, _owner(work, customer_id))
    return _cart(row, customer_id) if row else Cart(id=None, customer_id=customer_id)


def lock_cart(work: Work, customer_id: UUID) -> Cart:
    """The actor's cart, locked until the transaction ends. Raises CartIsNobodys."""
    row = work.row(_LOCK, {**_owner(work, customer_id), "id": new_id(), "now": work.now})
    return _cart(row, customer_id)


def write_cart(work: Work, cart: Cart) -> None:
    """Writes a cart that `lock_cart` gave. Raises CartFull."""
    if len(cart.lines) > MOST_LINES:
        raise CartFull(most=MOST_LINES)
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "id": cart.id, "lines": dumps(lines_json(cart.lines)),
            "address_id": cart.address_id, "requested_on": cart.requested_on, "buyer_note": cart.buyer_note,
            "coupons": list(cart.coupons),
            "custom": dumps(dict(cart.custom)), "now": work.now,
        },
    )  # fmt: skip


def _owner(work: Work, customer_id: UUID) -> dict[str, Any]:
    if work.actor.id is None or not work.actor.may_see("customer", customer_id):
        raise CartIsNobodys()
    return {"tenant": work.tenant_id, "user": work.actor.id, "customer": customer_id}


def lines_json(lines: Sequence[CartLine]) -> list[dict[str, Any]]:
    """As the row keeps them."""
    return [
        {"sku": line.sku, "quantity": f"{line.quantity:f}", "unit": line.unit}
        | ({"custom": dict(line.custom)} if line.custom else {})
        for line in lines
    ]


def _cart(row: Any, customer_id: UUID) -> Cart:
    lines = tuple(
        CartLine(
            sku=line["sku"], quantity=Decimal(line["quantity"]), unit=line.get("unit"), custom=line.get("custom", {})
        )
        for line in row.lines
    )
    return Cart(
        id=row.id, customer_id=customer_id, lines=lines, address_id=row.address_id, requested_on=row.requested_on,
        buyer_note=row.buyer_note, coupons=tuple(row.coupons), custom=row.custom,
    )  # fmt: skip
