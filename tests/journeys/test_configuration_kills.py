"""kill -9 in the middle of a backtest and of a scheduled release; and two processes that share nothing but the database."""

from __future__ import annotations

import http.client
import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from kernel.db import Actor, Work
from low_code.backtests.start_backtest import StartBacktest, start_backtest
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.plans.plan_release import PlanRelease, plan_release
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.trial.history import PlacedOrders, Scope
from tenants.access.permissions import Permission
from tenants.scope import open_work
from tests.support.processes import Fleet, kill, wait_for
from tests.support.web import Company, make_key

pytestmark = pytest.mark.slow


def held_over(amount: str) -> dict[str, object]:
    outcome = {"do": "hold", "hold_type": "review", "reason": {"en": "look"}}
    rule = {
        "id": "r",
        "name": {"en": "R"},
        "when": {">": [{"var": "order.total"}, {"dec": amount}]},
        "outcome": outcome,
    }
    return {"name": {"en": "Standard"}, "rules": [rule]}


def save(work: Work, amount: str) -> None:
    there = find_draft(work, "review_rules", "standard")
    body = held_over(amount)
    save_draft(work, SaveDraft(kind="review_rules", key="standard", body=body, etag=there.etag if there else None))


def test_a_backtest_whose_workers_are_killed_counts_every_order_once(fleet: Fleet, company: Company) -> None:
    """Orders are copied as rows: what is tried is the job, not their placement."""
    fleet.settings["ORDERLOOM_BACKTEST_CHUNK"] = "40"
    with open_work(fleet.app, company.id) as work:
        for quantity in (1, 2, 3, 4):
            customer = work.scalar("SELECT id FROM customers WHERE tenant_id = %(t)s LIMIT 1", {"t": company.id})
            lines = (LineRequest(sku="TEA", quantity=Decimal(quantity)),)
            place(work, PlaceOrder(order_type="standard", channel="api", customer_id=customer, lines=lines))
        copy_orders(work, 500)
        save(work, "2.5")
    with open_work(fleet.app, company.id) as work:
        start_backtest(work, StartBacktest(scope=Scope(limit=100_000, until=work.now).to_json()), PlacedOrders())
    fleet.start("relay")
    worker = fleet.start("worker")

    def done() -> int:
        return fleet.scalar("SELECT done FROM config_backtests")

    for least in (200, 900):
        wait_for(lambda least=least: done() >= least)  # type: ignore[misc]
        kill(worker)
        assert done() < 2_004, "it was killed too late to be in the middle"
        worker = fleet.start("worker")
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM config_backtests WHERE state = 'done'"))

    assert (done(), fleet.scalar("SELECT total FROM config_backtests")) == (2_004, 2_004)
    assert fleet.scalar("SELECT (tallies ->> 'changed')::int FROM config_backtests") == 1_002
    assert fleet.scalar("SELECT (tallies ->> 'held.after')::int FROM config_backtests") == 1_002
    assert fleet.scalar("SELECT count(DISTINCT subject_id) FROM config_backtest_differences") == 1_002
    assert fleet.scalar("SELECT max(position) FROM config_backtest_differences") == 1_002


def copy_orders(work: Work, times: int) -> None:
    work.execute(
        "CREATE TEMP TABLE copies ON COMMIT DROP AS SELECT o.id AS old, new_id() AS new, n FROM orders o,"
        " generate_series(1, %(n)s) n WHERE o.tenant_id = %(t)s",
        {"n": times, "t": work.tenant_id},
    )
    new = {"orders": {"id": "c.new", "number": "o.number || '-' || c.n"}}
    rest = {"id": "new_id()", "order_id": "c.new"}
    for table, link in (("orders", "id"), ("order_lines", "order_id"), ("decisions", "order_id")):
        names = [
            row.column_name
            for row in work.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %(x)s", {"x": table}
            )
        ]
        told = ", ".join(new.get(table, rest).get(name, f"o.{name}") for name in names)
        work.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM {table} o JOIN copies c ON c.old = o.{link}"
            " WHERE o.tenant_id = %(t)s",
            {"t": work.tenant_id},
        )


def test_a_scheduled_release_whose_scheduler_is_killed_is_published_once(fleet: Fleet, company: Company) -> None:
    with open_work(fleet.app, company.id, Actor(kind="staff", id=company.admin.id, name="Ada")) as work:
        save(work, "1")
        base = work.tenant.head_release
        plan_release(work, PlanRelease(base=base, publish_at=work.now + timedelta(seconds=1)))
    # Somebody holds the head, so that the scheduler is caught in the middle of publishing.
    with fleet.owner.connect() as blocker, blocker.begin():
        blocker.execute(text("SELECT 1 FROM tenants WHERE id = :id FOR UPDATE"), {"id": company.id})
        scheduler = fleet.start("scheduler")
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        wait_for(lambda: fleet.scalar(waiting) >= 1)
        kill(scheduler)
    assert fleet.scalar("SELECT count(*) FROM config_plans WHERE state = 'scheduled'") == 1
    with fleet.owner.begin() as connection:  # it need not wait for the next tick
        connection.execute(text("UPDATE scheduled_runs SET next_run_at = now()"))

    fleet.start("scheduler")
    fleet.start("scheduler")
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM config_plans WHERE state = 'published'"))

    assert fleet.scalar("SELECT count(*) FROM config_releases WHERE parent = :base", base=base) == 1
    assert fleet.scalar("SELECT release FROM config_plans") == base + 1
    assert fleet.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'config.plan_ended'") == 1


def test_a_release_of_one_process_is_obeyed_by_all_others_at_their_next_request(fleet: Fleet, company: Company) -> None:
    """Two web processes and no relay: nothing tells them, they ask."""
    fleet.serve()
    key = make_key(fleet.app, company, Permission.PLACE_ORDERS, Permission.VIEW_ORDERS)
    assert {holds(fleet, company, key) for _ in range(12)} == {0}  # both have compiled what is in force

    for amount, expected in (("0.5", 1), ("100", 0), ("0.5", 1)):
        with open_work(fleet.app, company.id) as work:
            save(work, amount)
            publish_drafts(work, PublishDrafts(base=work.tenant.head_release))
        assert {holds(fleet, company, key) for _ in range(12)} == {expected}


def holds(fleet: Fleet, company: Company, key: str) -> int:
    """How many holds a new order gets, over a connection of its own, so that any process may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=20)
    body = {
        "order_type": "standard", "channel": "api", "customer_number": "K-2",
        "lines": [{"sku": "TEA", "quantity": "1"}],
        "ship_to": {"recipient": "A", "street": "S", "city": "B", "country": "DE"},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/orders/", json.dumps(body), headers)
    answer = connection.getresponse()
    text_of = answer.read()
    connection.close()
    assert answer.status == 201, text_of
    return len(json.loads(text_of)["holds"])
