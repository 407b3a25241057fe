"""Holds that are about money are released by who may decide on money."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from tenants.access.permissions import Permission
from web.http.access import check_permissions
from web.http.principals import signed_in

_MONEY = {"credit", "payment"}
_TYPE = "SELECT type FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND id = %(hold)s"


def check_money_hold(work: Work, order_id: UUID, hold_id: UUID) -> None:
    """Raises PermissionMissing for a credit or payment hold without the right to release those."""
    kind = work.scalar(_TYPE, {"tenant": work.tenant_id, "order": order_id, "hold": hold_id})
    if kind in _MONEY:
        check_permissions(frozenset({Permission.RELEASE_CREDIT}), signed_in().permissions)
