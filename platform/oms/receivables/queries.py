"""Reads of invoices, payments and credit notes, of what is overdue, and of what was dunned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.receivables.errors import ReceivableNotFound

_COLUMNS = """r.id, r.kind, r.number, r.currency, r.net, r.tax, r.amount, r.open_amount, r.refunded, r.posted_on,
  r.due_on, r.voided, r.method, r.reference, r.banked_on, r.note, r.created_by, r.order_id, r.invoice_id, r.customer_id,
  c.number AS customer_number, c.name AS customer_name, o.number AS order_number,
  (SELECT i.number FROM receivables i WHERE i.tenant_id = %(tenant)s AND i.id = r.invoice_id) AS invoice_number,
  greatest(%(today)s - r.due_on, 0) AS days_overdue"""
_FROM = """FROM receivables r
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = r.order_id
WHERE r.tenant_id = %(tenant)s AND (%(reach)s::uuid[] IS NULL OR r.customer_id = ANY(%(reach)s))"""
_LIST = f"""
SELECT {_COLUMNS} {_FROM}
  AND (%(kind)s::text IS NULL OR r.kind = %(kind)s) AND (%(customer)s::uuid IS NULL OR r.customer_id = %(customer)s)
  AND (%(order)s::uuid IS NULL OR r.order_id = %(order)s) AND (NOT %(open_only)s OR r.open_amount <> 0)
  AND (NOT %(overdue)s OR (r.open_amount > 0 AND r.due_on < %(today)s))
  AND (%(words)s::text IS NULL OR r.number ILIKE %(words)s OR r.reference ILIKE %(words)s OR c.name ILIKE %(words)s)
  AND (%(before)s::uuid IS NULL OR r.id < %(before)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""
_ONE = f"SELECT {_COLUMNS}, r.account_id, c.email AS customer_email {_FROM} AND r.id = %(id)s"
_LINES = "SELECT * FROM receivable_lines WHERE tenant_id = %(tenant)s AND receivable_id = %(id)s ORDER BY line_no"
_APPLIED = """
SELECT o.id, o.kind, o.number, sum(x.amount) AS amount, max(x.at) AS at FROM receivable_applications x
JOIN receivables o ON o.tenant_id = %(tenant)s
  AND o.id = CASE WHEN x.invoice_id = %(id)s THEN x.payment_id ELSE x.invoice_id END
WHERE x.tenant_id = %(tenant)s AND %(id)s IN (x.invoice_id, x.payment_id)
GROUP BY o.id, o.kind, o.number HAVING sum(x.amount) <> 0 ORDER BY max(x.at), o.id
"""
_DUNNED = """
SELECT step, open_amount, days_overdue, reminded, stopped, at FROM dunning_entries
WHERE tenant_id = %(tenant)s AND invoice_id = %(id)s ORDER BY step
"""
_POSTINGS = """
SELECT t.id, t.kind, t.posted_on, t.actor, e.account, e.debit, e.credit FROM ledger_transactions t
JOIN ledger_entries e ON e.tenant_id = %(tenant)s AND e.transaction_id = t.id
WHERE t.tenant_id = %(tenant)s AND t.receivable_id = %(id)s ORDER BY t.id, e.debit DESC, e.account
"""
_INVOICE_ADDRESS = """
SELECT o.bill_to FROM orders o WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""
_AGING = """
SELECT c.id AS customer_id, c.number, c.name, r.currency,
  sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND %(on)s - r.due_on <= 0) AS not_due,
  sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND %(on)s - r.due_on BETWEEN 1 AND 30) AS days_30,
  sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND %(on)s - r.due_on BETWEEN 31 AND 60) AS days_60,
  sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND %(on)s - r.due_on BETWEEN 61 AND 90) AS days_90,
  sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND %(on)s - r.due_on > 90) AS older,
  -sum(r.open_amount) FILTER (WHERE r.kind <> 'invoice') AS unapplied,
  sum(r.open_amount) AS balance
FROM receivables r JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
WHERE r.tenant_id = %(tenant)s AND r.open_amount <> 0
  AND (%(reach)s::uuid[] IS NULL OR r.customer_id = ANY(%(reach)s))
  AND (%(customer)s::uuid IS NULL OR r.customer_id = %(customer)s)
