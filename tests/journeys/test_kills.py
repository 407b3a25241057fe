"""kill -9 in the middle: of an import, between sending and marking, of a web process, of the queue.

Real processes on a database of their own. What was promised is there once, whatever died.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Work
from kernel.ids import to_text
from kernel.outbox import put_message
from oms.mass.stage_file import StageFile, stage_file
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.permissions import Permission
from tenants.scope import in_work, open_work
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.processes import Fleet, children_of, kill, wait_for
from tests.support.web import Company, make_key
from web.commands.doctor import LEDGERS

pytestmark = pytest.mark.slow

_WAITING_FOR_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def assert_ledgers_agree(fleet: Fleet, company: Company) -> None:
    with open_work(fleet.app, company.id) as work:
        assert [what for what, query in LEDGERS.items() if work.row(query, {"t": company.id}) is not None] == []


def test_an_import_whose_workers_are_killed_places_every_order_once(fleet: Fleet, company: Company) -> None:
    total = 3_000
    fleet.settings["ORDERLOOM_IMPORT_CHUNK"] = "100"
    lines = "".join(f"X-{n},K-{n % 2 + 1},TEA,1\n" for n in range(total))
    file = io.BytesIO(f"order number,customer number,sku,quantity\n{lines}".encode())
    fleet.start("relay")
    worker = fleet.start("worker")
    with open_work(fleet.app, company.id) as work:
        command = StageFile(file_name="x.csv", channel="file", order_type="standard", check_only=False)
        stage_file(work, command, file)

    def done() -> int:
        return fleet.scalar("SELECT sum(orders_done) FROM import_runs")

    for least in (300, 1_200):
        wait_for(lambda least=least: done() >= least)  # type: ignore[misc]
        kill(worker)
        assert done() < total, "it was killed too late to be in the middle"
        worker = fleet.start("worker")
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM import_runs WHERE state = 'done'"))

    assert done() == total
    assert fleet.scalar("SELECT sum(orders_known + orders_bad) FROM import_runs") == 0
    assert fleet.scalar("SELECT count(*) FROM orders") == total
    assert fleet.scalar("SELECT count(DISTINCT outside_number) FROM orders") == total
    assert fleet.scalar("SELECT sum(lines_done) FROM import_runs") == total
    assert fleet.scalar("SELECT sum(allocated) FROM stock_positions") == 2_000
    assert fleet.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'import.finished'") == 1
    assert_ledgers_agree(fleet, company)


def test_a_relay_that_is_killed_before_it_marks_makes_no_second_mail(fleet: Fleet, company: Company) -> None:
    events = 120
    with open_work(fleet.app, company.id) as work:
        order = place(work, PlaceOrder(
            order_type="standard", channel="api", customer_number="K-1",
            lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
        ))  # fmt: skip
        for _ in range(events - 1):
            put_message(work, "order.placed", {"order_id": to_text("ord", order.order_id), "number": order.number})
    fleet.start("worker")

    def mails() -> int:
        return fleet.scalar("SELECT count(*) FROM notifications")

    # The relay may claim while this lock is held, but it cannot mark.
    with fleet.owner.connect() as blocking:
        blocking.execute(text("LOCK TABLE outbox_messages IN SHARE MODE"))
        relay = fleet.start("relay")
        wait_for(lambda: fleet.scalar(_WAITING_FOR_LOCK))
        wait_for(lambda: mails() > 10)  # what it sent is being consumed already
        kill(relay)
        blocking.rollback()
    assert fleet.scalar("SELECT count(*) FROM outbox_messages WHERE sent_at IS NOT NULL") == 0
    fleet.start("relay")
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL") == 0)
    wait_for(lambda: mails() >= events)
    time.sleep(0.5)  # for a mail too many

    assert mails() == events
    assert fleet.scalar("SELECT count(DISTINCT event_id) FROM notifications") == events


def order_once(fleet: Fleet, key: str, once: str) -> tuple[int, Any]:
    """Status and body; 0 where nobody answered."""
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=20)
    body = {"order_type": "standard", "customer_number": "K-1", "lines": [{"sku": "TEA", "quantity": "1"}]}
    headers = {
        "Host": "localhost", "Authorization": f"Bearer {key}", "Idempotency-Key": once,
        "Content-Type": "application/json",
    }  # fmt: skip
    try:
        connection.request("POST", "/api/v1/orders/", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()


def test_orders_sent_again_after_a_web_process_was_killed_stand_once(fleet: Fleet, company: Company) -> None:
    key = make_key(fleet.app, company, Permission.PLACE_ORDERS, Permission.VIEW_ORDERS)
    keys = [uuid4().hex for _ in range(90)]
    web = fleet.serve()
    answered: dict[str, str] = {}
    enough = threading.Event()

    def send(once: str) -> None:
        status, body = order_once(fleet, key, once)
        if status == 201:
            answered[once] = body["id"]
            if len(answered) > 15:
                enough.set()

    with ThreadPoolExecutor(6) as pool:
        sending = [pool.submit(send, once) for once in keys]
        assert enough.wait(20)
        for pid in children_of(web)[:1]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        kill(web)
        for each in sending:
            each.result()
    assert len(answered) < len(keys), "it was killed too late to be in the middle"
    fleet.serve()
    again = dict.fromkeys(keys, "")

    def send_again(once: str) -> None:
        for _ in range(20):
            status, body = order_once(fleet, key, once)
            if status == 201:
                again[once] = body["id"]
                return
            assert status in {0, 409, 503}, body
            time.sleep(0.2)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send_again, keys))

    assert all(again.values())
    assert {once: again[once] for once in answered} == answered  # the first answer holds
    assert len(set(again.values())) == len(keys)
    assert fleet.scalar("SELECT count(*) FROM orders") == len(keys)
    assert_ledgers_agree(fleet, company)


def test_orders_are_placed_while_the_queue_is_away_and_their_mails_come_later(fleet: Fleet, company: Company) -> None:
    key = make_key(fleet.app, company, Permission.PLACE_ORDERS)
    fleet.start("worker")
    fleet.start("relay")
    fleet.serve()

    def mails() -> int:
        return fleet.scalar("SELECT count(*) FROM notifications")

    assert order_once(fleet, key, "before")[0] == 201
    wait_for(lambda: mails() == 1)
    fleet.valkey.stop()
    statuses = [order_once(fleet, key, f"away-{n}")[0] for n in range(5)]
    time.sleep(0.7)  # the relay tries, and fails
    fleet.valkey.wanted_port = fleet.valkey.port
    fleet.valkey.start()
    statuses.append(order_once(fleet, key, "after")[0])
    wait_for(lambda: mails() >= 7)

    assert statuses == [201] * 6
    assert mails() == 7
    assert fleet.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'order.placed'") == 7


def test_workers_that_are_killed_while_time_limits_decide_approve_every_order_once(
    fleet: Fleet, company: Company
) -> None:
    orders = 60
    step = {"id": "n1", "type": "approve", "who": [{"role": "admin"}],
            "due": {"after": "PT1H", "calendar": "all", "on_timeout": "approve"}}  # fmt: skip
    flow = {"name": {"en": "All"}, "subject": {"of": "order"}, "steps": [step]}
    order_type = an_order_type(channels=["api"], approvals=["all"], credit={"policy": "ignore"})

    def place_all(work: Work) -> None:
        publish_defaults(work, {"order_type/standard": order_type, "approval_flow/all": flow})
        for _ in range(orders):
            place(work, PlaceOrder(order_type="standard", channel="api", customer_number="K-1",
                                   lines=(LineRequest(sku="TEA", quantity=Decimal(1)),)))  # fmt: skip

    with frozen_at(datetime.now(UTC) - timedelta(hours=2)):
        in_work(fleet.app, company.id, SYSTEM, place_all)

    def decided() -> int:
        return fleet.scalar("SELECT count(*) FROM approval_instances WHERE status = 'approved'")

    assert fleet.scalar("SELECT count(*) FROM approval_timers") == orders
    fleet.start("relay")
    fleet.start("scheduler")
    worker = fleet.start("worker")
    for least in (5, 25):
        wait_for(lambda least=least: decided() >= least)  # type: ignore[misc]
        kill(worker)
        assert decided() < orders, "it was killed too late to be in the middle"
        worker = fleet.start("worker")
    wait_for(lambda: decided() == orders)

    assert fleet.scalar("SELECT count(*) FROM approval_timers") == 0
    assert fleet.scalar("SELECT count(*) FROM approval_events WHERE kind = 'task_approved'") == orders
    assert fleet.scalar("SELECT count(*) FROM order_events WHERE kind = 'hold_released'") == orders
    assert fleet.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'order.approved'") == orders
    assert fleet.scalar("SELECT count(*) FROM orders WHERE open_holds > 0") == 0
    assert_ledgers_agree(fleet, company)


def test_an_index_whose_workers_are_killed_is_built_of_every_row(fleet: Fleet, company: Company) -> None:
    total = 4_000
    fleet.settings["ORDERLOOM_FIELD_BATCH"] = "50"

    def orders(work: Work) -> None:
        work.execute(
            "INSERT INTO orders (tenant_id, id, number, order_type, channel, customer_id, status, currency,"
            " created_by_name, placed_at, placed_on, custom) SELECT %(t)s, new_id(), 'N-' || n, 'standard', 'api', c.id,"
            " 'placed', 'USD', 'test', now(), current_date, jsonb_build_object('po', 'PO-' || n, 'weight', n)"
            " FROM generate_series(1, %(n)s) n, (SELECT id FROM customers WHERE tenant_id = %(t)s LIMIT 1) c",
            {"t": work.tenant_id, "n": total},
        )
        fields = [
            {"id": key, "key": key, "labels": {"en": key}, "type": kind, "slot": True}
            for key, kind in (("po", "text"), ("weight", "decimal"))
        ]
        order_type = an_order_type(channels=["api", "file"], credit={"policy": "warn", "check_at": ["place"]})
        publish_defaults(work, {"order_type/standard": order_type, "fields/order": {"fields": fields}})

    in_work(fleet.app, company.id, SYSTEM, orders)
    fleet.start("relay")
    worker = fleet.start("worker")

    def done() -> int:
        return fleet.scalar("SELECT coalesce(sum(rows_done), 0) FROM field_runs WHERE work = 'index'")

    for least in (300, 1_500):
        wait_for(lambda least=least: done() >= least)  # type: ignore[misc]
        kill(worker)
        assert done() < total, "it was killed too late to be in the middle"
        assert fleet.scalar("SELECT count(*) FROM field_slots WHERE ready") == 0
        worker = fleet.start("worker")
    wait_for(lambda: fleet.scalar("SELECT count(*) FROM field_runs WHERE state = 'done' AND work = 'index'"))

    assert done() == total
    wrong = "s1 IS DISTINCT FROM custom ->> 'po' OR n1 IS DISTINCT FROM (custom ->> 'weight')::float8"
    assert fleet.scalar(f"SELECT count(*) FROM orders WHERE {wrong}") == 0
    assert fleet.scalar("SELECT count(*) FROM field_slots WHERE NOT ready") == 0
