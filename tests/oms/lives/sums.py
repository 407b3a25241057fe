"""What must be true whatever happened, reckoned from the ledgers' rows in plain Python, beside the product's own proofs."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.receivables.checks import disagreements
from tests.oms.lives.company import COUPON_USES
from tests.oms.lives.paper import Order
from tests.oms.lives.whole import Base
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.stock_proofs import assert_stock_is_sound
from web.commands.doctor import LEDGERS

ZERO = Decimal(0)


def assert_all_adds_up(life: Base) -> None:
    work = life.work
    work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work.execute("SET CONSTRAINTS ALL DEFERRED")
    for what, query in LEDGERS.items():
        assert work.row(query, {"t": work.tenant_id}) is None, what
    assert disagreements(work) == []
    proof(work)
    assert_stock_is_sound(work)
    orders = life.all()
    for order in orders.values():
        _order_adds_up(order, life)
    _money_adds_up(work, life, orders)
    _shelves_hold(work, life)
    assert life.coupon_uses() <= COUPON_USES
    _plans_add_up(work)


def _order_adds_up(order: Order, life: Base) -> None:
    assert order.total == order.lines_total, order
    for line in order.lines.values():
        assert 0 <= line.promised <= line.counts and 0 <= line.invoiced <= line.counts, line
        assert sum(line.at.values()) == line.promised, line
        if line.invoiced == line.counts and line.counts:
            assert (line.net, line.tax) == (line.invoiced_net, line.invoiced_tax), (
                "invoiced is not what it costs",
                line,
            )
    if order.state == "cancelled":
        assert not order.counts and not order.held and not order.exposed and not order.freight[0]
    if order.state == "placed":
        assert order.counts
        left = max(order.total - order.billed, 0)
        if order.account is None:
            assert not order.exposed
        elif order.prepaid:
            assert order.exposed == min(max(order.paid - order.billed, 0), left), ("exposed", order)
        else:
            assert order.exposed == left, ("exposed", left, order)


def _money_adds_up(work: Work, life: Base, orders: dict[Any, Order]) -> None:
    items = {
        row.id: row for row in work.rows("SELECT * FROM receivables WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    }
    settled: dict[Any, Decimal] = defaultdict(Decimal)
    paid: dict[Any, Decimal] = defaultdict(Decimal)
    billed: dict[Any, Decimal] = defaultdict(Decimal)
    for row in work.rows("SELECT * FROM receivable_applications WHERE tenant_id = %(t)s", {"t": work.tenant_id}):
        settled[row.invoice_id] += row.amount
        settled[row.payment_id] += row.amount
        order = items[row.invoice_id].order_id
        if items[row.payment_id].kind == "payment" and order:
            paid[order] += row.amount
    for item in items.values():
        assert 0 <= abs(item.open_amount) <= abs(item.amount) - settled[item.id], item
        if item.kind == "payment" and item.order_id:
            paid[item.order_id] -= item.open_amount
        if item.kind == "invoice" and item.order_id and not item.voided:
            billed[item.order_id] += item.amount
    for order in orders.values():
        assert (order.paid, order.billed) == (life.way.of(paid[order.id]), life.way.of(billed[order.id])), order
    accounts: dict[Any, Decimal] = defaultdict(Decimal)
    for item in items.values():
        accounts[item.account_id] += item.open_amount
    for row in work.rows(
        "SELECT id, number, open_orders, open_invoices + overdue + unapplied_payments AS items FROM credit_accounts"
        " WHERE tenant_id = %(t)s",
        {"t": work.tenant_id},
    ):
        below = [life.ids.accounts["CA-1"], life.ids.accounts["CA-2"], row.id] if row.number == "TOP" else [row.id]
        # A payment that waits makes what is owed less.
        invoices = sum((i.open_amount for i in items.values() if i.account_id in below and i.kind == "invoice"), ZERO)
        waiting = sum((i.open_amount for i in items.values() if i.account_id in below and i.kind != "invoice"), ZERO)
        assert row.items in {invoices - waiting, invoices + waiting}, row
        exposed = sum(order.exposed for order in orders.values() if order.account in below)
        assert life.way.of(row.open_orders) == exposed, row


def _shelves_hold(work: Work, life: Base) -> None:
    rows = work.rows(
        "SELECT s.code, l.key, p.on_hand FROM stock_positions p JOIN skus s ON s.tenant_id = %(t)s AND s.id = p.sku_id"
        " JOIN locations l ON l.tenant_id = %(t)s AND l.id = p.location_id WHERE p.tenant_id = %(t)s",
        {"t": work.tenant_id},
    )
    found = {(row.code, row.key): int(row.on_hand) for row in rows}
    assert found == {key: life.shelf[key] for key in found}
    assert not any(units for key, units in life.shelf.items() if key not in found)


def _plans_add_up(work: Work) -> None:
    """The deliveries of a line that has a plan are what is still wanted of it."""
    rows = work.rows(
        "SELECT l.sku, l.ordered - l.cancelled AS counts, i.units FROM order_lines l JOIN (SELECT line_id,"
        " sum(quantity) AS units FROM order_instalments WHERE tenant_id = %(t)s GROUP BY 1) i ON i.line_id = l.id"
        " WHERE l.tenant_id = %(t)s AND i.units <> l.ordered - l.cancelled",
        {"t": work.tenant_id},
    )
    assert rows == []
