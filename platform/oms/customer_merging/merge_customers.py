"""Makes one customer of two: everything of the loser becomes the winner's, and each changed value is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.credit.lock_account import lock_accounts
from oms.customer_merging.errors import CustomerMergedAlready, SameCustomer, SiteNumbersMeet
from oms.customer_merging.move_credit import NewOwner, move_items, move_orders
from oms.customer_merging.moved_tables import MOVED, MovedColumn
from oms.customer_merging.plan import choose_account, taken_over
from oms.customers.errors import CustomerNotFound
from oms.customers.refresh_search import refresh_search
from oms.receivables.debtor import lock_books
from tenants.access.audit import audit

_ORDERS = """
SELECT id FROM orders WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(pair)s) ORDER BY id
"""
_PAIR = """
SELECT * FROM customers WHERE tenant_id = %(tenant)s AND id = ANY(%(pair)s) ORDER BY id FOR UPDATE
"""
_ACCOUNTS = "SELECT credit_account_id FROM customers WHERE tenant_id = %(tenant)s AND id = ANY(%(pair)s)"
_SITES = """
SELECT a.number FROM customer_sites a JOIN customer_sites b ON b.tenant_id = %(tenant)s AND b.number = a.number
  AND b.customer_id = %(winner)s
WHERE a.tenant_id = %(tenant)s AND a.customer_id = %(loser)s LIMIT 1
"""
_MERGE = """
INSERT INTO customer_merges (tenant_id, id, winner_id, loser_id, note, at, actor)
VALUES (%(tenant)s, %(merge)s, %(winner)s, %(loser)s, %(note)s, %(now)s, %(actor)s)
"""
_MOVE = """
WITH old AS (
  SELECT t.id FROM {table} t WHERE t.tenant_id = %(tenant)s AND t.{column} = %(loser)s {unless} FOR UPDATE
), moved AS (
  UPDATE {table} t SET {column} = %(winner)s FROM old WHERE t.tenant_id = %(tenant)s AND t.id = old.id
)
INSERT INTO customer_merge_rows (tenant_id, id, merge_id, table_name, row_id, column_name, before, after)
SELECT %(tenant)s, new_id(), %(merge)s, '{table}', old.id, '{column}', to_jsonb(%(loser)s::uuid),
  to_jsonb(%(winner)s::uuid) FROM old
"""
# The winner keeps its own default addresses.
_DEFAULTS = """
WITH old AS (
  SELECT t.id, t.{column} AS before FROM customer_addresses t
  WHERE t.tenant_id = %(tenant)s AND t.customer_id = %(loser)s AND t.{column}
    AND EXISTS (SELECT FROM customer_addresses w
      WHERE w.tenant_id = %(tenant)s AND w.customer_id = %(winner)s AND w.{column})
), moved AS (
  UPDATE customer_addresses t SET {column} = false FROM old WHERE t.tenant_id = %(tenant)s AND t.id = old.id
)
INSERT INTO customer_merge_rows (tenant_id, id, merge_id, table_name, row_id, column_name, before, after)
SELECT %(tenant)s, new_id(), %(merge)s, 'customer_addresses', old.id, '{column}', 'true', 'false' FROM old
"""
_SCOPES = """
WITH old AS (
  SELECT id, customer_scope AS before FROM users t
  WHERE t.tenant_id = %(tenant)s AND %(loser)s = ANY(t.customer_scope) AND NOT %(winner)s = ANY(t.customer_scope)
), moved AS (
  UPDATE users t SET customer_scope = old.before || %(winner)s::uuid FROM old
  WHERE t.tenant_id = %(tenant)s AND t.id = old.id
)
INSERT INTO customer_merge_rows (tenant_id, id, merge_id, table_name, row_id, column_name, before, after)
SELECT %(tenant)s, new_id(), %(merge)s, 'users', id, 'customer_scope', to_jsonb(before),
  to_jsonb(before || %(winner)s::uuid) FROM old
