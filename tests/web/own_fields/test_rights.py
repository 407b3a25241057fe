"""Who sees, changes and filters by a restricted field: the same answer on every page, in the API and in files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.ids import to_text
from oms.orders.record import record_event
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.permissions import Permission
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku
from tests.support.custom_fields import field, publish_fields
from tests.support.web import Browser, Company, Person, make_company, make_key, make_user, sign_in
from tests.web.api.conftest import Api
from tests.web.console.conftest import once

SECRET, MASKED = "SECRET-4711", "ACCOUNT-0815"
OPEN = "open-to-all"
FIELDS = [
    field("secret", view=["finance"], slot=True),
    field("account", mask={"roles": ["operator"]}, slot=True),
    field("plain"),
    field("locked", edit=["finance"]),
    field("files", "attachment", view=["finance"], max_files=3),
]
VALUES = {"secret": SECRET, "account": MASKED, "plain": OPEN, "locked": "kept"}
EVERYWHERE = ("order", "order_line", "customer", "product", "location")


@dataclass
class Firm:
    app: Flask
    engine: Engine
    company: Company
    clerk: Person
    boss: Person
    order: UUID
    line: UUID
    customer: UUID

    def browser(self, person: Person) -> Browser:
        return sign_in(self.app, self.company, person)

    def api(self, *roles: str) -> Api:
        permissions = [one for one in Permission if one is not Permission.USE_PORTAL]
        key = make_key(self.engine, self.company, *permissions)
        with open_work(self.engine, self.company.id) as work:
            work.execute("UPDATE api_keys SET role_keys = %(r)s WHERE tenant_id = %(t)s AND last_four = %(f)s",
                         {"r": list(roles), "t": work.tenant_id, "f": key[-4:]})  # fmt: skip
        return Api(self.app, self.company, key)


@pytest.fixture(scope="module")
def firm(request: pytest.FixtureRequest) -> Firm:
    app, engine = request.getfixturevalue("app"), request.getfixturevalue("engine")
    company = make_company(engine, request.getfixturevalue("system_engine"))
    ids: dict[str, UUID] = {}

    def fill(work: Work) -> None:
        slotless = [{name: value for name, value in one.items() if name != "slot"} for one in FIELDS]
        publish_fields(work, order=FIELDS, customer=FIELDS, product=FIELDS, order_line=slotless, location=slotless)
        a_sku(work, "TEA")
        ids["customer"] = a_customer(work, "C-1")
        a_location(work, "ham")
        for table in ("customers", "products", "locations"):
            work.execute(f"UPDATE {table} SET custom = %(c)s::jsonb WHERE tenant_id = %(t)s",
                         {"c": '{"secret": "SECRET-4711", "account": "ACCOUNT-0815", "plain": "open-to-all"}', "t": work.tenant_id})  # fmt: skip
        placed = place(work, PlaceOrder(
            order_type="standard", channel="api", customer_number="C-1", custom=VALUES,
            lines=(LineRequest(sku="TEA", quantity=Decimal(1), custom=VALUES),),
        ))  # fmt: skip
        ids["order"] = placed.order_id
        ids["line"] = work.scalar("SELECT id FROM order_lines WHERE tenant_id = %(t)s", {"t": work.tenant_id})

    in_work(engine, company.id, SYSTEM, fill)
    with open_work(engine, company.id) as work:
        work.execute("UPDATE field_slots SET ready = true WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    clerk = make_user(engine, company, "operator", name="Clerk")
    boss = make_user(engine, company, "admin", "finance", name="Boss")
    return Firm(app, engine, company, clerk, boss, **ids)


def _pages(firm: Firm) -> list[str]:
    order = to_text("ord", firm.order)
    return [
        f"/orders/{order}", "/orders/export.csv", f"/own-fields/orders/{order}",
        f"/customers/{to_text('cus', firm.customer)}", "/products/TEA", "/locations/ham",
    ]  # fmt: skip


def test_pages_and_files_show_each_reader_what_his_roles_allow(firm: Firm) -> None:
    clerk, boss = firm.browser(firm.clerk), firm.browser(firm.boss)
    for path in _pages(firm):
        whole = boss.get(path).get_data(as_text=True)
        assert SECRET in whole and MASKED in whole and OPEN in whole, path
        answer = clerk.get(path)
        shown = answer.get_data(as_text=True)
        if answer.status_code == 200:
            assert SECRET not in shown and MASKED not in shown, path
            assert "••••0815" in shown and OPEN in shown, path


def test_the_api_shows_a_key_what_its_roles_allow(firm: Firm) -> None:
    order = to_text("ord", firm.order)
    paths = [
        f"/orders/{order}",
        "/orders/",
        "/customers/",
        "/customers/C-1",
        "/products/",
        "/products/TEA",
        "/locations/",
        "/locations/ham",
    ]
    nobody, operator, finance = firm.api(), firm.api("operator"), firm.api("finance")
    for path in paths:
        for api, secret, account in ((nobody, False, False), (operator, False, False), (finance, True, True)):
            text = api.get(path).get_data(as_text=True)
            assert (SECRET in text, MASKED in text) == (secret, account), path
            assert OPEN in text, path


def test_filters_and_sorting_are_no_way_to_learn_a_value(firm: Firm) -> None:
    for api, seen in ((firm.api("operator"), False), (firm.api("finance"), True)):
        for path in ("/orders/", "/customers/", "/products/"):
            for name, value in (("cf.secret", SECRET), ("cf.account", MASKED)):
                answer = api.get(path, **{name: value})
                assert answer.status_code == (200 if seen else 422), (path, name)
                if seen:
                    assert len(answer.json["data"]) == 1
                else:
                    guess = api.get(path, **{name: "another"})
                    known = {**answer.json, "request_id": "", "instance": ""}
                    assert known == {**guess.json, "request_id": "", "instance": ""}
        answer = api.get("/orders/", sort="-cf.secret")
        assert answer.status_code == (200 if seen else 422)
        assert api.get("/orders/", **{"cf.nothing": "x"}).status_code == 422


def test_the_list_page_filters_only_by_what_the_reader_sees(firm: Firm) -> None:
    clerk, boss = firm.browser(firm.clerk), firm.browser(firm.boss)
    order = to_text("ord", firm.order)

    for value in (SECRET, "wrong"):
        assert order in clerk.get(f"/orders?cf.secret={value}").get_data(as_text=True)  # it does not filter
    assert order in boss.get(f"/orders?cf.secret={SECRET}").get_data(as_text=True)
    assert order not in boss.get("/orders?cf.secret=wrong").get_data(as_text=True)


def test_lists_of_customers_and_products_filter_by_what_the_reader_sees(firm: Firm) -> None:
    clerk, boss = firm.browser(firm.clerk), firm.browser(firm.boss)
    for path, row in (("/customers", to_text("cus", firm.customer)), ("/products", "/products/TEA")):
        for name, right in (("secret", SECRET), ("account", MASKED), ("plain", OPEN)):
            for value in (right, "wrong"):
                seen = name == "plain" or None
                found = boss.get(path, query_string={f"cf.{name}": value}).get_data(as_text=True)
                assert (row in found) is (value == right), (path, name)
                guessed = clerk.get(path, query_string={f"cf.{name}": value}).get_data(as_text=True)
                assert (row in guessed) is (value == right if seen else True), (path, name)  # it does not filter
                assert value in found and (f'name="cf.{name}"' in guessed) is bool(seen)


def test_everybody_chooses_his_own_columns_of_the_order_list(firm: Firm) -> None:
    clerk, boss = firm.browser(firm.clerk), firm.browser(firm.boss)
    assert OPEN not in boss.get("/orders").get_data(as_text=True)

    for browser in (clerk, boss):
        saved = browser.post(
            "/orders/columns", {"column": ["secret", "account", "plain", "no-such"], "next": "/orders?tab=all"}
        )
        assert (saved.status_code, saved.location) == (303, "/orders?tab=all")
    whole, masked = boss.get("/orders").get_data(as_text=True), clerk.get("/orders").get_data(as_text=True)

    assert SECRET in whole and MASKED in whole and OPEN in whole
    assert SECRET not in masked and MASKED not in masked and "••••0815" in masked and OPEN in masked
    assert 'data-label="Secret"' in whole and 'data-label="Secret"' not in masked
    boss.post("/orders/columns", {"next": "/orders"})
    assert OPEN not in boss.get("/orders").get_data(as_text=True)
    assert OPEN in clerk.get("/orders").get_data(as_text=True)
    assert boss.post("/orders/columns", {"next": "https://evil.example/"}).location == "/orders"


def test_what_was_changed_while_approving_is_told_to_each_as_he_sees_it(firm: Firm) -> None:
    """The event says what stood there before and what stands there now."""
    facts = {"fields": {"secret": ["S-OLD", SECRET], "account": [None, MASKED], "plain": ["P-OLD", OPEN]}}
    in_work(firm.engine, firm.company.id, SYSTEM, lambda work: record_event(work, firm.order, "approval_edited", facts))
    path = f"/orders/{to_text('ord', firm.order)}"

    seen = {}
    for role in ("operator", "finance"):
        events = firm.api(role).get(path).json["events"]
        (seen[role],) = [one["facts"]["fields"] for one in events if one["kind"] == "approval_edited"]

    assert seen["finance"] == facts["fields"]
    assert seen["operator"] == {"account": [None, "••••0815"], "plain": ["P-OLD", OPEN]}
    assert "S-OLD" not in firm.browser(firm.clerk).get(path).get_data(as_text=True)


def test_the_api_names_users_as_everywhere(engine: Engine, system_engine: Engine, app: Flask) -> None:
    company = make_company(engine, system_engine)
    own = [field("owner", "user")]

    def fill(work: Work) -> None:
        publish_fields(work, order=own, order_line=own, customer=own, product=own, location=own)
        a_sku(work, "TEA")
        a_customer(work, "C-1")
        a_location(work, "ham")

    in_work(engine, company.id, SYSTEM, fill)
    api = Api(app, company, make_key(engine, company, *[one for one in Permission if one is not Permission.USE_PORTAL]))
    ada = to_text("usr", company.admin.id)
    line = {"sku": "TEA", "quantity": "1", "custom": {"owner": company.admin.email}}
    placed = api.post(
        "/orders/",
        {
            "order_type": "standard",
            "channel": "api",
            "customer_number": "C-1",
            "custom": {"owner": ada},
            "lines": [line],
        },
    )
    assert placed.status_code == 201, placed.get_data(as_text=True)
    assert api.put("/customers/C-1", {"name": "C", "custom": {"owner": ada}}).json["custom"] == {"owner": ada}
    assert api.put("/locations/ham", {"custom": {"owner": ada}}).json["custom"] == {"owner": ada}

    order = api.get(f"/orders/{placed.json['id']}").json
    assert order["custom"] == order["lines"][0]["custom"] == {"owner": ada}
    for path in ("/orders/", "/customers/"):
        (row,) = api.get(path, **{"cf.owner": ada}).json["data"]
        assert row["custom"] == {"owner": ada}
    assert [row["custom"] for row in api.get("/locations/").json["data"]] == [{"owner": ada}]


def test_nobody_writes_what_he_may_not(firm: Firm) -> None:
    order, line = to_text("ord", firm.order), to_text("lin", firm.line)
    operator = firm.api("operator")
    for custom in ({"secret": SECRET}, {"secret": "x"}, {"account": "x"}, {"locked": "x"}):
        answer = operator.put(f"/orders/{order}/custom", {"custom": custom})
        (key,) = custom
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"/custom/{key}"), custom
        answer = operator.put(f"/orders/{order}/custom", {"lines": [{"line_id": line, "custom": custom}]})
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"/lines/{line}/custom/{key}")
        assert operator.put("/locations/ham", {"custom": custom}).status_code == 422
        assert operator.put("/customers/C-1", {"name": "C", "custom": custom}).status_code == 422

    echoed = operator.put(
        f"/orders/{order}/custom", {"custom": {"account": "••••0815", "plain": "changed", "locked": "kept"}}
    )
    assert echoed.status_code == 200
    assert echoed.json["custom"] == {"account": "••••0815", "plain": "changed", "locked": "kept"}
    with open_work(firm.engine, firm.company.id) as work:
        kept = work.scalar("SELECT custom FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert kept == {**VALUES, "plain": "changed"}
    firm.api("finance").put(f"/orders/{order}/custom", {"custom": {"plain": OPEN}})


def test_a_file_is_for_those_who_see_its_field(firm: Firm) -> None:
    boss, clerk = firm.browser(firm.boss), firm.browser(firm.clerk)
    path = f"/own-fields/orders/{to_text('ord', firm.order)}"
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    sent = boss.post(path, {
        **once(), "cf.files.sent": "1", "cf.files": [(io.BytesIO(png), "a.png"), (io.BytesIO(b"<script>alert(1)</script>"), "../x.html")],
    }, content_type="multipart/form-data")  # fmt: skip
    assert sent.status_code == 303, sent.get_data(as_text=True)[:2000]
    with open_work(firm.engine, firm.company.id) as work:
        files = {
            row.name: to_text("fil", row.id)
            for row in work.rows("SELECT id, name FROM field_files WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        }

    picture, page = boss.get(f"/files/{files['a.png']}"), boss.get(f"/files/{files['x.html']}")
    assert (picture.mimetype, picture.headers["Content-Disposition"].split(";")[0]) == ("image/png", "inline")
    assert (page.mimetype, page.headers["Content-Disposition"].split(";")[0]) == (
        "application/octet-stream",
        "attachment",
    )
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert clerk.get(f"/files/{files['a.png']}").status_code == 404

    taken_out = boss.post(path, {**once(), "cf.files.sent": "1"})
    assert taken_out.status_code == 303
    assert boss.get(f"/files/{files['a.png']}").status_code == 404


def test_a_change_raises_the_version_stands_in_the_log_and_hides_secrets_there(firm: Firm) -> None:
    order = to_text("ord", firm.order)
    finance = firm.api("finance")
    before = finance.get(f"/orders/{order}").json["version"]

    changed = finance.put(f"/orders/{order}/custom", {"custom": {"secret": "SECRET-NEW"}, "version": before})
    late = finance.put(f"/orders/{order}/custom", {"custom": {"secret": "again"}, "version": before})

    assert (changed.status_code, changed.json["version"]) == (200, before + 1)
    assert late.status_code == 409
    with open_work(firm.engine, firm.company.id) as work:
        told = [
            str(row.changes)
            for row in work.rows(
                "SELECT changes FROM audit_entries WHERE tenant_id = %(t)s AND action = 'order.change_fields'",
                {"t": work.tenant_id},
            )
        ]
    assert told and not any("SECRET" in one for one in told)
    finance.put(f"/orders/{order}/custom", {"custom": {"secret": SECRET}})
