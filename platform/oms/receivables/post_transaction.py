"""The one way into the double-entry ledger: a transaction with entries that balance, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

# code -> kind. `deposits` is what customers have paid or were credited and that settles no invoice yet.
CHART = {
    "receivable": "asset",
    "bank": "asset",
    "deposits": "liability",
    "tax_payable": "liability",
    "revenue": "income",
    "write_off": "expense",
}
_POST = """
WITH chart AS (
  INSERT INTO ledger_accounts (tenant_id, code, kind)
  SELECT %(tenant)s, x.code, x.kind FROM jsonb_to_recordset(%(chart)s::jsonb) AS x (code text, kind text)
  WHERE NOT EXISTS (SELECT FROM ledger_accounts a WHERE a.tenant_id = %(tenant)s AND a.code = x.code)
  ON CONFLICT DO NOTHING
), posted AS (
  INSERT INTO ledger_transactions (tenant_id, id, kind, posted_on, at, actor, receivable_id, order_id)
  VALUES (%(tenant)s, %(id)s, %(kind)s, %(today)s, %(now)s, %(actor)s, %(receivable)s, %(order)s)
)
INSERT INTO ledger_entries
  (tenant_id, id, transaction_id, account, currency, debit, credit, customer_id, credit_account_id)
SELECT %(tenant)s, new_id(), %(id)s, x.account, %(currency)s, x.debit, x.credit, x.customer_id, x.credit_account_id
FROM jsonb_to_recordset(%(entries)s::jsonb)
  AS x (account text, debit numeric, credit numeric, customer_id uuid, credit_account_id uuid)
"""


@dataclass(frozen=True, slots=True)
class Party:
    """Whose sub-ledger an entry belongs to."""

    customer_id: UUID
    credit_account_id: UUID | None


@dataclass(frozen=True, slots=True)
class Entry:
    """amount  > 0 is a debit, < 0 a credit; one of 0 is left out"""

    account: str
    amount: Decimal
    party: Party | None = None


def post_transaction(
    work: Work,
    kind: str,
    currency: str,
    entries: Sequence[Entry],
    *,
    receivable_id: UUID | None = None,
    order_id: UUID | None = None,
) -> UUID:
    """The transaction's id. Entries that do not balance are a bug, and the database refuses them at commit."""
    assert sum((entry.amount for entry in entries), Decimal(0)) == 0, entries
    assert all(entry.account in CHART for entry in entries)
    transaction_id = new_id()
    rows = [
        {
            "account": entry.account, "debit": max(entry.amount, Decimal(0)), "credit": max(-entry.amount, Decimal(0)),
            "customer_id": entry.party.customer_id if entry.party else None,
            "credit_account_id": entry.party.credit_account_id if entry.party else None,
        }
        for entry in entries
        if entry.amount
    ]  # fmt: skip
    work.execute(
        _POST,
        {
            "tenant": work.tenant_id, "id": transaction_id, "kind": kind, "today": work.today, "now": work.now,
            "actor": work.actor.name, "receivable": receivable_id, "order": order_id, "currency": currency,
            "chart": dumps([{"code": code, "kind": of} for code, of in CHART.items()]), "entries": dumps(rows),
        },
    )  # fmt: skip
    return transaction_id
