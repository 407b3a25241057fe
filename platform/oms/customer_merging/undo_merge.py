"""Takes a merge back, as long as what it moved stands as it left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.customer_merging.errors import MergeCannotBeUndone, MergeNotFound
from oms.customer_merging.move_credit import NewOwner, move_items, move_orders
from oms.customers.refresh_search import refresh_search
from oms.receivables.debtor import lock_books
from tenants.access.audit import audit

ALREADY = N_("it is undone already")
CHANGED = N_("something of it was changed or deleted since")
BILLED = N_("orders that were moved have been invoiced or paid since")
APPLIED = N_("payments were applied to what was moved since")

_MERGE = """
SELECT id, winner_id, loser_id, at, undone_at FROM customer_merges WHERE tenant_id = %(tenant)s AND id = %(merge)s
"""
_LOCKED = f"{_MERGE} FOR UPDATE"
_ROWS = """
SELECT table_name, column_name, array_agg(row_id ORDER BY row_id) AS ids FROM customer_merge_rows
WHERE tenant_id = %(tenant)s AND merge_id = %(merge)s
GROUP BY 1, 2 ORDER BY column_name <> 'merged_into', 1, 2  -- who is merged may not be active, so that goes first
"""
_ACCOUNTS = """
SELECT DISTINCT (x.value #>> '{}')::uuid AS id FROM customer_merge_rows r,
  LATERAL (VALUES (r.before), (r.after)) x (value)
WHERE r.tenant_id = %(tenant)s AND r.merge_id = %(merge)s AND r.column_name IN ('credit_account_id', 'account_id')
  AND x.value IS NOT NULL
"""
_PAIR = "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND id = ANY(%(pair)s) ORDER BY id FOR UPDATE"
_STALE = """
SELECT EXISTS (
  SELECT FROM customer_merge_rows r
  LEFT JOIN {table} t ON t.tenant_id = %(tenant)s AND t.id = r.row_id
  WHERE r.tenant_id = %(tenant)s AND r.merge_id = %(merge)s AND r.table_name = '{table}'
    AND r.column_name = '{column}' AND (t.id IS NULL OR to_jsonb(t.{column}) IS DISTINCT FROM r.after))
"""
_BILLED = """
SELECT EXISTS (SELECT FROM receivables r WHERE r.tenant_id = %(tenant)s AND r.order_id = ANY(%(orders)s)
  AND NOT r.id = ANY(%(items)s) AND r.customer_id = %(winner)s)
"""
_APPLIED = """
SELECT EXISTS (SELECT FROM receivable_applications x WHERE x.tenant_id = %(tenant)s
  AND (x.invoice_id = ANY(%(items)s)) <> (x.payment_id = ANY(%(items)s)))
"""
_BEFORE = """
SELECT row_id, (before #>> '{{}}')::uuid AS before FROM customer_merge_rows
WHERE tenant_id = %(tenant)s AND merge_id = %(merge)s AND table_name = %(table)s AND column_name = %(column)s
"""
_OWNED = """
SELECT id, customer_id, account_id FROM receivables WHERE tenant_id = %(tenant)s AND id = ANY(%(items)s)
"""
_PUT_BACK = """
UPDATE {table} t SET {column} =
  (jsonb_populate_record(NULL::{table}, jsonb_build_object('{column}', r.before))).{column}
FROM customer_merge_rows r
WHERE r.tenant_id = %(tenant)s AND r.merge_id = %(merge)s AND r.table_name = '{table}' AND r.column_name = '{column}'
  AND t.tenant_id = %(tenant)s AND t.id = r.row_id
"""
_UNDONE = """
UPDATE customer_merges SET undone_at = %(now)s, undone_by = %(actor)s WHERE tenant_id = %(tenant)s AND id = %(merge)s
"""
_OPEN_AGAIN = """
UPDATE customer_suspects SET status = 'open', decided_at = NULL, decided_by = NULL
WHERE tenant_id = %(tenant)s AND one_id = ANY(%(pair)s) AND other_id = ANY(%(pair)s) AND status = 'merged'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoMerge:
    merge_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone:
    """restored: values that were put back, over all tables"""

    topic = "customer.merge_undone"

    merge_id: UUID
    winner_id: UUID
    loser_id: UUID
    restored: int

    def to_json(self) -> dict[str, Any]:
        return {
            "merge_id": to_text("mrg", self.merge_id), "customer_id": to_text("cus", self.winner_id),
            "restored_customer_id": to_text("cus", self.loser_id), "restored": self.restored,
        }  # fmt: skip


def undo_merge(work: Work, command: UndoMerge) -> MergeUndone:
    """Puts every value back. Raises MergeNotFound, MergeCannotBeUndone."""
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "merge": command.merge_id, "now": work.now, "actor": work.actor.name
    }  # fmt: skip
    merge = work.row(_MERGE, parameters)
    if merge is None or not work.actor.may_see("customer", merge.winner_id):
        raise MergeNotFound()
    parameters |= {"pair": [merge.winner_id, merge.loser_id], "winner": merge.winner_id}
    moved = work.rows(_ROWS, parameters)
    orders, items = _ids(moved, "orders"), _ids(moved, "receivables")
    parameters |= {"orders": orders, "items": items}
    lock_books(work, orders=orders, accounts=[row.id for row in work.rows(_ACCOUNTS, parameters)])
    work.rows(_PAIR, parameters)
    locked = work.row(_LOCKED, parameters)
    assert locked is not None
    _refuse(work, locked, moved, parameters)
    _money_back(work, parameters)
    restored = 0
    for row in moved:
        restored += work.execute(_PUT_BACK.format(table=row.table_name, column=row.column_name), parameters)
    work.execute(_UNDONE, parameters)
    work.execute(_OPEN_AGAIN, parameters)
    refresh_search(work, parameters["pair"])
    outcome = MergeUndone(
        merge_id=merge.id, winner_id=merge.winner_id, loser_id=merge.loser_id, restored=restored
    )  # fmt: skip
    for customer_id in parameters["pair"]:
        audit(work, "customer.merge_undone", "customer", to_text("cus", customer_id), {"restored": (None, restored)})
    put_event(work, outcome)
    return outcome


def _ids(moved: Sequence[Any], table: str) -> list[UUID]:
    return sorted({key for row in moved if row.table_name == table for key in row.ids})


def _refuse(work: Work, merge: Any, moved: Sequence[Any], parameters: dict[str, Any]) -> None:
    if merge.undone_at is not None:
        raise MergeCannotBeUndone(because=ALREADY)
    for row in moved:
        if work.scalar(_STALE.format(table=row.table_name, column=row.column_name), parameters):
            raise MergeCannotBeUndone(because=CHANGED, table=row.table_name, column=row.column_name)
    if parameters["orders"] and work.scalar(_BILLED, parameters):
        raise MergeCannotBeUndone(because=BILLED)
    if parameters["items"] and work.scalar(_APPLIED, parameters):
        raise MergeCannotBeUndone(because=APPLIED)


def _money_back(work: Work, parameters: dict[str, Any]) -> None:
    """What is open now goes back to whom it was taken from, by counter-entries."""
    customers = _before(work, parameters, "receivables", "customer_id")
    accounts = _before(work, parameters, "receivables", "account_id")
    owned = work.rows(_OWNED, parameters)
    items = [
        NewOwner(
            item_id=row.id, customer_id=customers.get(row.id) or row.customer_id,
            account_id=accounts.get(row.id, row.account_id),
        )
        for row in owned
    ]  # fmt: skip
    move_items(work, items, cause="merge_undone")
    move_orders(work, _before(work, parameters, "orders", "credit_account_id"), cause="merge_undone")


def _before(work: Work, parameters: dict[str, Any], table: str, column: str) -> dict[UUID, UUID | None]:
    rows = work.rows(_BEFORE, {**parameters, "table": table, "column": column})
    return {row.row_id: row.before for row in rows}
