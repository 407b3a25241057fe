"""A colleague approves a purchase request, which places it, or declines it; who asked may withdraw it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.carts.cart import lines_json
from oms.orders.record import record_event
from oms.placement.commands import OrderPlaced
from oms.placement.place import place
from oms.purchasing.buyers import rules_of
from oms.purchasing.cart_json import cart_from_json, lines_from_json
from oms.purchasing.errors import (
    NotAnApprover,
    NoteMissing,
    NotYourRequest,
    RequestDecided,
    RequestNotFound,
    RequestTotalChanged,
)
from tenants.access.audit import audit

_LOCK = "SELECT * FROM purchase_requests WHERE tenant_id = %(tenant)s AND id = %(id)s FOR UPDATE"
_SITE = """
UPDATE orders SET site_id = %(site)s WHERE tenant_id = %(tenant)s AND id = %(order)s AND site_id IS NULL
"""
_DECIDE = """
UPDATE purchase_requests SET status = %(status)s, decided_at = %(now)s, decided_by = %(actor)s,
  decided_by_name = %(name)s, decision_note = %(note)s, order_id = %(order)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
# Goes back into the cart of who asked; what lies there meanwhile stays.
_BACK = """
INSERT INTO carts AS c (tenant_id, id, user_id, customer_id, lines)
VALUES (%(tenant)s, %(id)s, %(user)s, %(customer)s, %(lines)s::jsonb)
ON CONFLICT (tenant_id, user_id, customer_id) DO UPDATE SET updated_at = %(now)s,
  lines = CASE WHEN c.lines = '[]' THEN excluded.lines ELSE c.lines END
"""
_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRequest:
    """expected_total  what the approver was shown; None: what it came to when it was asked for"""

    request_id: UUID
    note: str = ""
    expected_total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseDecided:
    """status: approved, declined or withdrawn; order_id: where it was approved"""

    topic = "purchase_request.decided"

    request_id: UUID
    customer_id: UUID
    status: str
    order_id: UUID | None = None
    number: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "request_id": to_text("prq", self.request_id), "customer_id": to_text("cus", self.customer_id),
            "status": self.status, "order_id": to_text("ord", self.order_id) if self.order_id else None,
            "number": self.number,
        }  # fmt: skip


def approve_request(work: Work, command: DecideRequest) -> PurchaseDecided:
    """Places the order in both names.

    raises  RequestNotFound, RequestDecided, NotAnApprover, RequestTotalChanged, and as `place`
    """
    request = _lock(work, command.request_id)
    _may_decide(work, request)
    cart = cart_from_json(request.cart, request.customer_id)
    approvers = {step: tuple(UUID(one) for one in people) for step, people in request.cart["approvers"].items()}
    order = replace(cart.order(request.order_type), approvers=approvers, buyer_id=request.user_id)
    placed = place(work, order)
    shown = request.total if command.expected_total is None else command.expected_total
    if placed.total != shown:
        raise RequestTotalChanged(total=str(placed.total))
    work.execute(_SITE, {"tenant": work.tenant_id, "order": placed.order_id, "site": request.site_id})
    facts = {"asked_by": request.user_name, "approved_by": work.actor.name, "note": command.note}
    record_event(work, placed.order_id, "purchase_approved", facts)
    return _decided(work, request, "approved", command.note, placed)


def decline_request(work: Work, command: DecideRequest) -> PurchaseDecided:
    """The lines go back to who asked. Raises as approve_request, and NoteMissing."""
    request = _lock(work, command.request_id)
    _may_decide(work, request)
    if not command.note.strip():
        raise NoteMissing()
    _lines_back(work, request)
    return _decided(work, request, "declined", command.note)


def withdraw_request(work: Work, command: DecideRequest) -> PurchaseDecided:
    """By who asked: the lines are in his cart again. Raises RequestNotFound, RequestDecided, NotYourRequest."""
    request = _lock(work, command.request_id)
    if request.user_id != work.actor.id:
        raise NotYourRequest()
    _lines_back(work, request)
    return _decided(work, request, "withdrawn", command.note)


def _lock(work: Work, request_id: UUID) -> Any:
    request = work.row(_LOCK, {"tenant": work.tenant_id, "id": request_id})
    seen = request is not None and work.actor.may_see("customer", request.customer_id)
    if request is None or not seen or not (_own(work, request) or work.actor.may_see("site", request.site_id)):
        raise RequestNotFound()
    if request.status != "waiting":
        raise RequestDecided()
    return request


def _own(work: Work, request: Any) -> bool:
    return bool(request.user_id == work.actor.id)


def _may_decide(work: Work, request: Any) -> None:
    if _own(work, request) or not rules_of(work, work.actor.id).approves:
        raise NotAnApprover()


def _lines_back(work: Work, request: Any) -> None:
    from_cart = lines_json(lines_from_json(request.cart))
    work.execute(
        _BACK,
        {
            "tenant": work.tenant_id, "id": new_id(), "user": request.user_id, "customer": request.customer_id,
            "lines": dumps(from_cart), "now": work.now,
        },
    )  # fmt: skip


def _decided(work: Work, request: Any, status: str, note: str, placed: OrderPlaced | None = None) -> PurchaseDecided:
    outcome = PurchaseDecided(
        request_id=request.id, customer_id=request.customer_id, status=status,
        order_id=placed.order_id if placed else None, number=placed.number if placed else None,
    )  # fmt: skip
    work.execute(
        _DECIDE,
        {
            "tenant": work.tenant_id, "id": request.id, "status": status, "now": work.now, "actor": work.actor.id,
            "name": work.actor.name, "note": note.strip()[:_LONGEST], "order": outcome.order_id,
        },
    )  # fmt: skip
    audit(work, f"purchase_request.{status}", "purchase_request", to_text("prq", request.id), {"note": (None, note)})
    put_event(work, outcome)
    return outcome
