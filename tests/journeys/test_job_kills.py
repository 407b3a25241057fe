"""kill -9 of a worker or scheduler that stands in the middle of a job: the next one does it whole, and once."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Work
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.save_steps import Step, save_steps
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.processes import Fleet, kill, wait_for
from tests.support.web import Company, make_company
from tests.web.api.writes.company import assert_sound

pytestmark = pytest.mark.slow

_WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
DOCUMENTS: dict[str, Any] = {
    "order_type/standard": an_order_type(credit={"policy": "warn", "check_at": ["place"]}),
    "order_type/together": an_order_type(
        name={"en": "Together", "zh-CN": "合并"}, credit={"policy": "ignore"}, merge_rules="same"
    ),
    "merge_rules/same": {"name": {"en": "Same"}, "automatic": True, "within_hours": 2},
}


@pytest.fixture
def busy(fleet: Fleet) -> Company:
    """RARE goods that are not there, and TEA in plenty; K-1 and K-2 buy."""
    made = make_company(fleet.app, fleet.system)

    def fill(work: Work) -> None:
        publish_defaults(work, DOCUMENTS)
        a_sku(work, "RARE", price="3.00")
        tea = a_sku(work, "TEA", price="1.00")
        for number in ("K-1", "K-2"):
            a_customer(work, number, limit="10000", email=f"{number}@example.com")
        receive_stock(work, ReceiveStock(sku_id=tea, location_id=a_location(work, "east"), quantity=Decimal(1_000)))

    in_work(fleet.app, made.id, SYSTEM, fill)
    return made


def an_order(
    fleet: Fleet, company: Company, sku: str, units: int, *, kind: str = "standard", customer: str = "K-1"
) -> UUID:
    command = PlaceOrder(
        order_type=kind, channel="api", customer_number=customer,
        lines=(LineRequest(sku=sku, quantity=Decimal(units)),),
    )  # fmt: skip
    placed: UUID = in_work(fleet.app, company.id, SYSTEM, lambda work: place(work, command)).order_id
    return placed


def killed_while_it_writes(fleet: Fleet, table: str, *command: str) -> None:
    """Starts the process, and kills it when it wants to write into `table`, in the middle of its transaction."""
    with fleet.owner.connect() as blocking:
        blocking.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        child: subprocess.Popen[bytes] = fleet.start(*command)
        wait_for(lambda: fleet.scalar(_WAITS))
        kill(child)
        blocking.rollback()
    wait_for(lambda: not fleet.scalar(_WAITS))


def count(fleet: Fleet, company: Company, rows: str) -> int:
    return fleet.scalar(f"SELECT count(*) FROM {rows} AND tenant_id = :t", t=company.id)


def assert_all_sound(fleet: Fleet, company: Company) -> None:
    with open_work(fleet.app, company.id) as work:
        assert_sound(work)


def test_goods_that_arrive_fill_the_queue_once_whatever_workers_were_killed(fleet: Fleet, busy: Company) -> None:
    waiting = [an_order(fleet, busy, "RARE", 2) for _ in range(30)]

    def arrive(work: Work) -> None:
        place_ = work.scalar("SELECT id FROM locations WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        receive_stock(work, ReceiveStock(sku_id=sku_id(work, "RARE"), location_id=place_, quantity=Decimal(41)))

    in_work(fleet.app, busy.id, SYSTEM, arrive)
    fleet.start("relay")
    for table in ("allocations", "stock_movements", "order_events"):
        killed_while_it_writes(fleet, table, "worker")
        assert fleet.scalar("SELECT coalesce(sum(allocated), 0) FROM order_lines WHERE sku = 'RARE'") == 0
    fleet.start("worker")
    wait_for(lambda: fleet.scalar("SELECT sum(allocated) FROM order_lines WHERE sku = 'RARE'"))
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL") == 0)

    with open_work(fleet.app, busy.id) as work:
        rows = work.rows("SELECT order_id, allocated FROM order_lines WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    got = {row.order_id: int(row.allocated) for row in rows}
    assert [got[order] for order in waiting] == [2] * 20 + [1] + [0] * 9, "first come, first served"
    assert_all_sound(fleet, busy)


def test_orders_are_merged_by_rule_once_whatever_workers_were_killed(fleet: Fleet, busy: Company) -> None:
    for customer in ("K-1", "K-2"):
        for units in (1, 2, 3):
            an_order(fleet, busy, "TEA", units, kind="together", customer=customer)
    fleet.start("relay")
    for table in ("order_moves", "order_moved_lines", "order_versions"):
        killed_while_it_writes(fleet, table, "worker")
        assert count(fleet, busy, "order_moves WHERE true") == 0
    fleet.start("worker")
    wait_for(lambda: count(fleet, busy, "orders WHERE status = 'placed'") == 2)

    assert count(fleet, busy, "orders WHERE status = 'closed' AND merged_into IS NOT NULL") == 4
    assert fleet.scalar("SELECT sum(ordered) FROM order_lines") == 12
    assert_all_sound(fleet, busy)


def test_overdue_invoices_are_reminded_of_once_whatever_schedulers_were_killed(fleet: Fleet, busy: Company) -> None:
    def invoice(work: Work) -> None:
        save_steps(work, [Step(after_days=1, stop=True)])
        rows = work.rows("SELECT id FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        for row in rows:
            invoice_order(work, InvoiceOrder(order_id=row.id, due_on=work.today))

    with frozen_at(datetime.now(UTC) - timedelta(days=5)):
        for number in range(12):
            an_order(fleet, busy, "TEA", number + 1, customer=("K-1", "K-2")[number % 2])
        in_work(fleet.app, busy.id, SYSTEM, invoice)
    for table in ("credit_entries", "dunning_entries"):
        killed_while_it_writes(fleet, table, "scheduler")
    fleet.start("relay")
    killed_while_it_writes(fleet, "notifications", "worker")
    fleet.start("scheduler")
    fleet.start("worker")
    wait_for(lambda: count(fleet, busy, "notifications WHERE topic = 'receivable.dunned'") == 12)

    assert count(fleet, busy, "dunning_entries WHERE true") == 12
    assert count(fleet, busy, "receivables WHERE aged") == 12
    assert count(fleet, busy, "credit_accounts WHERE overdue_stop") == 2
    assert count(fleet, busy, "outbox_messages WHERE topic = 'receivable.dunned'") == 12
    assert_all_sound(fleet, busy)
