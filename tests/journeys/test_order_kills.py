"""kill -9 of web servers and workers while programs place, change, split, merge, invoice, pay and receive.

Each program asks again with the same key until it is answered. What it was told was done is there once, and all adds up.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from kernel.db import SYSTEM, Work
from tenants.scope import in_work, open_work
from tests.support.processes import Fleet, children_of, kill, wait_for
from tests.support.web import make_company, make_key
from tests.web.api.conftest import ALL
from tests.web.api.rush.acts import REQUESTS
from tests.web.api.rush.crowd import Crowd
from tests.web.api.rush.scarce import assert_limits_hold, fill_scarce
from tests.web.api.writes.company import assert_sound

pytestmark = pytest.mark.slow

PROGRAMS, EACH = 6, int(os.environ.get("KILLS_EACH", "14"))
KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
_UNSENT = "SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL"


def ask_until_answered(fleet: Fleet, key: str, method: str, path: str, body: Any, once: str) -> tuple[int, Any]:
    """As a good program does: nobody there, busy or still running means: the same again, soon."""
    headers = {"Host": "localhost", "Authorization": f"Bearer {key}", "Idempotency-Key": once}
    sent = None if method == "GET" else json.dumps({} if body is None else body)
    if sent is not None:
        headers["Content-Type"] = "application/json"
    last: Any = None
    patience = time.monotonic() + 120
    while time.monotonic() < patience:
        connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=20)
        try:
            connection.request(method, f"/api/v1{path}", sent, headers)
            answer = connection.getresponse()
            status, told = answer.status, json.loads(answer.read() or b"{}")
            last = status, told
            if status != 503 and told.get("code") not in {"idempotency_running", "rate_limited"}:
                return status, told
        except (OSError, http.client.HTTPException, ValueError) as error:
            last = error
        finally:
            connection.close()
        time.sleep(0.05)
    raise AssertionError(f"{method} {path} was never answered: {last}")


def what_was_done(crowd: Crowd) -> dict[str, int]:
    """By what programs were told."""

    def told(asked: str, *path: str) -> int:
        answers = crowd.won.get(asked, {}).values()
        if not path:
            return len(answers)
        found = set()
        for answer in answers:
            for part in path:
                answer = answer.get(part) or {} if isinstance(answer, dict) else answer
            if answer:
                found.add(str(answer))
        return len(found)

    return {
        "orders": told("POST /orders/", "id"), "splits": told("POST /orders/…/splits", "move_id"),
        "merges": told("POST /orders/…/merges", "move_id"), "undone": told("POST /orders/…/moves/…/undo"),
        "changes": told("POST /orders/…/changes"), "payments": told("POST /payments", "id"),
        "invoices": told("POST /invoices", "invoice", "id"), "holds": told("POST /orders/…/holds"),
        "receipts": told("POST /stock/receipts"), "adjustments": told("POST /stock/adjustments"),
        "reservations": told("POST /stock/reservations", "id"), "transfers": told("POST /stock/transfers/", "id"),
    }  # fmt: skip


_DONE = {
    "orders": "orders WHERE {} AND parent_id IS NULL",
    "splits": "order_moves WHERE {} AND kind = 'split'",
    "merges": "order_moves WHERE {} AND kind = 'merge'",
    "undone": "order_moves WHERE {} AND undone_at IS NOT NULL",
    "changes": "change_sets WHERE {} AND status = 'confirmed'",
    "payments": "receivables WHERE {} AND kind = 'payment' AND passed_from IS NULL",
    "invoices": "receivables WHERE {} AND kind = 'invoice'",
    "holds": "order_events WHERE {} AND kind = 'hold_placed' AND facts ->> 'reason' = 'wait'",
    "receipts": "stock_movements WHERE {} AND kind = 'received' AND document_kind = ''",
    "adjustments": "stock_movements WHERE {} AND kind = 'adjusted' AND document_kind = '' AND reason = 'broken'",
    "reservations": "reservations WHERE {}",
    "transfers": "stock_transfers WHERE {}",
}


def what_is_there(work: Work) -> dict[str, int]:
    scope = "tenant_id = %(t)s"
    return {
        what: work.scalar(f"SELECT count(*) FROM {rows.format(scope)}", {"t": work.tenant_id})
        for what, rows in _DONE.items()
    }


def test_what_programs_were_told_was_done_is_there_once_whoever_was_killed(fleet: Fleet) -> None:
    company = make_company(fleet.app, fleet.system)
    in_work(fleet.app, company.id, SYSTEM, fill_scarce)
    key = make_key(fleet.app, company, *ALL, rate_limit="1000000/minute")
    before = in_work(fleet.app, company.id, SYSTEM, what_is_there)
    fleet.start("relay")
    worker, web = fleet.start("worker"), fleet.serve()

    def ask(method: str, path: str, body: Any, once: str) -> tuple[int, Any]:
        return ask_until_answered(fleet, key, method, path, body, once)

    crowd = Crowd(ask, fleet.app, company.id)

    def program(number: int) -> None:
        lot = random.Random(SEED * 1000 + number)
        for _ in range(EACH):
            lot.choice(REQUESTS)(crowd, lot)

    lot, killed = random.Random(SEED), 0
    with ThreadPoolExecutor(PROGRAMS) as pool:
        running = [pool.submit(program, number) for number in range(PROGRAMS)]
        while not all(one.done() for one in running):
            time.sleep(0.3 + lot.random() * 0.6)
            if web.poll() is not None:  # crashes in a row end it, and whoever looks after it starts it anew
                web = fleet.serve()
            if killed == KILLS:
                continue
            killed += 1
            if lot.random() < 0.6:  # one of the web's processes, which it starts anew
                with suppress(ProcessLookupError, FileNotFoundError, IndexError):
                    os.kill(children_of(web)[0], signal.SIGKILL)
            elif lot.random() < 0.5:
                kill(web)
                web = fleet.serve()
            else:
                kill(worker)
                worker = fleet.start("worker")
        for one in running:
            one.result()
    wait_for(lambda: fleet.scalar(_UNSENT) == 0, seconds=60)

    assert killed > 1, "nobody was killed in the middle"
    assert not crowd.faults, "\n".join(crowd.faults)
    with open_work(fleet.app, company.id) as work:
        there = {what: units - before[what] for what, units in what_is_there(work).items()}
        assert there == what_was_done(crowd)
        assert_sound(work)
        assert_limits_hold(work)
