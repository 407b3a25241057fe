"""Reads of purchase requests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.purchasing.errors import RequestNotFound

_COLUMNS = """r.id, r.customer_id, r.user_id, r.user_name, r.site_id, s.name AS site_name, r.order_type, r.cart,
  r.total, r.currency, r.reasons, r.note, r.status, r.asked_at, r.decided_at, r.decided_by_name, r.decision_note,
  r.order_id, o.number AS order_number, c.number AS customer_number, c.name AS customer_name"""
# Of a company within reach; a buyer sees his own, and those for his sites.
_FROM = """FROM purchase_requests r
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
LEFT JOIN customer_sites s ON s.tenant_id = %(tenant)s AND s.id = r.site_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = r.order_id
WHERE r.tenant_id = %(tenant)s AND (%(customers)s::uuid[] IS NULL OR r.customer_id = ANY(%(customers)s))
  AND (%(sites)s::uuid[] IS NULL OR r.site_id = ANY(%(sites)s) OR r.user_id = %(me)s)"""
_LIST = f"""
SELECT {_COLUMNS} {_FROM} AND (%(customer)s::uuid IS NULL OR r.customer_id = %(customer)s)
  AND (%(user)s::uuid IS NULL OR r.user_id = %(user)s) AND (%(status)s::text IS NULL OR r.status = %(status)s)
  AND (%(after)s::uuid IS NULL OR r.id < %(after)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""
_ONE = f"SELECT {_COLUMNS} {_FROM} AND r.id = %(id)s"


def list_requests(
    work: Work, *, customer_id: UUID | None = None, user_id: UUID | None = None, status: str | None = None,
    after: UUID | None = None, limit: int = 50,
) -> list[Any]:  # fmt: skip
    """Newest first, those behind the request `after`. user_id: who asked"""
    return work.rows(
        _LIST,
        {
            **_reach(work), "customer": customer_id, "user": user_id, "status": status, "after": after, "limit": limit
        },
    )  # fmt: skip


def read_request(work: Work, request_id: UUID) -> Any:
    """Raises RequestNotFound."""
    row = work.row(_ONE, {**_reach(work), "id": request_id})
    if row is None:
        raise RequestNotFound()
    return row


def _reach(work: Work) -> dict[str, Any]:
    return {
        "tenant": work.tenant_id, "customers": work.actor.reach_list("customer"),
        "sites": work.actor.reach_list("site"), "me": work.actor.id,
    }  # fmt: skip
