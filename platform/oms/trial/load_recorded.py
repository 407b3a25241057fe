"""Reads placed orders back as they were recorded, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.credit.plan import ACCOUNT_BLOCKED, IGNORED, PREPAID, STOPPED, CreditPosition
from oms.credit.policy import policy_from_plain
from oms.sourcing.place import Place
from oms.trial.recorded import RecordedLine, RecordedOrder

# The decisions of placing; of several allocations the first that says what it saw. Both lie on ix_decisions_order.
_ORDERS = """
SELECT o.id, o.number, o.order_type, o.channel, o.currency, o.placed_at, o.placed_on, o.ship_to, o.requested_on,
  o.buyer_note, o.tags, o.outside_number, o.custom, o.created_by, o.priority, o.promise_on, c.ship_complete,
  c.number AS customer_number, c.name AS customer_name, c.kind AS customer_kind, g.key AS customer_group,
  c.tags AS customer_tags, c.grade AS customer_grade, c.payment_terms_days, c.prepay_percent,
  c.custom AS customer_custom,
  (SELECT d.trace FROM decisions d WHERE d.tenant_id = %(tenant)s AND d.order_id = o.id AND d.kind = 'credit'
    ORDER BY d.id LIMIT 1) AS credit,
  (SELECT d.trace -> 'positions' FROM decisions d WHERE d.tenant_id = %(tenant)s AND d.order_id = o.id
    AND d.kind = 'allocation' AND d.trace ? 'positions' ORDER BY d.id LIMIT 1) AS positions,
  (SELECT jsonb_object_agg(r.promotion, r.coupon) FROM promotion_redemptions r
    WHERE r.tenant_id = %(tenant)s AND r.order_id = o.id AND r.coupon <> '') AS coupons,
  (SELECT f.tax_rate FROM order_charges f WHERE f.tenant_id = %(tenant)s AND f.order_id = o.id AND f.kind = 'freight'
    LIMIT 1) AS freight_tax_rate, o.customer_id
FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s)
"""
_LINES = """
SELECT l.order_id, l.id, l.line_no, l.sku_id, l.sku, p.code AS product, p.category, p.brand, l.ordered, l.list_price,
  l.tax_rate, l.floor_price, l.custom, s.weight_grams
FROM order_lines l
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
WHERE l.tenant_id = %(tenant)s AND l.order_id = ANY(%(orders)s) ORDER BY l.order_id, l.line_no
"""
_PLACES = """
SELECT id, key, coalesce(names ->> %(locale)s, names ->> 'en', key) AS name, kind, country, region, latitude, longitude,
  priority, tags FROM locations WHERE tenant_id = %(tenant)s
"""


def load_recorded(work: Work, order_ids: Sequence[UUID]) -> list[RecordedOrder]:
    """The orders in the order of `order_ids`, in two statements; one that does not exist is left out."""
    parameters = {"tenant": work.tenant_id, "orders": list(order_ids)}
    lines: dict[UUID, list[RecordedLine]] = {}
    for row in work.rows(_LINES, parameters):
        lines.setdefault(row.order_id, []).append(
            RecordedLine(
                id=row.id, line_no=row.line_no, sku_id=row.sku_id, sku=row.sku, product=row.product,
                category=row.category, brand=row.brand, ordered=row.ordered, list_price=row.list_price,
                tax_rate=row.tax_rate, floor_price=row.floor_price, cf=row.custom,
                weight_grams=row.weight_grams,
            )
        )  # fmt: skip
    found = {row.id: _order(row, tuple(lines.get(row.id, ()))) for row in work.rows(_ORDERS, parameters)}
    return [found[order_id] for order_id in order_ids if order_id in found]


def load_places(work: Work) -> dict[str, Place]:
    """Every location by its key, as it is today."""
    return {
        row.key: Place(
            id=row.id, key=row.key, name=row.name, kind=row.kind, country=row.country, region=row.region,
            latitude=row.latitude, longitude=row.longitude, priority=row.priority, tags=frozenset(row.tags),
        )
        for row in work.rows(_PLACES, {"tenant": work.tenant_id, "locale": work.tenant.locale})
    }  # fmt: skip


def _order(row: Any, lines: tuple[RecordedLine, ...]) -> RecordedOrder:
    known, account = read_credit(row.credit, row.currency)
    return RecordedOrder(
        id=row.id, number=row.number, order_type=row.order_type, channel=row.channel, currency=row.currency,
        placed_at=row.placed_at, placed_on=row.placed_on, ship_to=row.ship_to, requested_on=row.requested_on,
        buyer_note=row.buyer_note, tags=row.tags, outside_number=row.outside_number, cf=row.custom,
        customer={
            "number": row.customer_number, "name": row.customer_name, "kind": row.customer_kind,
            "group": row.customer_group, "tags": list(row.customer_tags), "grade": row.customer_grade,
            "payment_terms_days": Decimal(row.payment_terms_days), "ship_complete": row.ship_complete,
            "cf": row.customer_custom,
        },
        submitter=row.created_by, account=account, credit_known=known, prepay_percent=row.prepay_percent,
        positions=read_positions(row.positions), customer_id=row.customer_id, coupons=row.coupons or {},
        freight_tax_rate=row.freight_tax_rate, lines=lines, priority=row.priority, promise_on=row.promise_on,
    )  # fmt: skip


def read_positions(stored: Any) -> dict[str, dict[str, Decimal]] | None:
    """{location key: {SKU: units}} of the decision log or of a sample; None where there is none."""
    if not isinstance(stored, Mapping):
        return None
    return {
        key: {sku: Decimal(units) for sku, units in of_place.items()}
        for key, of_place in stored.items()
        if isinstance(of_place, Mapping)
    }


def read_credit(trace: Any, currency: str) -> tuple[bool, CreditPosition | None]:
    """(whether the log says what a credit check would read, the account as it was then).

    Of several accounts, one above the other, it is the one that decided. Where credit was not checked, nothing of the
    account was written down.
    """
    if not isinstance(trace, Mapping) or trace.get("because") in {IGNORED, PREPAID}:
        return False, None
    if "account" not in trace:
        return True, None
    buckets, limit = trace.get("buckets", {}), trace.get("limit", "0")

    def amount(name: str) -> Decimal:
        return Decimal(buckets.get(name, "0"))

    return True, CreditPosition(
        number=trace["account"], currency=trace.get("account_currency", currency),
        credit_limit=None if limit is None else Decimal(limit), raised_limit=None, raised_until=None,
        policy=policy_from_plain(trace.get("policy")), late=Decimal(trace.get("late", "0")),
        overdue_stop=trace.get("because") == STOPPED,
        blocked=trace.get("because") == ACCOUNT_BLOCKED, open_orders=amount("open_orders"),
        unbilled_shipments=amount("unbilled_shipments"), open_invoices=amount("open_invoices"),
        overdue=amount("overdue"), unapplied_payments=amount("unapplied_payments"),
    )  # fmt: skip
