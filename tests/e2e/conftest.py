"""The wholesaler of the demo on the running product, and browsers to walk through it."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine

from kernel.db import SYSTEM, Actor, Work
from kernel.db.engine import make_engine
from kernel.ids import to_text
from low_code.backtests.queries import read_backtest
from low_code.backtests.start_backtest import StartBacktest, start_backtest
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.plans.plan_release import PlanRelease, plan_release
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from oms.intake.attachments import AttachFile, attach_file
from oms.mass.stage_file import StageFile, stage_file
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder, Received
from oms.placement.place import place
from oms.trial.history import PlacedOrders, Scope
from tenants.scope import in_work
from tests.e2e.people import People
from tests.e2e.product import running_product
from tests.support.database import Servers, fresh_database
from web.demo.wholesaler import SLUG, seed_wholesaler

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def executable() -> str:
    """Path of a Chromium. Without one the journeys are skipped, but not where a build relies on them."""
    named = os.environ.get("ORDERLOOM_BROWSER")
    found = named or next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing = f"no browser: set ORDERLOOM_BROWSER, or put one of {', '.join(_BROWSERS)} on PATH"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def browser(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def database(servers: Servers, executable: str) -> str:
    return fresh_database(servers, "test_e2e")


@pytest.fixture(scope="session")
def acme(servers: Servers, database: str) -> Iterator[Acme]:
    """The wholesaler, and what tests add to its story without a browser."""
    install_domain()
    system, engine = (make_engine(servers.database(role, database), pool_size=2) for role in ("system", "app"))
    yield Acme(engine, seed_wholesaler(system, engine))
    system.dispose()
    engine.dispose()


@pytest.fixture(scope="session")
def port(servers: Servers, database: str, acme: Acme, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    settings = {
        "DATABASE_URL": servers.database("app", database),
        "DATABASE_SYSTEM_URL": servers.database("system", database),
        "REDIS_URL": servers.redis,
        "ORDERLOOM_LOGIN_RATE": "10000/minute",
        "ORDERLOOM_LOG_FORMAT": "console",
    }
    with running_product(settings, tmp_path_factory.mktemp("logs")) as served:
        yield served


@pytest.fixture
def people(browser: Browser, port: int) -> Iterator[People]:
    """Whoever takes part in a journey. Errors in any console fail it, refused content among them."""
    opened = People(browser, port)
    yield opened
    opened.close()
    assert not opened.complaints, opened.complaints


class Acme:
    """engine  of the application role"""

    def __init__(self, engine: Engine, tenant_id: UUID) -> None:
        self.engine, self.tenant_id = engine, tenant_id

    def customer(self, number: str, *, limit: str) -> str:
        """A customer in Suzhou who pays base prices on account. Returns the number."""

        def make(work: Work) -> None:
            account = f"CA-{number}"
            save_account(work, SaveAccount(number=account, name=number, currency="CNY", credit_limit=Decimal(limit)))
            home = AddressData(
                recipient=number, street="8 Garden Road", city="Suzhou", region="Jiangsu", country="CN",
                is_default_shipping=True,
            )  # fmt: skip
            save_customer(work, SaveCustomer(number=number, name=number, credit_account=account, addresses=(home,)))

        in_work(self.engine, self.tenant_id, SYSTEM, make)
        return number

    def import_file(self, name: str, text: str) -> None:
        """Has a file of orders checked by the worker."""
        command = StageFile(file_name=name, channel="file", order_type="standard")
        in_work(
            self.engine, self.tenant_id, SYSTEM, lambda work: stage_file(work, command, io.BytesIO(text.encode()), [])
        )

    def publish_anew(self) -> None:
        """One more release, in which the order numbers have another name."""

        def publish(work: Work) -> None:
            numbering = dict(starter_documents()["numbering/standard"])
            numbering["name"] = {
                "en": f"Orders {work.tenant.head_release}",
                "zh-CN": f"订单 {work.tenant.head_release}",
            }
            publish_bundle(work, {"numbering/standard": numbering}, notes="Another name")

        in_work(self.engine, self.tenant_id, SYSTEM, publish)

    def plan_and_try_a_draft(self) -> tuple[str, str]:
        """A draft that holds every order, planned for tomorrow and tried on history. (ids of plan and backtest)"""

        def prepare(work: Work) -> tuple[UUID, UUID]:
            outcome = {"do": "hold", "hold_type": "review", "reason": {"en": "look"}}
            rule = {"id": "all", "name": {"en": "All"}, "when": {">": [{"var": "order.total"}, 0]}, "outcome": outcome}
            name = {"en": f"After {work.tenant.head_release}"}
            body = {"name": name, "rules": [rule]}
            before = find_draft(work, "review_rules", "standard")
            etag = before.etag if before else None
            save_draft(work, SaveDraft(kind="review_rules", key="standard", body=body, etag=etag))
            tomorrow = work.now + timedelta(days=1)
            base = work.tenant.head_release
            plan = plan_release(work, PlanRelease(base=base, accept_warnings=True, publish_at=tomorrow))
            scope = Scope(limit=10, until=work.now).to_json()
            return plan, start_backtest(work, StartBacktest(scope=scope), PlacedOrders())

        plan, backtest = in_work(self.engine, self.tenant_id, SYSTEM, prepare)
        for _ in range(300):
            found = in_work(self.engine, self.tenant_id, SYSTEM, lambda work: read_backtest(work, backtest))
            if found.is_over:
                return to_text("pln", plan), to_text("bkt", backtest)
            time.sleep(0.1)
        raise AssertionError("the worker did not run the backtest")

    def order(self, customer: str, *lines: tuple[str, int], received: Received | None = None) -> OrderPlaced:
        """A placed order. lines: SKU and base units each"""
        requested = tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in lines)
        command = PlaceOrder(
            order_type="standard", channel="console", customer_number=customer, lines=requested, received=received
        )
        return in_work(self.engine, self.tenant_id, SYSTEM, partial(place, command=command))

    def papers(self, customer: str) -> tuple[str, str]:
        """An order that came as a document, with a file that the buyer sees. (ids of order and file)"""
        placed = self.order(customer, ("CUP-6", 1), received=Received(body=b"{}", content_type="application/json"))
        command = AttachFile(order_id=placed.order_id, name="PO.pdf", data=b"%PDF-1.4\n", for_buyer=True)
        admin = self._id("SELECT id FROM users WHERE email = %(of)s", f"admin@{SLUG}.example")
        staff = Actor(kind="staff", id=admin, name="Admin")
        file = in_work(self.engine, self.tenant_id, staff, partial(attach_file, command=command))
        return to_text("ord", placed.order_id), to_text("att", file)

    def buyer_of(self, email: str) -> tuple[str, str]:
        """Ids of a portal user's customer and of himself."""
        buyer = self._id("SELECT id FROM users WHERE email = %(of)s", email)
        customer = self._id("SELECT customer_id FROM users WHERE id = %(of)s", buyer)
        return to_text("cus", customer), to_text("usr", buyer)

    def _id(self, statement: str, of: object) -> UUID:
        found: UUID = in_work(self.engine, self.tenant_id, SYSTEM, lambda work: work.scalar(statement, {"of": of}))
        return found
