"""Submits a buyer's cart: within his limits it is placed, above them it waits for a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.carts.cart import Cart, lock_cart, write_cart
from oms.carts.submit_cart import SubmitCart, submit_cart
from oms.placement.commands import OrderPlaced
from oms.purchasing.buyers import approvers_of, rules_of, spent_this_month
from oms.purchasing.cart_json import cart_json
from oms.purchasing.errors import NobodyApproves
from oms.purchasing.plan import Crossed, Limit, crossed_limits

_SITE = "SELECT site_id FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s"
_ASK = """
INSERT INTO purchase_requests (tenant_id, id, customer_id, user_id, user_name, site_id, order_type, cart, total,
  currency, reasons, note, asked_at)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(user)s, %(name)s, %(site)s, %(order_type)s, %(cart)s::jsonb, %(total)s,
  %(currency)s, %(reasons)s::jsonb, %(note)s, %(now)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseAsked:
    """The order waits for a colleague's yes."""

    topic = "purchase_request.asked"

    request_id: UUID
    customer_id: UUID
    total: Decimal
    currency: str
    crossed: tuple[Crossed, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "request_id": to_text("prq", self.request_id), "customer_id": to_text("cus", self.customer_id),
            "total": str(self.total), "currency": self.currency, "crossed": [one.to_json() for one in self.crossed],
        }  # fmt: skip


class _AboveLimits(Exception):
    """Takes the placed order back; never leaves this module."""

    def __init__(self, placed: OrderPlaced, site_id: UUID | None, crossed: Sequence[Crossed]) -> None:
        self.placed, self.site_id, self.crossed = placed, site_id, tuple(crossed)


def submit_purchase(
    work: Work, command: SubmitCart, *, roles: frozenset[str] | None = None
) -> OrderPlaced | PurchaseAsked:
    """Places the actor's cart, or asks for it where it crosses one of his limits.

    Whether it does is only known of the order itself, so it is placed and taken back where it does.

    raises  NobodyApproves, and as submit_cart
    """
    rules = rules_of(work, work.actor.id, lock=True)
    if not rules.limits:
        return submit_cart(work, command, roles=roles)
    try:
        with work.connection.begin_nested():
            return _place(work, command, roles, rules.limits)
    except _AboveLimits as above:
        return _ask(work, command, above)


def _place(work: Work, command: SubmitCart, roles: frozenset[str] | None, limits: Sequence[Limit]) -> OrderPlaced:
    placed = submit_cart(work, command, roles=roles)
    site_id = work.scalar(_SITE, {"tenant": work.tenant_id, "order": placed.order_id})
    spent = spent_this_month(work, work.actor.id)
    spent[site_id] = spent.get(site_id, Decimal(0)) - placed.total  # this one is among them
    crossed = crossed_limits(limits, site_id=site_id, total=placed.total, spent=spent)
    if crossed:
        raise _AboveLimits(placed, site_id, crossed)
    return placed


def _ask(work: Work, command: SubmitCart, above: _AboveLimits) -> PurchaseAsked:
    approvers = approvers_of(work, command.customer_id, above.site_id)
    if not any(one.id != work.actor.id for one in approvers):
        raise NobodyApproves()
    cart = lock_cart(work, command.customer_id)
    request_id, note = new_id(), command.details.buyer_note if command.details else cart.buyer_note
    work.execute(
        _ASK,
        {
            "tenant": work.tenant_id, "id": request_id, "customer": command.customer_id, "user": work.actor.id,
            "name": work.actor.name, "site": above.site_id, "order_type": command.order_type,
            "cart": dumps(cart_json(cart, command)), "total": above.placed.total, "currency": above.placed.currency,
            "reasons": dumps([one.to_json() for one in above.crossed]), "note": note, "now": work.now,
        },
    )  # fmt: skip
    write_cart(work, Cart(id=cart.id, customer_id=cart.customer_id))
    outcome = PurchaseAsked(
        request_id=request_id, customer_id=command.customer_id, total=above.placed.total,
        currency=above.placed.currency, crossed=above.crossed,
    )  # fmt: skip
    put_event(work, outcome)
    return outcome
