"""Every column that names a customer, and what a merge does with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MovedColumn:
    """unless  a row of the same table that keeps one from moving, as SQL over `t` (the row) and %(winner)s;
    such a row stays with the loser, where it says what once was"""

    table: str
    column: str = "customer_id"
    unless: str = ""


def _twin(table: str, *same: str) -> str:
    return f"SELECT FROM {table} w WHERE w.tenant_id = t.tenant_id AND w.customer_id = %(winner)s" + "".join(
        f" AND w.{column} IS NOT DISTINCT FROM t.{column}" for column in same
    )


MOVED = (
    MovedColumn("orders"),
    MovedColumn("receivables"),
    MovedColumn("customer_addresses"),
    MovedColumn("customer_contacts"),
    MovedColumn("customer_sites"),
    MovedColumn("customer_identities"),
    MovedColumn("customer_log"),
    MovedColumn("purchase_requests"),
    MovedColumn("users"),
    MovedColumn("carts", unless=_twin("carts", "user_id")),
    MovedColumn("order_templates"),
    MovedColumn("reservations"),
    MovedColumn("coupons"),
    MovedColumn("promotion_redemptions"),
    MovedColumn("price_list_targets", unless=_twin("price_list_targets", "price_list_id")),
    MovedColumn("rebate_agreements"),
    MovedColumn("rebate_settlements", unless=_twin("rebate_settlements", "agreement_id", "period_from")),
    MovedColumn("customers", "parent_id", unless="SELECT WHERE t.id = %(winner)s"),
    MovedColumn("customers", "merged_into"),  # of those that went up in the loser before
)
# Histories, and the marks of merges themselves: they keep the name under which they were written.
KEPT = {
    ("ledger_entries", "customer_id"),
    ("customer_grade_changes", "customer_id"),
    ("customer_merges", "winner_id"),
    ("customer_merges", "loser_id"),
    ("customer_suspects", "one_id"),
    ("customer_suspects", "other_id"),
}
