"""Moves one bucket of a credit account and of those above it, with the ledger entries that prove it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.credit.account_sql import CHAIN
from oms.credit.policy import BUCKETS

_BOOK = f"""
WITH RECURSIVE chain AS ({CHAIN.replace("{start}", "s.id = %(account)s")}), moved AS (
  UPDATE credit_accounts SET {{bucket}} = {{bucket}} + %(amount)s
  WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(SELECT id FROM chain)) RETURNING id
)
INSERT INTO credit_entries
  (tenant_id, id, account_id, bucket, amount, cause, order_id, receivable_id, at, actor)
SELECT %(tenant)s, new_id(), moved.id, %(bucket)s, %(amount)s, %(cause)s, %(order)s::uuid, %(receivable)s::uuid,
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
    """Adds `amount` (negative takes risk away) to `bucket`. Nothing is written for an amount of 0.

    The account was locked before (`lock_account`), and with it those above.
    """
    assert bucket in BUCKETS
    if not amount:
        return
    work.execute(
        _BOOK.format(bucket=bucket),
        {
            "tenant": work.tenant_id, "account": account_id, "bucket": bucket, "amount": amount,
            "cause": cause, "order": order_id, "receivable": receivable_id, "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
