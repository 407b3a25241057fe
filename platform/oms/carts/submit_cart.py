"""Makes an order of a cart and empties it, in one transaction: two submits of one cart place one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.carts.cart import CHANNEL, Cart, lock_cart, write_cart
from oms.carts.errors import AddressMissing, AddressUnknown, CartEmpty, DayInThePast, TotalChanged
from oms.carts.set_details import SetDetails, with_details
from oms.placement.commands import OrderPlaced
from oms.placement.place import place

_ADDRESS = """
SELECT id FROM customer_addresses WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
  AND CASE WHEN %(address)s::uuid IS NULL THEN is_default_shipping ELSE id = %(address)s END
ORDER BY id LIMIT 1
"""
_LAST = """
SELECT id, number FROM orders
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND created_by = %(user)s AND channel = %(channel)s
  AND placed_at > %(now)s - interval '10 minutes'
ORDER BY placed_at DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCart:
    """details         as the buyer sent them with the submit; None: as the cart has them
    approvers       step of the approval flow -> whom the buyer chose for it
    expected_total  what the buyer saw; None: whatever it comes to
    """

    customer_id: UUID
    order_type: str
    details: SetDetails | None = None
    expected_total: Decimal | None = None
    approvers: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)


def submit_cart(work: Work, command: SubmitCart, *, roles: frozenset[str] | None = None) -> OrderPlaced:
    """Places what is in the cart.

    roles   of who asks, for rights on custom fields
    raises  CartEmpty, AddressUnknown, AddressMissing, DayInThePast, TotalChanged, and as `place`; after any of them
            the transaction is to be rolled back
    """
    cart = lock_cart(work, command.customer_id)
    if not cart.lines:
        raise CartEmpty()
    if command.details is not None:
        cart = with_details(work, cart, command.details)
    if cart.requested_on is not None and cart.requested_on < work.today:
        raise DayInThePast()
    if (cart.address_id is None or command.details is None) and not _address_stands(work, cart):
        raise AddressUnknown() if cart.address_id else AddressMissing()
    order = replace(cart.order(command.order_type), approvers=command.approvers, buyer_id=work.actor.id)
    placed = place(work, order, roles=roles)
    if command.expected_total is not None and placed.total != command.expected_total:
        raise TotalChanged(total=str(placed.total))
    write_cart(work, Cart(id=cart.id, customer_id=cart.customer_id))
    return placed


def last_order_of(work: Work, customer_id: UUID) -> UUID | None:
    """The order that the actor placed for the customer in the last ten minutes: what a second submit is shown."""
    row = work.row(
        _LAST,
        {
            "tenant": work.tenant_id, "customer": customer_id, "user": work.actor.id, "channel": CHANNEL,
            "now": work.now,
        },
    )  # fmt: skip
    return UUID(str(row.id)) if row and work.actor.may_see("customer", customer_id) else None


def _address_stands(work: Work, cart: Cart) -> bool:
    """The one that was chosen may have been removed since."""
    parameters = {"tenant": work.tenant_id, "customer": cart.customer_id, "address": cart.address_id}
    return work.row(_ADDRESS, parameters) is not None
