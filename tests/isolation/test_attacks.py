"""Every route that names an object, tried by everybody whom the object does not belong to.

The routes are taken from the application itself, so a new one cannot be forgotten: its arguments must be among
`Victim.ids`, and where its body is needed to come past the schema, `BODIES` has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from kernel.ids import new_id, to_text
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.permissions import Permission
from tenants.scope import open_work
from tests.isolation.victim import Victim, make_victim
from tests.support.digest import digest_of
from tests.support.portal import Shop, make_shop
from tests.support.web import BASE_HOST, Browser, make_key, sign_in, token_of

ALL = tuple(permission for permission in Permission if permission is not Permission.USE_PORTAL)
METHODS = ("GET", "POST", "PUT", "DELETE")
_ADDRESS = {"recipient": "Eve", "street": "1 Side St", "city": "Bonn", "country": "DE"}

# What comes past a route's schema, by endpoint; {} elsewhere.
QUERIES = {"api_changes.Proposals": {"remedy": "floor"}}
BODIES: dict[str, dict[str, Any]] = {
    "api_changes.Previews": {"actions": [{"do": "set_note", "buyer_note": "x"}]},
    "api_changes.Changes": {"actions": [{"do": "set_note", "buyer_note": "x"}]},
    "api_changes.Decisions": {"decision": "decline"},
    "api_regrouping.Merges": {"orders": ["ord_01m81qtaxgezca78cfg39zjz45"]},
    "api_customers.CustomerByNumber": {"name": "Mine", "addresses": [_ADDRESS]},
    "api_products.ProductByCode": {"name": "Mine", "skus": [{"code": "EVE-1", "name": "Mine"}]},
    "api_price_lists.PriceRows": {"tiers": [{"sku": "TEA", "unit_price": "1.00"}]},
    "api_prices.PriceListByKey": {"names": {"en": "Mine"}, "currency": "USD"},
    "api_orders.OrderCustom": {"custom": {}},
    "api_locations.LocationByKey": {"custom": {}},
    "api_orders.Deallocations": {"reason": "mine"},
    "api_allocation.Priority": {"priority": 9},
    "api_allocation.Refusals": {"location": "victim-place", "reason": "mine"},
    "api_allocation.Capacity": {"daily_capacity": 1},
    "api_allocation.Delivery": {"ship_complete": True},
    "api_backorders.FollowUps": {"note": "mine", "due_on": "2099-01-01"},
    "api_backorders.Substitutes": {"substitutes": []},
    "orders.prioritise": {"priority": "9"},
    "orders.refuse_place": {"location": "victim-place", "reason": "mine"},
    "backorders.note": {"note": "mine", "due_on": "2099-01-01"},
    "backorder_answers.answer": {"answer": "cancel"},
    "portal_backorders.answer": {"answer": "cancel"},
    "api_orders.Holds": {"reason": "mine"},
    "api_order_papers.Notes": {"body": "mine"},
    "api_order_papers.NoteById": {"pinned": True},
    "api_deliveries.Deliveries": {"lines": [{"line_id": to_text("lin", new_id()), "deliveries": []}]},
    "api_drafts.DraftById": {"customer_number": "mine"},
    "api_templates.TemplateById": {"name": "Mine", "lines": [{"sku": "TEA", "quantity": "1"}]},
    "orders.write_note": {"note": "mine"},
    "api_orders.HoldReleases": {"reason": "mine"},
    "api_orders.Approvals": {"action": "approve", "on_behalf_of": "eve@rival.example"},
    "customers.change_limit": {"credit_limit": "1000000"},
    "customers.post": {"kind": "invoice", "number": "EVE-1", "amount": "10.00"},
    "api_credit.AccountByNumber": {"name": "Mine", "currency": "USD", "credit_limit": "5"},
    "api_credit.Raises": {"credit_limit": "5", "until_on": "2099-01-01", "reason": "mine"},
    "api_credit.GroupLimit": {"credit_limit": "5"},
    "api_receivables.InvoiceCredits": {"reason": "mine"},
    "api_receivables.InvoiceWriteOffs": {"amount": "1", "reason": "mine"},
    "api_payments.Refunds": {"amount": "1", "reason": "mine"},
    "api_payments.Unapplications": {"invoice_id": to_text("rec", new_id()), "amount": "1"},
    "credit.save": {"name": "Mine", "credit_limit": "5"},
    "credit.raise_for_days": {"credit_limit": "5", "until_on": "2099-01-01", "reason": "mine"},
    "receivables.apply": {"how": "oldest"},
    "receivables.unapply": {"other": "rec_x", "amount": "1"},
    "receivables.credit": {"what": "all", "reason": "mine"},
    "receivables.refund": {"amount": "1", "reason": "mine"},
    "receivables.give_up": {"amount": "1", "reason": "mine"},
    "receivables.invoice": {"what": "all"},
    "receivables.confirm_payment": {"amount": "1", "method": "bank"},
    "orders.hold": {"reason": "mine"},
    "api_customer_records.CustomerSiteByNumber": {
        "name": "Mine",
        "address": {"recipient": "M", "street": "1", "city": "X", "country": "DE"},
    },
    "api_customer_records.CustomerIdentities": {"channel": "shop", "outside_id": "mine"},
    "api_customer_records.CustomerLog": {"kind": "note", "text": "mine"},
    "api_customer_records.CustomerMerges": {"number": "VICTIM-M1"},
    "customers.write_log": {"kind": "note", "text": "mine"},
    "customers.keep_site": {
        "number": "1",
        "name": "Mine",
        "recipient": "M",
        "street": "1",
        "city": "X",
        "country": "DE",
    },
    "prices.put_prices": {"price.VICTIM-TEA|0": "9"},
    "customers.store": {"name": "Mine"},
    "customers.keep_contact": {"name": "Mine"},
    "customers.keep_address": {"recipient": "M", "street": "1", "city": "X", "country": "DE"},
    "customers.store_terms": {"payment_terms_days": "365"},
    "api_customer_people.CustomerContacts": {"name": "Mine"},
    "api_customer_people.CustomerContactById": {"name": "Mine"},
    "api_customer_people.CustomerAddresses": _ADDRESS,
    "api_customer_people.CustomerAddressById": _ADDRESS,
    "api_customer_people.CustomerTerms": {"credit_account": None, "payment_terms_days": 365},
    "customers.new_identity": {"channel": "shop", "outside_id": "mine"},
    "customers.merge": {"number": "VICTIM-M1"},
    "portal_requests.decide": {"do": "approve", "note": "mine"},
    "orders.release": {"reason": "mine"},
    "orders.deallocate": {"reason": "mine"},
    "orders.cancel": {"reason": "other"},
    "orders.act": {"action": "approve", "comment": "mine"},
    "orders.resubmit": {"comment": "mine"},
    "approvals.act": {"action": "approve", "comment": "mine"},
    "settings_roles.store": {"name_en": "Mine", "permissions": "users.manage"},
    "settings_approvals.transfer": {"to": "usr_x", "task": "tsk_x"},
    "orders.remark": {"comment": "mine"},
    "settings_departments.store": {"name_en": "Mine"},
    "settings_users.store": {"name": "Mine", "roles": "admin"},
    "stock.receive": {"quantity": "5", "location": "ham"},
    "stock.adjust": {"quantity": "5", "location": "ham", "reason": "mine"},
    "stock.change_status_of": {"quantity": "5", "location": "ham", "from_status": "good", "to_status": "damaged"},
    "stock.move_bins": {"quantity": "5", "location": "ham", "to_bin": "A-1"},
    "stock.store_levels": {"quantity": "5", "reorder_point": "5", "location": "ham"},
    "stock.store_tracking": {"quantity": "5", "tracking": "lot"},
    "stock.receive_goods": {"quantity": "1"},
    "stock.close": {"why": "mine"},
    "stock.receive_transfer_rows": {"arrived.1": "1"},
    "stock.enter": {"sku": "EVE-1", "counted": "1"},
    "stock.enter_rows": {"rows": "EVE-1\t1"},
    "api_transfers.Arrivals": {"rows": [{"line_no": 1, "arrived": "1"}]},
    "api_counts.CountedRows": {"rows": [{"sku": "EVE-1", "counted": "1"}]},
    "api_stock_plans.ExpectedReceipts": {"quantity": "1"},
    "api_stock_plans.ExpectedClosures": {"reason": "mine"},
    "api_transfers.TransferCallBacks": {"reason": "mine"},
    "stock.call_back": {"reason": "mine"},
    "stock.transfer": {"quantity": "5", "location": "ham", "target": "elsewhere"},
    "builder.save": {"body": '{"name": {"en": "Mine"}, "rules": []}', "etag": ""},
    "builder.try_document": {"sample": "{}"},
    "builder.merge_both": {"body": '{"name": {"en": "Mine"}, "rules": []}', "etag": ""},
    "builder.check": {"body": '{"name": {"en": "Mine"}, "rules": []}', "etag": ""},
    "builder.discard": {"etag": "x"},
    "builder_plans.approve": {"note": "mine"},
    "builder_plans.refuse": {"note": "mine"},
    "builder_history.put_back": {"base": "1", "notes": "mine"},
    "passwords.store_accepted": {"password": "a long enough battery", "name": "Eve"},
    "passwords.store_reset": {"password": "a long enough battery"},
}
# A write by a natural key makes or changes the attacker's OWN object of that key; the victim's stays as it is.
OWN_BY_NATURAL_KEY = {
    ("PUT", "api_customers.CustomerByNumber"): "customer numbers belong to each company",
    ("PUT", "api_credit.AccountByNumber"): "numbers of credit accounts belong to each company",
    ("PUT", "api_products.ProductByCode"): "product codes belong to each company",
    ("POST", "builder.save"): "keys of documents belong to each company; this is a draft of the attacker's own",
    ("POST", "builder.merge_both"): "as builder.save",
    ("PUT", "api_prices.PriceListByKey"): "keys of price lists belong to each company",
    ("GET", "api_price_lists.PriceRows"): "the attacker's own list, which the PUT before has made",
    ("POST", "api_price_lists.PriceRows"): "the attacker's own list, which the PUT before has made",
}
OWN_BY_NATURAL_KEY[("POST", "orders.keep_draft")] = "an id that the form made; nobody else's draft is touched"
OF_THE_PRODUCT = {
    "builder.new": "a kind of document names no object of a company",
    "builder.create": "a kind of document names no object of a company",
    "builder.check": "judges the text that is sent by the own configuration, under any key, and saves nothing",
    "builder.schema": "the schema of a kind is the same for all companies",
    "builder.manual_of_kind": "the reference of a kind is the same for all companies",
}
# A link from a mail that is not known here is refused as an outdated one is, with words for its reader.
LINKS = {
    "backorder_answers.answer", "backorder_answers.show",
    "passwords.accept", "passwords.store_accepted", "passwords.reset", "passwords.store_reset",
}  # fmt: skip


@dataclass(frozen=True)
class Attack:
    endpoint: str
    method: str
    path: str
    served: bool  # the path takes this method


def _attacks(app: Flask, victim: Victim, *, api: bool) -> Iterator[Attack]:
    """Every method on every path with an argument; a path's GET before what writes to it."""
    served: dict[str, dict[str, str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and rule.arguments and rule.rule.startswith("/api/") == api:
            served.setdefault(rule.rule, {}).update(dict.fromkeys(rule.methods or (), rule.endpoint))
    for rule_text, endpoints in sorted(served.items()):
        for method in METHODS:
            endpoint = endpoints.get(method, next(iter(endpoints.values())))
            rule = next(r for r in app.url_map.iter_rules() if r.rule == rule_text and r.endpoint == endpoint)
            values = {name: victim.argument(endpoint, name) for name in rule.arguments}
            path = rule_text
            for name, value in values.items():
                path = re.sub(rf"<([a-z(][^<>]*:)?{name}>", value, path)
            assert "<" not in path, path
            yield Attack(endpoint, method, path, method in endpoints)


@pytest.fixture(scope="module")
def victim(engine: Engine, system_engine: Engine) -> Victim:
    return make_victim(engine, make_shop(engine, system_engine))


@pytest.fixture(scope="module")
def rival_shop(engine: Engine, system_engine: Engine) -> Shop:
    return make_shop(engine, system_engine)


def send(browser: Browser, attack: Attack, token: str) -> TestResponse:
    body = {**BODIES.get(attack.endpoint, {}), "_once": str(new_id()), "csrf_token": token}
    return browser.client.open(
        attack.path, method=attack.method, base_url=f"http://{browser.host}",
        data=None if attack.method == "GET" else body, headers={"X-CSRFToken": token},
    )  # fmt: skip


def token_for(browser: Browser) -> str:
    return token_of(browser.get("/profile"))


def refused(attack: Attack, answer: TestResponse, allowed: set[int]) -> str | None:
    """What is wrong with the answer, or None."""
    if not attack.served:
        allowed = {404, 405} | allowed  # another route may take the path as well
    elif attack.endpoint in LINKS:
        allowed = {404, 422}
    if answer.status_code in allowed:
        return None
    return f"{attack.method} {attack.path} ({attack.endpoint}): {answer.status_code}"


def browse(app: Flask, victim: Victim, browser: Browser, *, console: set[int], portal: set[int]) -> list[str]:
    """Faults of all page routes; the statuses that a console route and a portal route may answer."""
    token, wrong = token_for(browser), []
    attacks = list(_attacks(app, victim, api=False))
    # What makes an object of the attacker's own comes last: until then there is none behind the victim's key.
    attacks.sort(key=lambda attack: (attack.method, attack.endpoint) in OWN_BY_NATURAL_KEY)
    for attack in attacks:
        # A file asks for the row that holds it, so there is none for whoever may not see that.
        allowed = (
            {404} if attack.path.startswith("/files") else portal if attack.path.startswith("/portal") else console
        )
        if allowed == {404} and (attack.method, attack.endpoint) in OWN_BY_NATURAL_KEY:
            allowed = {200, 302, 409}  # 409: another save of the attacker's own came first
        if allowed == {404} and attack.endpoint in OF_THE_PRODUCT:
            allowed = {200, 422}
        wrong.append(refused(attack, send(browser, attack, token), allowed))
    return [fault for fault in wrong if fault]


def test_another_company_s_administrator_finds_nothing_on_any_page(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    browser = sign_in(app, rival_shop.company)
    before = digest_of(engine, victim.shop.company.id)

    wrong = browse(app, victim, browser, console={404}, portal={403})

    assert wrong == []
    assert digest_of(engine, victim.shop.company.id) == before


def test_another_company_s_buyer_finds_nothing_on_any_page(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    browser = sign_in(app, rival_shop.company, rival_shop.kim)
    before = digest_of(engine, victim.shop.company.id)

    wrong = browse(app, victim, browser, console={403}, portal={404})

    assert wrong == []
    assert digest_of(engine, victim.shop.company.id) == before


def test_another_customer_s_buyer_of_the_same_company_finds_nothing_on_any_page(
    app: Flask, engine: Engine, victim: Victim
) -> None:
    browser = sign_in(app, victim.shop.company, victim.shop.kim)
    token = token_for(browser)
    before = digest_of(engine, victim.shop.company.id)

    wrong = [
        refused(attack, send(browser, attack, token), {404} if attack.path.startswith(("/portal", "/files")) else {403})
        for attack in _attacks(app, victim, api=False)
        if attack.endpoint not in LINKS  # whoever has a link of his own company may use it
    ]

    assert [fault for fault in wrong if fault] == []
    assert digest_of(engine, victim.shop.company.id) == before


def test_another_company_s_key_finds_nothing_in_the_api(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    key = make_key(engine, rival_shop.company, *ALL)
    before = digest_of(engine, victim.shop.company.id)

    wrong = []
    attacks = list(_attacks(app, victim, api=True))
    attacks.sort(key=lambda attack: (attack.method, attack.endpoint) in OWN_BY_NATURAL_KEY)
    for attack in attacks:
        answer = app.test_client().open(
            attack.path, method=attack.method, base_url=f"http://{BASE_HOST}",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": str(new_id())},
            json=None if attack.method == "GET" else BODIES.get(attack.endpoint, {}),
            query_string=QUERIES.get(attack.endpoint, {}),
        )  # fmt: skip
        own = (attack.method, attack.endpoint) in OWN_BY_NATURAL_KEY
        wrong.append(refused(attack, answer, {200} if own else {404}))

    assert [fault for fault in wrong if fault] == []
    assert digest_of(engine, victim.shop.company.id) == before


@pytest.mark.parametrize("who", ["administrator", "buyer", "nobody"])
def test_a_browser_without_key_is_nobody_in_the_api(
    who: str, app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    people = {"administrator": victim.shop.company.admin, "buyer": victim.shop.kim}
    browser = Browser(app, victim.shop.company.host)
    if who in people:
        browser = sign_in(app, victim.shop.company, people[who])
    token = token_for(browser) if who in people else ""
    before = digest_of(engine, victim.shop.company.id)

    wrong = [refused(attack, send(browser, attack, token), {401}) for attack in _attacks(app, victim, api=True)]

    assert [fault for fault in wrong if fault] == []
    assert digest_of(engine, victim.shop.company.id) == before


def test_receivables_of_another_company_cannot_be_applied(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    browser = sign_in(app, rival_shop.company)
    before = digest_of(engine, victim.shop.company.id)
    invoice, payment = victim.receivables

    answer = browser.send(
        f"/customers/{to_text('cus', rival_shop.customer)}/receivables/apply",
        {"invoice": invoice, "payment": payment, "amount": "1", "_once": "x", "csrf_token": token_for(browser)},
    )

    assert answer.status_code in {404, 422}
    assert digest_of(engine, victim.shop.company.id) == before


def test_the_same_idempotency_key_of_two_companies_is_two_keys(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    once = str(new_id())
    answers = [
        app.test_client().post(
            "/api/v1/stock/receipts", base_url=f"http://{BASE_HOST}",
            json={"sku": "TEA", "location": "ham", "quantity": "1"},
            headers={"Authorization": f"Bearer {make_key(engine, shop.company, *ALL)}", "Idempotency-Key": once},
        )
        for shop in (victim.shop, rival_shop)
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [201, 201]
    assert "Idempotency-Replayed" not in answers[1].headers


def test_a_cursor_of_another_company_shows_the_own_rows_only(
    app: Flask, engine: Engine, victim: Victim, rival_shop: Shop
) -> None:
    def orders(shop: Shop, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {make_key(engine, shop.company, *ALL)}"}
        url = {"base_url": f"http://{BASE_HOST}", "headers": headers, "query_string": {"limit": 1, **query}}
        return app.test_client().get("/api/v1/orders/", **url).get_json()

    for shop in (victim.shop, victim.shop, rival_shop):
        with open_work(engine, shop.company.id) as work:
            place(work, PlaceOrder(
                order_type="standard", channel="api", customer_number="C-2",
                lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
            ))  # fmt: skip
    mine = {order["id"] for order in orders(rival_shop, limit=50)["data"]}

    stolen = orders(victim.shop)["next_cursor"]
    seen = {order["id"] for order in orders(rival_shop, cursor=stolen, limit=50)["data"]}

    assert stolen and seen <= mine


def test_a_form_s_token_of_another_company_is_worth_nothing(app: Flask, victim: Victim, rival_shop: Shop) -> None:
    admin, stolen = sign_in(app, victim.shop.company), token_for(sign_in(app, rival_shop.company))

    answer = admin.send("/settings/company", {"name": "Mine", "csrf_token": stolen})

    assert answer.status_code in {400, 403}
