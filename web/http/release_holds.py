"""Releasing holds by hand, one or many, with what follows."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.orders.errors import HoldNotFound
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.follow_up import follow_release
from web.http.money_holds import check_money_hold

_ORDER_OF = "SELECT order_id FROM order_holds WHERE tenant_id = %(tenant)s AND id = %(id)s AND released_at IS NULL"


def release_open_hold(work: Work, hold_id: UUID, reason: str) -> None:
    """Raises HoldNotFound where it is released already, PermissionMissing of holds about money, and as release_hold."""
    order_id = work.scalar(_ORDER_OF, {"tenant": work.tenant_id, "id": hold_id})
    if order_id is None:
        raise HoldNotFound(hold_id=str(hold_id))
    check_money_hold(work, order_id, hold_id)
    follow_release(work, release_hold(work, ReleaseHold(order_id=order_id, hold_id=hold_id, reason=reason)))
