"""Moves what an order counts to its credit account: the one way by which an order's exposure changes once it stands."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.credit.book_exposure import book_exposure

_EXPOSE = """
UPDATE orders SET credit_exposed = %(exposure)s, credit_account_id = %(account)s
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""


def rebook_order(
    work: Work,
    order_id: UUID,
    account_id: UUID | None,
    *,
    exposed: Decimal,
    exposure: Decimal,
    cause: str,
    receivable_id: UUID | None = None,
) -> None:
    """The order counts with `exposure` instead of `exposed` from now on; the entry names the cause.

    Order and account were locked before, in this order. Without an account nothing counts, and `exposure` is not kept.

    cause  order_cancelled, order_changed, order_split, order_merged, order_billed, order_prepaid, …
    """
    if account_id is None or exposure == exposed:
        return
    work.execute(_EXPOSE, {"tenant": work.tenant_id, "order": order_id, "account": account_id, "exposure": exposure})
    book_exposure(
        work, account_id, "open_orders", exposure - exposed, cause=cause, order_id=order_id,
        receivable_id=receivable_id,
    )  # fmt: skip
