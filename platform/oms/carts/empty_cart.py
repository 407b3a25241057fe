"""Takes everything out of a cart."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.carts.cart import Cart, lock_cart, write_cart


def empty_cart(work: Work, customer_id: UUID) -> Cart:
    """The empty cart; address, day, note and fields go too. Raises CartIsNobodys."""
    cart = lock_cart(work, customer_id)
    emptied = Cart(id=cart.id, customer_id=customer_id)
    write_cart(work, emptied)
    return emptied
