"""A cart as a purchase request keeps it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.carts.cart import Cart, CartLine
from oms.carts.submit_cart import SubmitCart


def cart_json(cart: Cart, command: SubmitCart) -> dict[str, Any]:
    """The lines with the details that were sent with the submit, or those of the cart."""
    details = command.details
    said = details if details is not None else cart
    coupons = cart.coupons if details is None or details.coupons is None else details.coupons
    return {
        "lines": [
            {"sku": line.sku, "quantity": f"{line.quantity:f}", "unit": line.unit, "custom": dict(line.custom or {})}
            for line in cart.lines
        ],
        "address_id": said.address_id, "requested_on": said.requested_on, "buyer_note": said.buyer_note.strip(),
        "coupons": list(coupons), "custom": dict(said.custom),
        "approvers": {step: list(people) for step, people in command.approvers.items()},
    }  # fmt: skip


def cart_from_json(kept: Mapping[str, Any], customer_id: UUID) -> Cart:
    return Cart(
        id=None, customer_id=customer_id, lines=lines_from_json(kept),
        address_id=UUID(kept["address_id"]) if kept["address_id"] else None,
        requested_on=date.fromisoformat(kept["requested_on"]) if kept["requested_on"] else None,
        buyer_note=kept["buyer_note"], coupons=tuple(kept["coupons"]), custom=kept["custom"],
    )  # fmt: skip


def lines_from_json(kept: Mapping[str, Any]) -> tuple[CartLine, ...]:
    return tuple(
        CartLine(sku=line["sku"], quantity=Decimal(line["quantity"]), unit=line["unit"], custom=line["custom"])
        for line in kept["lines"]
    )
