"""A customer's statement: what was posted, what is open, and the balance after each entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.receivables.errors import DebtorNotFound
from oms.receivables.plan import ZERO, ages_of

# What the customer owes moves when an item is posted, paid back or given up: the ledger's receivable less deposits.
_STATEMENT = """
SELECT * FROM (
  SELECT id, kind, number, amount, open_amount, posted_on, due_on, note,
    sum(amount) OVER (ORDER BY posted_on, id) AS balance
  FROM receivables WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
) entries
WHERE NOT %(open_only)s OR open_amount <> 0
ORDER BY posted_on DESC, id DESC LIMIT %(limit)s
"""
_MOVES = """
SELECT t.id, t.kind, t.posted_on, r.number, r.due_on, r.note, r.id AS receivable_id, o.number AS order_number,
  sum(e.debit - e.credit) AS amount
FROM ledger_entries e
JOIN ledger_transactions t ON t.tenant_id = %(tenant)s AND t.id = e.transaction_id
LEFT JOIN receivables r ON r.tenant_id = %(tenant)s AND r.id = t.receivable_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = r.order_id
WHERE e.tenant_id = %(tenant)s AND e.customer_id = %(customer)s AND e.account IN ('receivable', 'deposits')
  AND e.currency = %(currency)s AND t.kind <> 'application' AND t.posted_on BETWEEN %(first)s AND %(last)s
GROUP BY t.id, t.kind, t.posted_on, t.at, r.number, r.due_on, r.note, r.id, o.number
ORDER BY t.posted_on, t.at, t.id
"""
_BEFORE = """
SELECT coalesce(sum(e.debit - e.credit), 0) FROM ledger_entries e
JOIN ledger_transactions t ON t.tenant_id = %(tenant)s AND t.id = e.transaction_id
WHERE e.tenant_id = %(tenant)s AND e.customer_id = %(customer)s AND e.account IN ('receivable', 'deposits')
  AND e.currency = %(currency)s AND t.posted_on < %(first)s
"""
_OPEN = """
SELECT due_on, open_amount FROM receivables
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND kind = 'invoice' AND open_amount > 0
  AND currency = %(currency)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMove:
    """amount  > 0: the customer owes more; balance: what he owes after it"""

    kind: str
    number: str
    posted_on: date
    due_on: date | None
    note: str
    order_number: str
    receivable_id: UUID | None
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Of the days first to last, both inclusive. ages: of what is open today, by column of `oms.receivables.plan`"""

    currency: str
    first: date
    last: date
    opening: Decimal
    moves: tuple[StatementMove, ...]
    closing: Decimal
    ages: dict[str, Decimal]


def read_statement(work: Work, customer_id: UUID, *, open_only: bool = False, limit: int = 100) -> list[Any]:
    """Entries, newest first, each with the balance after it; invoices add to it, payments and credits take away.

    [] where the customer is out of reach
    """
    if not work.actor.may_see("customer", customer_id):
        return []
    return work.rows(
        _STATEMENT, {"tenant": work.tenant_id, "customer": customer_id, "open_only": open_only, "limit": limit}
    )


def statement_of(work: Work, customer_id: UUID, *, first: date, last: date, currency: str) -> Statement:
    """Every change of what the customer owes in these days, in their order, from the ledger. Raises DebtorNotFound."""
    if not work.actor.may_see("customer", customer_id):
        raise DebtorNotFound()
    parameters = {
        "tenant": work.tenant_id, "customer": customer_id, "currency": currency, "first": first, "last": last,
    }  # fmt: skip
    opening = balance = Decimal(work.scalar(_BEFORE, parameters))
    moves = []
    for row in work.rows(_MOVES, parameters):
        balance += row.amount
        moves.append(
            StatementMove(
                kind=row.kind, number=row.number or "", posted_on=row.posted_on, due_on=row.due_on,
                note=row.note or "", order_number=row.order_number or "", receivable_id=row.receivable_id,
                amount=row.amount, balance=balance,
            )
        )  # fmt: skip
    items = [(row.due_on, row.open_amount) for row in work.rows(_OPEN, parameters)]
    return Statement(
        currency=currency, first=first, last=last, opening=opening, moves=tuple(moves), closing=balance,
        ages=dict(ages_of(items, work.today)) if items else {name: ZERO for name in ages_of([], work.today)},
    )  # fmt: skip
