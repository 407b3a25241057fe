"""Books an invoice, payment or credit note by hand, as it stands on a paper from elsewhere: number and amount.

An invoice raises `open_invoices` (and takes its order out of `open_orders`); a payment or credit note waits in
`unapplied_payments` until it is applied; what is applied leaves both. Each step leaves entries in both ledgers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.credit.rebook_order import rebook_order
from oms.receivables.debtor import Debtor, book_bucket, find_debtor, lock_debtor
from oms.receivables.errors import MoneyInvalid
from oms.receivables.items import NewItem, write_item
from oms.receivables.money_of_orders import derive_money
from oms.receivables.numbers import Kind
from oms.receivables.plan import digits, exact_in
from oms.receivables.post_transaction import Entry, post_transaction
from tenants.access.audit import audit

# What an order still counts to the account of the item; of another account's order nothing is taken.
_EXPOSED = """
SELECT credit_exposed FROM orders
WHERE tenant_id = %(tenant)s AND id = %(order)s AND customer_id = %(customer)s AND credit_account_id = %(account)s
"""
_ORDER_OF = """
SELECT 1 FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s AND customer_id = %(customer)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReceivable:
    """amount  > 0, in the account's currency
    due_on  of an invoice; None: today and the customer's payment terms
    order_id  of this customer; that of another is not kept
    """

    customer_id: UUID
    kind: Kind
    number: str
    amount: Decimal
    due_on: date | None = None
    order_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivablePosted:
    """account_id  None where the customer has no credit account"""

    receivable_id: UUID
    account_id: UUID | None


def post_receivable(work: Work, command: PostReceivable) -> ReceivablePosted:
    """Raises DebtorNotFound, MoneyInvalid, ReceivableExists."""
    debtor = find_debtor(work, command.customer_id)
    if not exact_in(command.amount, debtor.currency):
        raise MoneyInvalid(digits=digits(debtor.currency))
    lock_debtor(work, debtor, orders=[command.order_id])
    parameters = {"tenant": work.tenant_id, "order": command.order_id, "customer": command.customer_id}
    order_id = command.order_id if command.order_id and work.scalar(_ORDER_OF, parameters) else None
    is_invoice = command.kind == "invoice"
    exposed = Decimal(0)
    if is_invoice and order_id is not None:
        exposed = Decimal(work.scalar(_EXPOSED, {**parameters, "account": debtor.account_id}) or 0)
    billed = min(exposed, command.amount)
    item_id = write_item(
        work, debtor,
        NewItem(
            kind=command.kind, number=command.number, net=command.amount, billed=billed, order_id=order_id,
            due_on=(command.due_on or debtor.terms.due_on(work.today)) if is_invoice else None, note=command.note,
        ),
    )  # fmt: skip
    post_item(work, debtor, command.kind, item_id, net=command.amount, order_id=order_id)
    if order_id is not None and billed:
        rebook_order(
            work, order_id, debtor.account_id, exposed=exposed, exposure=exposed - billed, cause="order_billed",
            receivable_id=item_id,
        )  # fmt: skip
    derive_money(work, [order_id])
    changes = {
        "kind": (None, command.kind), "number": (None, command.number), "amount": (None, f"{command.amount:f}"),
    }  # fmt: skip
    audit(work, "receivable.post", "receivable", to_text("rec", item_id), changes)
    return ReceivablePosted(receivable_id=item_id, account_id=debtor.account_id)


def post_item(
    work: Work,
    debtor: Debtor,
    kind: Kind,
    item_id: UUID,
    *,
    net: Decimal,
    tax: Decimal = Decimal(0),
    order_id: UUID | None = None,
) -> None:
    """A new item into the ledger and the account's buckets."""
    gross, party = net + tax, debtor.party
    entries = {
        "invoice": [Entry("receivable", gross, party), Entry("revenue", -net), Entry("tax_payable", -tax)],
        "payment": [Entry("bank", gross), Entry("deposits", -gross, party)],
        "credit_note": [Entry("revenue", net), Entry("tax_payable", tax), Entry("deposits", -gross, party)],
    }[kind]
    post_transaction(work, kind, debtor.currency, entries, receivable_id=item_id, order_id=order_id)
    bucket = "open_invoices" if kind == "invoice" else "unapplied_payments"
    book_bucket(work, debtor.account_id, bucket, gross, cause=f"{kind}_posted", receivable_id=item_id)
