"""axe finds nothing on any page. Pages are taken from the URL map, so that a new one cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.e2e.conftest import Acme
from tests.e2e.people import DESKTOP, PHONE, People
from tests.support.database import Servers
from web.app import create_app
from web.config import AppConfig

_TAGS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
LOOKS: dict[str, dict[str, Any]] = {
    "light on a desktop": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark on a phone": {"viewport": PHONE, "color_scheme": "dark", "is_mobile": True, "has_touch": True},
}
DISTRIBUTOR = "buyer@westlake.example"
ROLES = {"visitor": None, "administrator": "admin@acme.example", "distributor": DISTRIBUTOR}
# Nobody gets there by a link or without a token of his own; tests/web reads these.
UNREACHED = {
    "allocation.batches",  # leads on to allocation.index
    "backorder_answers.show", "own_files.show", "passwords.accept", "passwords.reset", "sign_in.code",
}  # fmt: skip
_LOOK_AT = """async path => {
  const answer = await fetch(path, {redirect: "manual"});
  const html = (answer.headers.get("content-type") ?? "").startsWith("text/html");
  return {status: answer.status, page: html && (await answer.text()).includes("<html")};
}"""
_HREFS = "() => [...document.querySelectorAll('a[href]')].map(link => link.href)"


@dataclass
class Walk:
    """What of the URL map was seen so far, over all roles and looks of a run."""

    app: Flask
    seen: set[str] = field(default_factory=set)

    def rules(self) -> list[Rule]:
        return [
            rule
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint != "static" and not str(rule).startswith("/api/")
        ]

    def of_objects(self) -> list[str]:
        """Endpoints that show one of many."""
        return [rule.endpoint for rule in self.rules() if rule.arguments]

    def address(self, endpoint: str, **values: Any) -> str:
        return self.app.url_map.bind("localhost").build(endpoint, values)

    def endpoint_of(self, address: str) -> str | None:
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(address).path)[0])
        except HTTPException:
            return None


@pytest.fixture(scope="module")
def walk(servers: Servers, database: str) -> Iterator[Walk]:
    config = AppConfig(
        database_url=servers.database("app", database),
        redis_url=servers.redis,
        secret_key="only tests sign and encrypt with this key",
        log_level="ERROR",
    )
    yield Walk(create_app(config))


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=_TAGS).response["violations"]
    return [f"{page.url} {each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_on_any_page(people: People, acme: Acme, walk: Walk, role: str, look: str) -> None:
    email = ROLES[role]
    page = people.sign_in(email, **LOOKS[look]) if email else people.visitor(**LOOKS[look])
    acme.import_file("axe.csv", "Order number,Customer number,SKU,Quantity\nX-1,K-1006,NO-SUCH-TEA,1\n")
    page.goto("/sign-in")
    scout = people.unheard(page)
    scout.goto("/sign-in")
    faults: list[str] = []
    examples: dict[str, str] = {}
    if role == "administrator":  # only a release of the past can be gone back to
        acme.publish_anew()
        examples["builder_history.show"] = walk.address("builder_history.show", number=1)
        plan, backtest = acme.plan_and_try_a_draft()
        examples["builder_plans.show"] = walk.address("builder_plans.show", plan_id=plan)
        examples["builder_backtests.show"] = walk.address("builder_backtests.show", backtest_id=backtest)
        examples["builder.sheet"] = walk.address("builder.sheet", kind="price_rule", key="volume")
        examples["builder.rebase_form"] = walk.address("builder.rebase_form", kind="review_rules", key="standard")
        order, file = acme.papers("K-1002")
        examples["orders.received"] = walk.address("orders.received", order_id=order)
        examples["orders.attachment"] = walk.address("orders.attachment", order_id=order, attachment_id=file)
        customer, buyer = acme.buyer_of(DISTRIBUTOR)
        examples["customers.edit_buyer"] = walk.address("customers.edit_buyer", customer_id=customer, user_id=buyer)
    if role == "distributor":
        order, file = acme.papers("K-1001")
        examples["portal_beside.file"] = walk.address("portal_beside.file", order_id=order, file_id=file)

    def look_at(path: str, endpoint: str) -> None:
        answer = page.goto(path)
        assert answer is not None and answer.ok, f"{endpoint}: {path}"
        walk.seen.add(endpoint)
        faults.extend(_violations(page))
        for address in page.evaluate(_HREFS):
            found = walk.endpoint_of(address)
            if found and urlsplit(address).hostname == urlsplit(page.url).hostname:
                examples.setdefault(found, urlsplit(address).path)

    if not email:
        look_at(f"http://localhost:{people.port}/", "home.index")  # where no company is named
    for rule in walk.rules():
        if not rule.arguments:
            found = scout.evaluate(_LOOK_AT, str(rule))
            if found["page"] and found["status"] == 200:
                look_at(str(rule), rule.endpoint)
            elif found["status"] == 200:
                walk.seen.add(rule.endpoint)  # a file or a fragment
    looked: set[str] = set()
    while fresh := [endpoint for endpoint in walk.of_objects() if endpoint in examples and endpoint not in looked]:
        for endpoint in fresh:  # what they lead to is looked at in the next round
            looked.add(endpoint)
            if scout.evaluate(_LOOK_AT, examples[endpoint])["page"]:
                look_at(examples[endpoint], endpoint)
            else:
                walk.seen.add(endpoint)

    assert not faults, "\n".join(faults)


def test_every_page_was_looked_at(walk: Walk) -> None:
    assert {rule.endpoint for rule in walk.rules()} - walk.seen - UNREACHED == set()
