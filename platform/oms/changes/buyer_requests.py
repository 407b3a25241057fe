"""What a buyer may still do to his own order, by its type: change it or cancel it, at once or by asking, until a
cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kernel.db import Work
from low_code.kinds.order_type.compile import BuyerRequests
from oms.changes.actions import Action, CancelAll, SetPrice
from oms.changes.change_sets import CloseChange, OpenChange, change_sets_of, open_change, withdraw_change
from oms.changes.errors import ChangeInvalid, ChangeNotFound, PriceNotYours, RequestsNotTaken
from oms.changes.preview_change import ChangePreview, preview_change
from oms.orders.cancel_order import CancelOrder, CancelReason, OrderCancelled
from oms.orders.lock_order import LockedOrder, lock_placed_order
from oms.placement.errors import TooLateToCancel
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import policy_of_order

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class BuyerMay:
    """cancel: no, ask or at_once"""

    change: bool
    cancel: str


NOTHING = BuyerMay(change=False, cancel="no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an order has come."""

    status: str
    allocated: bool
    shipped: bool
    open_holds: int
    placed_at: datetime


def buyer_may(allowed: BuyerRequests, standing: Standing, now: datetime) -> BuyerMay:
    """Until goods are promised (a hold keeps the door open) or until they leave, and within the hours, where the type
    says so. Pure."""
    if standing.status != "placed" or standing.shipped:
        return NOTHING
    if allowed.until == "allocated" and standing.allocated and not standing.open_holds:
        return NOTHING
    if allowed.within_hours is not None and now > standing.placed_at + timedelta(hours=allowed.within_hours):
        return NOTHING
    return BuyerMay(change=allowed.change == "ask", cancel=allowed.cancel)


def what_buyer_may(work: Work, order_id: UUID, standing: Standing) -> BuyerMay:
    """As buyer_may, by the release that the order is pinned to."""
    return buyer_may(policy_of_order(work, order_id).buyer_requests, standing, work.now)


def ask_for_change(work: Work, order_id: UUID, actions: Sequence[Action], reason: str) -> UUID:
    """The buyer asks; staff decide. Nothing of the order changes yet.

    raises  OrderNotFound, OrderNotOpen, RequestsNotTaken, PriceNotYours, ChangeInvalid, ChangeOpen
    """
    order = lock_placed_order(work, order_id)
    _refuse_late(work, order)
    _refuse_prices(actions)
    if not actions:
        raise ChangeInvalid(problems=[])
    preview_change(work, order.id, actions)  # what cannot be done is said to the buyer, not to staff later
    command = OpenChange(order_id=order.id, actions=tuple(actions), reason=reason.strip()[:_LONGEST], by_customer=True)
    return open_change(work, command)


def preview_for_buyer(work: Work, order_id: UUID, actions: Sequence[Action]) -> ChangePreview:
    """What the change would make of the order. Raises as ask_for_change."""
    _refuse_late(work, lock_placed_order(work, order_id))
    _refuse_prices(actions)
    return preview_change(work, order_id, actions)


def take_request_back(work: Work, order_id: UUID, change_id: UUID) -> None:
    """The buyer no longer asks. Raises OrderNotFound, ChangeNotFound, ChangeClosed."""
    order = lock_placed_order(work, order_id)
    asked = next((one for one in change_sets_of(work, order.id) if one.id == change_id), None)
    if asked is None or asked.origin != "customer":
        raise ChangeNotFound()
    withdraw_change(work, CloseChange(order_id=order.id, change_id=change_id))


def cancel_by_buyer(work: Work, order_id: UUID, *, note: str = "") -> OrderCancelled | None:
    """Cancels all of it, or asks staff to, as the type says; None: staff were asked.

    raises OrderNotFound where it is out of reach, OrderNotOpen, TooLateToCancel, ChangeOpen
    """
    order = lock_placed_order(work, order_id)
    may = what_buyer_may(work, order.id, standing_of(order))
    if may.cancel == "no":
        raise TooLateToCancel(number=order.number)
    if may.cancel == "ask":
        reason = note.strip()[:_LONGEST]
        open_change(work, OpenChange(order_id=order.id, actions=(CancelAll(),), reason=reason, by_customer=True))
        return None
    command = CancelOrder(order_id=order.id, reason=CancelReason.CUSTOMER, note=note.strip()[:_LONGEST])
    return cancel_under_approval(work, command)


def standing_of(order: LockedOrder) -> Standing:
    return Standing(
        status=order.status, allocated=any(line.allocated for line in order.lines),
        shipped=any(line.shipped for line in order.lines), open_holds=order.open_holds, placed_at=order.placed_at,
    )  # fmt: skip


def _refuse_late(work: Work, order: LockedOrder) -> None:
    if not what_buyer_may(work, order.id, standing_of(order)).change:
        raise RequestsNotTaken(number=order.number)


def _refuse_prices(actions: Sequence[Action]) -> None:
    if any(isinstance(action, SetPrice) for action in actions):
        raise PriceNotYours()
