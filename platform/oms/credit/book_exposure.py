"""Moves one bucket of a credit account, with the ledger entry that proves it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from oms.credit.models import BUCKETS

_BOOK = """
WITH moved AS (
  UPDATE credit_accounts SET {bucket} = {bucket} + %(amount)s
  WHERE tenant_id = %(tenant)s AND id = %(account)s RETURNING id
)
INSERT INTO credit_entries
  (tenant_id, id, account_id, bucket, amount, cause, order_id, receivable_id, at, actor)
SELECT %(tenant)s, %(id)s, moved.id, %(bucket)s, %(amount)s, %(cause)s, %(order)s::uuid, %(receivable)s::uuid,
  %(now)s, %(actor)s FROM moved
"""


def book_exposure(
    work: Work,
    account_id: UUID,
    bucket: str,
    amount: Decimal,
    *,
    cause: str,
    order_id: UUID | None = None,
    receivable_id: UUID | None = None,
) -> None:
    """Adds `amount` (negative takes risk away) to `bucket`. Nothing is written for an amount of 0."""
    assert bucket in BUCKETS
    if not amount:
        return
    work.execute(
        _BOOK.format(bucket=bucket),
        {
            "tenant": work.tenant_id, "id": new_id(), "account": account_id, "bucket": bucket, "amount": amount,
            "cause": cause, "order": order_id, "receivable": receivable_id, "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
