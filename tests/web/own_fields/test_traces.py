"""Nobody learns a value that his roles do not show him from why an order was decided as it was."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM, Actor, Work
from kernel.ids import from_text, to_text
from low_code.backtests.run_backtest import run_backtest
from low_code.documents.save_draft import SaveDraft, save_draft
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.trial.history import PlacedOrders
from tenants.access.permissions import Permission
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_sku
from tests.support.configuration import publish_defaults
from tests.support.custom_fields import field, publish_fields
from tests.support.web import Browser, Company, make_company, make_key, make_user, sign_in
from tests.web.api.conftest import Api

SECRET, ACCOUNT, PLAIN, COST, NEAR = "SECRET-4711", "ACCOUNT-0815", "open-to-all", "77123.5", "NEARBY-99"
FIELDS = [field("secret", view=["finance"]), field("account", mask={"roles": ["operator"]}), field("plain")]
LINE_FIELDS = [field("cost", "decimal", view=["finance"])]
WHEN = {
    "and": [
        {"==": [{"var": "order.cf.secret"}, SECRET]},
        {"starts": [{"var": "order.cf.account"}, "ACCOUNT"]},
        {"==": [{"var": "order.cf.plain"}, PLAIN]},
        {">": [{"sum": [{"var": "order.lines"}, {"var": "cf.cost"}]}, {"dec": COST}]},
        {"==": [{"var": "order.customer.cf.near"}, NEAR]},
    ]
}
RULE = {"id": "odd", "name": {"en": "Odd"}, "when": WHEN, "outcome": {"do": "hold", "hold_type": "review", "reason": {"en": "odd"}}}  # fmt: skip
UNSEEN = "Your roles do not show this value."


@dataclass
class Firm:
    app: Flask
    engine: Engine
    company: Company
    order: UUID
    number: str

    def as_(self, *roles: str) -> Browser:
        return sign_in(self.app, self.company, make_user(self.engine, self.company, *roles))

    def api(self, *roles: str) -> Api:
        key = make_key(self.engine, self.company, *[one for one in Permission if one is not Permission.USE_PORTAL])
        with open_work(self.engine, self.company.id) as work:
            work.execute("UPDATE api_keys SET role_keys = %(r)s WHERE tenant_id = %(t)s AND last_four = %(f)s",
                         {"r": list(roles), "t": work.tenant_id, "f": key[-4:]})  # fmt: skip
        return Api(self.app, self.company, key)


@pytest.fixture(scope="module")
def firm(request: pytest.FixtureRequest) -> Firm:
    app, engine = request.getfixturevalue("app"), request.getfixturevalue("engine")
    company = make_company(engine, request.getfixturevalue("system_engine"))
    made: dict[str, UUID] = {}

    def fill(work: Work) -> None:
        documents = {"order": FIELDS, "order_line": LINE_FIELDS, "customer": [field("near", view=["finance"])]}
        publish_fields(work, **documents)
        publish_defaults(work, {
            **{f"fields/{entity}": {"fields": fields} for entity, fields in documents.items()},
            "review_rules/standard": {"name": {"en": "Standard"}, "rules": [RULE]},
        })  # fmt: skip
        a_sku(work, "TEA")
        a_customer(work, "C-1")
        work.execute("UPDATE customers SET custom = %(c)s::jsonb WHERE tenant_id = %(t)s",
                     {"c": json.dumps({"near": NEAR}), "t": work.tenant_id})  # fmt: skip
        made["order"] = place(work, PlaceOrder(
            order_type="standard", channel="api", customer_number="C-1",
            custom={"secret": SECRET, "account": ACCOUNT, "plain": PLAIN},
            lines=(LineRequest(sku="TEA", quantity=Decimal(1), custom={"cost": "88123.5"}),),
        )).order_id  # fmt: skip
        save_draft(work, SaveDraft(kind="review_rules", key="standard", body={
            "name": {"en": "Standard"}, "rules": [RULE, {**RULE, "id": "odder", "name": {"en": "Odder"}}],
        }))  # fmt: skip

    in_work(engine, company.id, SYSTEM, fill)
    with open_work(engine, company.id) as work:
        number = work.scalar("SELECT number FROM orders WHERE tenant_id = %(t)s", {"t": company.id})
    return Firm(app, engine, company, made["order"], number)


def told(text: str) -> set[str]:
    text = unescape(text)
    return {one for one in (SECRET, ACCOUNT, PLAIN, COST, "88123.5", NEAR) if one in text}


ALL = {SECRET, ACCOUNT, PLAIN, COST, "88123.5", NEAR}


def test_the_why_page_shows_each_reader_what_his_roles_allow(firm: Firm) -> None:
    path = f"/orders/{to_text('ord', firm.order)}"
    clerk, boss = firm.as_("operator").get(path).text, firm.as_("admin", "finance").get(path).text

    assert told(boss) >= {SECRET, ACCOUNT, PLAIN, NEAR} and UNSEEN not in boss
    assert told(clerk) == {PLAIN} and "••••0815" in clerk and UNSEEN in clerk
    assert "puts the order on hold" in clerk


def test_decisions_of_the_api_show_a_key_what_its_roles_allow(firm: Firm) -> None:
    path = f"/orders/{to_text('ord', firm.order)}"
    seen = {}
    for role in ("operator", "finance"):
        (seen[role],) = [one for one in firm.api(role).get(path).json["decisions"] if one["kind"] == "review"]
    why = seen["operator"]["trace"]["hits"][0]["why"]

    assert told(json.dumps(seen["finance"])) == ALL
    assert told(json.dumps(seen["operator"])) == {PLAIN}
    assert (why["value"], why["hidden"]) == (True, True)
    assert [one.get("value") for one in why["operands"]] == [None, None, True, None, None]


def test_trying_an_order_shows_no_more_and_decides_it_all_the_same(firm: Firm) -> None:
    ada, boss = firm.as_("admin"), firm.as_("admin", "finance")

    page, whole = ada.get(f"/builder/try?order={firm.number}"), boss.get(f"/builder/try?order={firm.number}")
    sample = re.search(r'name="sample"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert sample
    again = ada.post("/builder/try", {"order": firm.number, "sample": unescape(sample.group(1))})
    simulated = firm.api().post("/configuration/simulations", {"order": firm.number})

    assert told(whole.text) == ALL - {COST}  # the page tells fields, not what they are compared with
    for answer in (page, again):
        assert told(answer.text) == {ACCOUNT, PLAIN}
        assert answer.text.count("Rule odd puts") == 2 and "Rule odder puts" in answer.text
    assert simulated.status_code == 200, simulated.text
    assert told(simulated.text) == {PLAIN} and simulated.json["after"]["holds"]


def test_a_draft_that_opens_a_field_opens_no_value(firm: Firm) -> None:
    """A second person may have to agree to the release; trying the draft alone must not do without."""
    actor = Actor(kind="staff", id=firm.company.admin.id, name="Ada")
    opened = [{name: value for name, value in one.items() if name not in ("view", "mask")} for one in FIELDS]
    with open_work(firm.engine, firm.company.id, actor) as work:
        save_draft(work, SaveDraft(kind="fields", key="order", body={"fields": opened}))

    page = firm.as_("admin").get(f"/builder/try?order={firm.number}")
    with open_work(firm.engine, firm.company.id) as work:
        work.execute("DELETE FROM config_drafts WHERE tenant_id = %(t)s AND kind = 'fields'", {"t": work.tenant_id})

    assert page.status_code == 200 and told(page.text) == {ACCOUNT, PLAIN}


def test_a_difference_of_a_backtest_shows_no_more(firm: Firm) -> None:
    ada, boss = firm.as_("admin"), firm.as_("admin", "finance")
    where = ada.post("/builder/backtests", {"limit": "10"}).headers["Location"].rpartition("/")[2]
    key = from_text("bkt", where)
    assert key
    run_backtest(lambda tenant: open_work(firm.engine, tenant), firm.company.id, key, PlacedOrders())

    shown, whole = ada.get(f"/builder/backtests/{where}/1"), boss.get(f"/builder/backtests/{where}/1")

    assert (shown.status_code, whole.status_code) == (200, 200)
    assert SECRET in told(whole.text) and told(shown.text) == {ACCOUNT, PLAIN}
    assert told(ada.get(f"/builder/backtests/{where}").text) == set()
