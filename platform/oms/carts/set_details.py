"""Sets what belongs to the order as a whole: where it goes, by when, and what is to be said with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.carts.cart import Cart, lock_cart, write_cart
from oms.carts.errors import AddressUnknown
from oms.promotions.usage import normal_code

MOST_COUPONS = 20
LONGEST_NOTE = 2_000

_ADDRESS = """
SELECT 1 FROM customer_addresses WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDetails:
    """coupons codes as typed; None: as the cart has them
    custom  values of the tenant's own order fields as typed; they are judged when the cart is submitted"""

    customer_id: UUID
    address_id: UUID | None = None
    requested_on: date | None = None
    buyer_note: str = ""
    coupons: tuple[str, ...] | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)


def set_details(work: Work, command: SetDetails) -> Cart:
    """The cart as it is now. Raises AddressUnknown, CartIsNobodys."""
    cart = with_details(work, lock_cart(work, command.customer_id), command)
    write_cart(work, cart)
    return cart


def with_details(work: Work, cart: Cart, command: SetDetails) -> Cart:
    """The locked cart with the details, not yet written. Raises AddressUnknown."""
    if command.address_id is not None:
        parameters = {"tenant": work.tenant_id, "customer": cart.customer_id, "id": command.address_id}
        if work.row(_ADDRESS, parameters) is None:
            raise AddressUnknown()
    return replace(
        cart, address_id=command.address_id, requested_on=command.requested_on,
        buyer_note=command.buyer_note.strip()[:LONGEST_NOTE].replace("\0", ""), custom=dict(command.custom),
        coupons=cart.coupons if command.coupons is None else _codes(command.coupons),
    )  # fmt: skip


def _codes(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Each code once, in the order in which they were typed."""
    codes = (normal_code(code.replace("\0", ""))[:60] for code in typed[:MOST_COUPONS])
    return tuple(dict.fromkeys(code for code in codes if code))
