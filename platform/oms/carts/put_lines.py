"""Puts lines into a cart: adds to what is there, or sets quantities; 0 takes a line out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.carts.cart import Cart, CartLine, lock_cart, write_cart
from oms.carts.errors import QuantityUnreadable, SkuNotOffered

_KNOWN = """
SELECT s.code FROM skus s JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
WHERE s.tenant_id = %(tenant)s AND s.code = ANY(%(codes)s) AND s.active AND p.active
"""
_GREATEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True, kw_only=True)
class PutLines:
    """add  True: quantities join those of the same SKU and unit; False: they take their place"""

    customer_id: UUID
    lines: tuple[CartLine, ...]
    add: bool = True


def put_lines(work: Work, command: PutLines) -> Cart:
    """The cart as it is now. Raises SkuNotOffered, QuantityUnreadable, CartFull, CartIsNobodys."""
    _check(work, command)
    cart = lock_cart(work, command.customer_id)
    changed = replace(cart, lines=merge_lines(cart.lines, command.lines, add=command.add))
    write_cart(work, changed)
    return changed


def merge_lines(there: Sequence[CartLine], given: Sequence[CartLine], *, add: bool) -> tuple[CartLine, ...]:
    """Lines keep their place; new ones go to the end; what comes to 0 is left out."""
    lines = {line.key: line for line in there}
    for line in given:
        before = lines.get(line.key)
        quantity = before.quantity + line.quantity if before and add else line.quantity
        custom = line.custom if line.custom is not None else before.custom if before else None
        lines[line.key] = replace(line, quantity=quantity, custom=custom)
    return tuple(line for line in lines.values() if line.quantity > 0)


def _check(work: Work, command: PutLines) -> None:
    for line in command.lines:
        if not 0 <= line.quantity < _GREATEST:
            raise QuantityUnreadable(value=f"{line.quantity:f}")
    wanted = {line.sku for line in command.lines if line.quantity}  # an ended SKU may still be taken out
    if command.add and wanted:
        found = {row.code for row in work.rows(_KNOWN, {"tenant": work.tenant_id, "codes": sorted(wanted)})}
        for code in sorted(wanted - found):
            raise SkuNotOffered(sku=code)