GROUP BY c.id, c.number, c.name, r.currency ORDER BY c.number, r.currency LIMIT %(limit)s
"""
# Invoices that are overdue, with the last step they have reached: who is to be followed up.
_FOLLOW_UP = """
SELECT r.id, r.number, r.customer_id, c.number AS customer_number, c.name AS customer_name, c.phone, r.currency,
  r.open_amount, r.due_on, %(today)s - r.due_on AS days_overdue, d.step, d.at, d.reminded, d.stopped
FROM receivables r JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
LEFT JOIN LATERAL (SELECT * FROM dunning_entries e WHERE e.tenant_id = %(tenant)s AND e.invoice_id = r.id
  ORDER BY e.step DESC LIMIT 1) d ON true
WHERE r.tenant_id = %(tenant)s AND r.kind = 'invoice' AND r.open_amount > 0 AND r.due_on < %(today)s
  AND (%(reach)s::uuid[] IS NULL OR r.customer_id = ANY(%(reach)s))
ORDER BY r.due_on, r.id LIMIT %(limit)s
"""
_STEPS = "SELECT step, after_days, remind, stop, words FROM dunning_steps WHERE tenant_id = %(tenant)s ORDER BY step"
AGE_COLUMNS = ("not_due", "days_30", "days_60", "days_90", "older")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """words  part of a number, a reference or the customer's name"""

    kind: str | None = None
    customer_id: UUID | None = None
    order_id: UUID | None = None
    open_only: bool = False
    overdue: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """applied: the other side of each application; postings: entries of the ledger"""

    item: Any
    lines: list[Any]
    applied: list[Any]
    dunned: list[Any]
    postings: list[Any]
    bill_to: dict[str, Any]


def list_items(work: Work, wanted: ItemFilter, *, limit: int = 50, before: UUID | None = None) -> list[Any]:
    """Items within reach, newest first, those before the id `before`."""
    words = wanted.words.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return work.rows(
        _LIST,
        {
            **_base(work), "kind": wanted.kind, "customer": wanted.customer_id, "order": wanted.order_id,
            "open_only": wanted.open_only, "overdue": wanted.overdue, "words": f"%{words}%" if words else None,
            "before": before, "limit": limit,
        },
    )  # fmt: skip


def read_item(work: Work, item_id: UUID, kind: str | None = None) -> ItemDetail:
    """One item with all that belongs to it. Raises ReceivableNotFound, also where it is not of `kind`."""
    parameters = {**_base(work), "id": item_id}
    item = work.row(_ONE, parameters)
    if item is None or (kind is not None and item.kind != kind):
        raise ReceivableNotFound()
    address = work.scalar(_INVOICE_ADDRESS, {**parameters, "order": item.order_id}) if item.order_id else None
    return ItemDetail(
        item=item, lines=work.rows(_LINES, parameters), applied=work.rows(_APPLIED, parameters),
        dunned=work.rows(_DUNNED, parameters), postings=work.rows(_POSTINGS, parameters), bill_to=address or {},
    )  # fmt: skip


def read_aging(work: Work, *, on: date | None = None, customer_id: UUID | None = None, limit: int = 1000) -> list[Any]:
    """What is open by customer and currency, by how long it is overdue on the day `on` (None: today)."""
    rows = work.rows(_AGING, {**_base(work), "on": on or work.today, "customer": customer_id, "limit": limit})
    return [
        row._replace(**{name: getattr(row, name) or Decimal(0) for name in (*AGE_COLUMNS, "unapplied")}) for row in rows
    ]


def read_follow_up(work: Work, *, limit: int = 200) -> list[Any]:
    """Overdue invoices within reach, the oldest first, each with the last dunning step."""
    return work.rows(_FOLLOW_UP, {**_base(work), "limit": limit})


def read_steps(work: Work) -> list[Any]:
    """The tenant's dunning steps; [] where it does not dun."""
    return work.rows(_STEPS, {"tenant": work.tenant_id})


def _base(work: Work) -> dict[str, Any]:
    return {"tenant": work.tenant_id, "today": work.today, "reach": work.actor.reach_list("customer")}
