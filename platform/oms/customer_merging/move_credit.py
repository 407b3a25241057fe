"""Open items and exposure change hands: in the ledger, and where the credit account changes, on both accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.credit.book_exposure import book_exposure
from oms.receivables.post_transaction import Entry, Party, post_transaction

_ITEMS = """
SELECT id, kind, currency, open_amount, aged, customer_id, account_id FROM receivables
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
"""
_ORDERS = """
SELECT id, credit_account_id, credit_exposed FROM orders
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOwner:
    """Whose an item becomes, and on which account it counts from now on."""

    item_id: UUID
    customer_id: UUID
    account_id: UUID | None


def move_items(work: Work, owners: Iterable[NewOwner], *, cause: str) -> None:
    """Books the transfer of open items to their new owners. The rows themselves are changed by the caller.

    The accounts are locked.
    """
    new = {owner.item_id: owner for owner in owners}
    for item in work.rows(_ITEMS, {"tenant": work.tenant_id, "ids": list(new)}):
        owner = new[item.id]
        before = Party(item.customer_id, item.account_id)
        after = Party(owner.customer_id, owner.account_id)
        if before == after or not item.open_amount:
            continue
        account = "receivable" if item.kind == "invoice" else "deposits"
        entries = [Entry(account, item.open_amount, after), Entry(account, -item.open_amount, before)]
        post_transaction(work, cause, item.currency, entries, receivable_id=item.id)
        if before.credit_account_id != after.credit_account_id:
            bucket, amount = _bucket(item)
            for holder, change in ((item.account_id, -amount), (owner.account_id, amount)):
                if holder is not None:
                    book_exposure(work, holder, bucket, change, cause=cause, receivable_id=item.id)


def move_orders(work: Work, accounts: dict[UUID, UUID | None], *, cause: str) -> None:
    """accounts: order -> the account that counts it from now on. As move_items."""
    for order in work.rows(_ORDERS, {"tenant": work.tenant_id, "ids": list(accounts)}):
        for holder, change in (
            (order.credit_account_id, -order.credit_exposed), (accounts[order.id], order.credit_exposed)
        ):  # fmt: skip
            if holder is not None:
                book_exposure(work, holder, "open_orders", change, cause=cause, order_id=order.id)


def _bucket(item: Any) -> tuple[str, Decimal]:
    if item.kind != "invoice":
        return "unapplied_payments", -item.open_amount
    return "overdue" if item.aged else "open_invoices", item.open_amount