"""
_ACCOUNT = """
WITH old AS (
  SELECT t.id, t.{column} AS before FROM {table} t
  WHERE t.tenant_id = %(tenant)s AND t.customer_id = ANY(%(pair)s) AND t.{column} = %(leaves)s
), moved AS (
  UPDATE {table} t SET {column} = %(stays)s FROM old WHERE t.tenant_id = %(tenant)s AND t.id = old.id
)
INSERT INTO customer_merge_rows (tenant_id, id, merge_id, table_name, row_id, column_name, before, after)
SELECT %(tenant)s, new_id(), %(merge)s, '{table}', id, '{column}', to_jsonb(before), to_jsonb(%(stays)s::uuid) FROM old
"""
_OPEN_ITEMS = """
SELECT id, account_id FROM receivables WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(pair)s) ORDER BY id
"""
_COUNTED = """
SELECT id FROM orders
WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(pair)s) AND credit_account_id = %(leaves)s ORDER BY id
"""
_CHANGE = "UPDATE customers SET {column} = %(value)s WHERE tenant_id = %(tenant)s AND id = %(id)s"
_NOTE_CHANGE = """
INSERT INTO customer_merge_rows (tenant_id, id, merge_id, table_name, row_id, column_name, before, after)
SELECT %(tenant)s, x.id, %(merge)s, 'customers', x.row_id, x.column_name, x.before, x.after
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, row_id uuid, column_name text, before jsonb, after jsonb)
"""
_DECIDED = """
UPDATE customer_suspects SET status = 'merged', decided_at = %(now)s, decided_by = %(actor)s
WHERE tenant_id = %(tenant)s AND one_id = ANY(%(pair)s) AND other_id = ANY(%(pair)s) AND status = 'open'
"""
_MOVED_ROWS = "SELECT count(*) FROM customer_merge_rows WHERE tenant_id = %(tenant)s AND merge_id = %(merge)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCustomers:
    """take            names of `plan.FIELDS` that the winner takes from the loser
    credit_account  id of the account that stays; None: there is no choice to make
    """

    winner_id: UUID
    loser_id: UUID
    take: tuple[str, ...] = ()
    credit_account: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged:
    """moved: values that were changed, over all tables"""

    topic = "customer.merged"

    merge_id: UUID
    winner_id: UUID
    loser_id: UUID
    moved: int

    def to_json(self) -> dict[str, Any]:
        return {
            "merge_id": to_text("mrg", self.merge_id), "customer_id": to_text("cus", self.winner_id),
            "merged_customer_id": to_text("cus", self.loser_id), "moved": self.moved,
        }  # fmt: skip


def merge_customers(work: Work, command: MergeCustomers) -> CustomersMerged:
    """Moves all of the loser to the winner.

    raises  SameCustomer, CustomerNotFound, CustomerMergedAlready, SiteNumbersMeet, CreditAccountsDiffer,
            CreditAccountNotTheirs, CreditCurrenciesDiffer
    """
    if command.winner_id == command.loser_id:
        raise SameCustomer()
    merge = new_id()
    pair = [command.winner_id, command.loser_id]
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "pair": pair, "winner": command.winner_id, "loser": command.loser_id,
        "merge": merge, "note": command.note.strip()[:500], "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    winner, loser, accounts = _lock_pair(work, command, parameters)
    if (met := work.scalar(_SITES, parameters)) is not None:
        raise SiteNumbersMeet(number=met)
    theirs = [accounts.get(one["credit_account_id"]) for one in (winner, loser)]
    stays = choose_account(theirs[0], theirs[1], command.credit_account)
    work.execute(_MERGE, parameters)
    _move_money(work, parameters, stays.id if stays else None, [one.id for one in theirs if one])
    for column in ("is_default_shipping", "is_default_billing"):
        work.execute(_DEFAULTS.format(column=column), parameters)
    for moved in MOVED:
        work.execute(_move_statement(moved), parameters)
    work.execute(_SCOPES, parameters)
    changes = taken_over(winner, loser, command.take)
    if (stays.id if stays else None) != winner["credit_account_id"]:
        changes["credit_account_id"] = stays.id if stays else None
    if loser["parent_id"] is not None and winner["parent_id"] is None and loser["parent_id"] != winner["id"]:
        changes["parent_id"] = loser["parent_id"]
    change_customer(work, merge, winner, changes)
    change_customer(work, merge, loser, {"active": False, "merged_into": command.winner_id})
    work.execute(_DECIDED, parameters)
    refresh_search(work, pair)
    return _announce(work, command, merge, winner, loser)


def _lock_pair(
    work: Work, command: MergeCustomers, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[UUID, Any]]:
    """Orders, accounts, then both customers. Returns (winner, loser, accounts by id)."""
    for customer_id in (command.winner_id, command.loser_id):
        if not work.actor.may_see("customer", customer_id):
            raise CustomerNotFound(customer_id=str(customer_id))
    ids = {row.credit_account_id for row in work.rows(_ACCOUNTS, parameters)} - {None}
    lock_books(work, orders=[row.id for row in work.rows(_ORDERS, parameters)], accounts=ids)
    rows = {row["id"]: row for row in work.mappings(_PAIR, parameters)}
    for customer_id in (command.winner_id, command.loser_id):
        if customer_id not in rows:
            raise CustomerNotFound(customer_id=str(customer_id))
        if rows[customer_id]["merged_into"] is not None:
            raise CustomerMergedAlready(number=rows[customer_id]["number"])
    ids = {row["credit_account_id"] for row in rows.values()} - {None}
    return rows[command.winner_id], rows[command.loser_id], lock_accounts(work, ids)


def _move_statement(moved: MovedColumn) -> str:
    unless = f"AND NOT EXISTS ({moved.unless})" if moved.unless else ""
    return _MOVE.format(table=moved.table, column=moved.column, unless=unless)


def _move_money(work: Work, parameters: dict[str, Any], stays: UUID | None, accounts: list[UUID]) -> None:
    """Before rows move: what is open is booked over to the winner, on the account that stays."""
    leaves = next((account for account in accounts if account != stays), None)
    items = [
        NewOwner(
            item_id=row.id, customer_id=parameters["winner"],
            account_id=stays if leaves is not None and row.account_id == leaves else row.account_id,
        )
        for row in work.rows(_OPEN_ITEMS, parameters)
    ]  # fmt: skip
    move_items(work, items, cause="customers_merged")
    if leaves is None:
        return
    moving = {**parameters, "leaves": leaves, "stays": stays}
    move_orders(work, {row.id: stays for row in work.rows(_COUNTED, moving)}, cause="customers_merged")
    work.execute(_ACCOUNT.format(table="orders", column="credit_account_id"), moving)
    work.execute(_ACCOUNT.format(table="receivables", column="account_id"), moving)


def change_customer(work: Work, merge: UUID, row: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Writes the columns, and what they were before."""
    for column, value in changes.items():
        work.execute(_CHANGE.format(column=column), {"tenant": work.tenant_id, "id": row["id"], "value": value})
    notes = [
        {"id": new_id(), "row_id": row["id"], "column_name": name, "before": row[name], "after": value}
        for name, value in changes.items()
    ]
    work.execute(_NOTE_CHANGE, {"tenant": work.tenant_id, "merge": merge, "rows": dumps(notes)})


def _announce(
    work: Work, command: MergeCustomers, merge: UUID, winner: Mapping[str, Any], loser: Mapping[str, Any]
) -> CustomersMerged:
    moved = int(work.scalar(_MOVED_ROWS, {"tenant": work.tenant_id, "merge": merge}))
    outcome = CustomersMerged(
        merge_id=merge, winner_id=command.winner_id, loser_id=command.loser_id, moved=moved
    )  # fmt: skip
    told = {"merged": (loser["number"], winner["number"]), "moved": (None, moved), "took": (None, list(command.take))}
    audit(work, "customer.merge", "customer", to_text("cus", command.winner_id), told)
    audit(work, "customer.merged_into", "customer", to_text("cus", command.loser_id), told)
    put_event(work, outcome)
    return outcome
