"""Open items as rows: written once, read under the locks of their books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.receivables.debtor import Debtor, lock_books
from oms.receivables.errors import ReceivableExists, ReceivableNotFound
from oms.receivables.numbers import Kind
from oms.receivables.post_transaction import Party

_INSERT = """
INSERT INTO receivables (tenant_id, id, account_id, customer_id, kind, number, currency, net, tax, amount, open_amount,
  billed, posted_on, due_on, order_id, invoice_id, method, reference, banked_on, note, created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(account)s, %(customer)s, %(kind)s, %(number)s, %(currency)s, %(net)s, %(tax)s,
  %(amount)s, %(amount)s, %(billed)s, %(today)s, %(due)s, %(order)s, %(invoice)s, %(method)s, %(reference)s,
  %(banked)s, %(note)s, %(now)s, %(actor)s)
"""
_LINES = """
INSERT INTO receivable_lines (tenant_id, id, receivable_id, line_no, kind, order_line_id, of_line_id, sku, name,
  quantity, unit_price, tax_rate, net, tax, gross)
SELECT %(tenant)s, new_id(), %(receivable)s, x.line_no, x.kind, x.order_line_id, x.of_line_id, x.sku, x.name,
  x.quantity, x.unit_price, x.tax_rate, x.net, x.tax, x.net + x.tax
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (line_no int, kind text, order_line_id uuid, of_line_id uuid, sku text,
  name text, quantity numeric, unit_price numeric, tax_rate numeric, net numeric, tax numeric)
"""
_ITEMS = """
SELECT id, account_id, customer_id, kind, number, currency, net, tax, amount, open_amount, refunded, billed, aged,
  due_on, order_id, invoice_id, voided
FROM receivables WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One open item under its lock. amount, open_amount: < 0 for payments and credit notes"""

    id: UUID
    account_id: UUID | None
    customer_id: UUID
    kind: str
    number: str
    currency: str
    net: Decimal
    tax: Decimal
    amount: Decimal
    open_amount: Decimal
    refunded: Decimal
    billed: Decimal
    aged: bool
    due_on: date | None
    order_id: UUID | None
    invoice_id: UUID | None
    voided: bool

    @property
    def party(self) -> Party:
        return Party(self.customer_id, self.account_id)

    @property
    def bucket(self) -> str:
        """Where its open amount stands in the credit account."""
        if self.kind != "invoice":
            return "unapplied_payments"
        return "overdue" if self.aged else "open_invoices"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """net, tax: > 0 for an invoice; of payments and credit notes as well: the sign follows from the kind"""

    kind: Kind
    number: str
    net: Decimal
    tax: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)
    due_on: date | None = None
    order_id: UUID | None = None
    invoice_id: UUID | None = None
    method: str = ""
    reference: str = ""
    banked_on: date | None = None
    note: str = ""
    lines: Sequence[Mapping[str, Any]] = ()


def write_item(work: Work, debtor: Debtor, item: NewItem) -> UUID:
    """The id of the new item. Raises ReceivableExists where the number is taken."""
    sign = 1 if item.kind == "invoice" else -1
    item_id = new_id()
    try:
        work.execute(
            _INSERT,
            {
                "tenant": work.tenant_id, "id": item_id, "account": debtor.account_id, "customer": debtor.customer_id,
                "kind": item.kind, "number": item.number, "currency": debtor.currency, "net": sign * item.net,
                "tax": sign * item.tax, "amount": sign * (item.net + item.tax), "billed": item.billed,
                "today": work.today, "due": item.due_on, "order": item.order_id, "invoice": item.invoice_id,
                "method": item.method, "reference": item.reference, "banked": item.banked_on, "note": item.note,
                "now": work.now, "actor": work.actor.name,
            },
        )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        of_reference = "reference" in (error.diag.constraint_name or "")
        raise ReceivableExists(kind=item.kind, number=item.reference if of_reference else item.number) from None
    if item.lines:
        lines = [{"line_no": number, **line} for number, line in enumerate(item.lines, start=1)]
        work.execute(_LINES, {"tenant": work.tenant_id, "receivable": item_id, "lines": dumps(lines)})
    return item_id


def lock_items(work: Work, *item_ids: UUID) -> list[Item]:
    """The items in the order asked for, with the locks of their books: orders, accounts, customers, items.

    raises ReceivableNotFound where one is not there, or out of reach
    """
    parameters = {"tenant": work.tenant_id, "ids": sorted(set(item_ids))}
    seen = work.rows(_ITEMS, parameters)
    if len(seen) < len(set(item_ids)) or not all(work.actor.may_see("customer", one.customer_id) for one in seen):
        raise ReceivableNotFound()
    lock_books(
        work, orders=[one.order_id for one in seen], accounts=[one.account_id for one in seen],
        customers=[one.customer_id for one in seen if one.account_id is None],
    )  # fmt: skip
    found = {row.id: Item(**row._asdict()) for row in work.rows(f"{_ITEMS} FOR NO KEY UPDATE", parameters)}
    return [found[item_id] for item_id in item_ids]
