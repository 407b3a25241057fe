"""A customer in depth through the pages: at a glance, merged and taken back, graded, with sites, limits and a log."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kernel import clock
from kernel.ids import to_text
from oms.customer_merging.plan import FIELDS
from oms.customers.save_customer import ContactData, SaveCustomer, save_customer
from tests.support.web import make_user
from tests.web.console.conftest import Shop, once, order_url

PHONES = ("+49 40 5551234", "040/555 12 34")
SITE = {
    "number": "1", "name": "Altona", "recipient": "Shop", "street": "2 Side St", "city": "Hamburg", "country": "DE",
    "active": "1",
}  # fmt: skip


def _customer(shop: Shop, more: str = "", customer: Any = None) -> str:
    return f"/customers/{to_text('cus', customer or shop.customer)}{more}"


def _twins(shop: Shop) -> tuple[Any, Any]:
    with shop.work() as work:
        contacts = (ContactData(name="Zora Quill", phone="+49 171 7654321", role="finance"),)
        one = save_customer(work, SaveCustomer(number="T-1", name="Twin", phone=PHONES[0], contacts=contacts))
        work.execute("UPDATE customers SET country = 'DE' WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        other = save_customer(work, SaveCustomer(number="T-2", name="Twin Ltd.", phone=PHONES[1]))
        work.execute("UPDATE customers SET country = 'DE' WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    return one, other


def test_a_customer_is_found_by_whatever_people_know(shop: Shop) -> None:
    _twins(shop)
    placed = shop.order("2")
    number = shop.row("SELECT number FROM orders WHERE tenant_id = %(tenant)s").number
    olga = shop.browser(shop.operator)

    assert placed is not None
    for known in ("zora", "0171 765 4321", "+49 40 555 12 34", "T-1"):
        assert "T-1" in olga.get("/customers", query_string={"q": known}).text, known
    found = olga.get("/customers", query_string={"q": number.lower()}).text
    assert "Customer C-1" in found and f'href="{order_url(placed)}"' in found  # and the order itself is one click away
    assert order_url(placed) not in olga.get("/customers", query_string={"q": "T-1"}).text


def test_two_are_merged_side_by_side_and_taken_apart_again(shop: Shop) -> None:
    one, other = _twins(shop)
    olga = shop.browser(shop.operator)

    olga.post("/customers/duplicates/search", once())
    assert "Twin Ltd." in olga.get("/customers/duplicates").text
    compared = olga.get(_customer(shop, "/merge?with=T-2", one)).text
    assert "Twin Ltd." in compared and 'name="take_name"' in compared
    assert "Type the number" in olga.get(_customer(shop, "/merge?with=nobody", one)).text
    done = olga.post(_customer(shop, "/merge", one), {**once(), "number": "T-2", "take_name": "loser"})
    assert done.status_code == 303
    assert "was merged into another one" in olga.get(_customer(shop, "", other)).text
    record = olga.get(_customer(shop, "/record", one)).text
    undo = re.search(r'action="([^"]+/merges/[^"]+/undo)">(.*?)</form>', record, re.DOTALL)
    assert undo is not None and 'name="_once"' in undo[2]  # the dialog's own form counts once
    assert olga.post(undo[1], once()).status_code == 303
    assert olga.post(undo[1], once()).status_code == 409
    assert shop.row("SELECT active, name FROM customers WHERE tenant_id = %(tenant)s AND number = 'T-2'").active


def test_every_fact_of_the_other_customer_can_be_taken_over(shop: Shop) -> None:
    olga = shop.browser(shop.operator)
    with shop.work() as work:
        one = save_customer(work, SaveCustomer(number="F-1", name="One", payment_terms_days=10))
        rest = {"kind": "person", "prepay_percent": Decimal(30), "min_remaining_days": 60, "terms_end_of_month": True}
        save_customer(
            work, SaveCustomer(number="F-2", name="Two", sales_rep_id=shop.approver.id, payment_terms_days=20, **rest)
        )

    page = olga.get(_customer(shop, "/merge?with=F-2", one)).text
    taken = {f"take_{field}": "loser" for field in FIELDS}
    olga.post(_customer(shop, "/merge", one), {**once(), "number": "F-2", **taken})

    for shown in ("Bea", "30%", ">60<", "Days from the end of the month"):
        assert shown in page, shown
    row = shop.row("SELECT * FROM customers WHERE tenant_id = %(tenant)s AND number = 'F-1'")
    assert (row.name, row.payment_terms_days, row.sales_rep_id) == ("Two", 20, shop.approver.id)
    assert {name: getattr(row, name) for name in rest} == rest


def test_the_log_keeps_what_was_said_and_the_list_what_is_due(shop: Shop) -> None:
    olga = shop.browser(shop.operator)
    due = (clock.now().date() + timedelta(days=2)).isoformat()

    wrong = olga.post(_customer(shop, "/log"), {**once(), "kind": "call", "text": "", "next_step": "call back"})
    right = olga.post(
        _customer(shop, "/log"), {**once(), "kind": "call", "text": "asked for tea", "next_step": "send", "due_on": due}
    )

    assert wrong.status_code == 422 and "Write what it was about." in wrong.text and "Say until when" in wrong.text
    assert right.status_code == 303
    listed = olga.get("/customers/follow-ups").text
    assert "send" in listed
    step = re.search(r'action="(/customers/follow-ups/[^"]+/done)"', listed)
    assert step is not None and olga.post(step[1], {**once(), "from": "list"}).status_code == 303
    assert olga.post(step[1], once()).status_code == 404
    assert "Nothing is to be done" in olga.get("/customers/follow-ups").text


def test_sites_buyers_and_names_are_kept_with_clear_refusals(shop: Shop) -> None:
    olga = shop.browser(shop.operator)
    buyer = make_user(shop.engine, shop.company, "buyer", name="Bo", customer_id=shop.customer)

    assert olga.post(_customer(shop, "/sites"), {**once(), **SITE, "country": "Germany"}).status_code == 422
    assert olga.post(_customer(shop, "/sites"), {**once(), **SITE}).status_code == 303
    page = olga.get(_customer(shop, "/people")).text
    assert "Altona" in page and "Bo" in page
    form = f"/buyers/{to_text('usr', buyer.id)}"
    assert "Altona" in olga.get(_customer(shop, form)).text
    assert olga.post(_customer(shop, form), {**once(), "per_order.all": "-1"}).status_code == 422
    assert olga.post(_customer(shop, form), {**once(), "per_order.all": "100", "approves": "1"}).status_code == 303
    assert "Approves requests" in olga.get(_customer(shop, "/people")).text

    name = {"channel": "shop", "outside_id": "u-1"}
    assert olga.post(_customer(shop, "/identities"), {**once(), **name}).status_code == 303
    twin, _ = _twins(shop)
    assert olga.post(_customer(shop, "/identities", twin), {**once(), **name}).status_code == 409
    assert olga.post(_customer(shop, "/identities"), {**once(), "channel": ""}).status_code == 422
    drop = re.search(r'action="([^"]+/identities/[^"]+/remove)"', olga.get(_customer(shop, "/record")).text)
    assert drop is not None and olga.post(drop[1], once()).status_code == 303


def test_the_overview_shows_figures_and_hides_orders_from_who_may_not_see_them(shop: Shop) -> None:
    for quantity in ("3", "4"):
        shop.order(quantity)
    olga = shop.browser(shop.operator)

    page = olga.get(_customer(shop)).text

    assert "Days between orders" in page and "Turnover of 12 months" in page and "Bought most in a year" in page
    assert "There are no grading rules yet" in olga.get("/customers/grading").text


def test_a_customer_is_made_and_changed_by_hand(shop: Shop) -> None:
    olga = shop.browser(shop.operator)
    typed = {
        "number": "N-1", "name": "Nordwind", "kind": "company", "email": "ein@kauf.example", "phone": "040 55 66 77",
        "tags": "coffee, gold，new", "min_remaining_days": "30", "recipient": "Lager", "street": "2 Dock St",
        "city": "Hamburg", "country": "DE",
    }  # fmt: skip
    assert "New customer" in olga.get("/customers").text and olga.get("/customers/new").status_code == 200

    wrong = olga.post(
        "/customers/new", {**once(), "name": "", "number": "", "country": "Germany", "min_remaining_days": "x"}
    )
    taken = olga.post("/customers/new", {**once(), **typed, "number": "C-1"})
    made = olga.post("/customers/new", {**once(), **typed})

    assert wrong.status_code == 422
    for said in ("Give the customer a number", "Write a name", "two capital letters", "Write a number of days"):
        assert said in wrong.text, said
    assert taken.status_code == 409 and "There is a customer C-1 already" in taken.text and "Nordwind" in taken.text
    assert made.status_code == 303
    row = shop.row("SELECT * FROM customers WHERE tenant_id = %(tenant)s AND number = 'N-1'")
    assert (row.tags, row.min_remaining_days, row.country) == (["coffee", "gold", "new"], 30, "DE")
    page = olga.get(made.headers["Location"]).text
    assert "Lager" in page and "Ships here" in page and "at least 30 days" in page

    url = _customer(shop, "/edit", row.id)
    assert 'value="coffee, gold, new"' in olga.get(url).text
    rep = shop.row("SELECT id FROM users WHERE tenant_id = %(tenant)s AND name = 'Bea'").id
    changed = {**typed, "name": "Nordwind AG", "sales_rep": to_text("usr", rep), "number": "other"}
    assert olga.post(url, {**once(), **changed}).status_code == 303
    row = shop.row("SELECT * FROM customers WHERE tenant_id = %(tenant)s AND number = 'N-1'")
    assert (row.name, row.active, row.sales_rep_id) == ("Nordwind AG", False, rep)
    assert "nordwind ag" in row.search_text and "Bea" in olga.get(_customer(shop, "", row.id)).text
    entry = shop.row(
        "SELECT changes FROM audit_entries WHERE tenant_id = %(tenant)s AND action = 'customer.save' ORDER BY id DESC LIMIT 1"
    )
    assert entry.changes["name"] == ["Nordwind", "Nordwind AG"] and "phone" not in entry.changes


def test_contacts_and_addresses_are_kept_one_at_a_time(shop: Shop) -> None:
    olga = shop.browser(shop.operator)
    person = {"name": "Ida Roth", "role": "finance", "email": "ida@kauf.example", "phone": "+49 40 99 88 77"}
    place = {"label": "Lager 2", "recipient": "Tor 5", "street": "5 Kai", "city": "Bremen", "country": "DE"}

    assert olga.post(_customer(shop, "/contacts"), {**once(), **person, "name": " "}).status_code == 422
    assert olga.post(_customer(shop, "/contacts"), {**once(), **person, "role": "king"}).status_code == 422
    assert olga.post(_customer(shop, "/contacts"), {**once(), **person}).status_code == 303
    contact = re.search(r"contact=(con_[a-z0-9]+)", olga.get(_customer(shop, "/people")).text)
    assert contact is not None
    filled = olga.get(_customer(shop, f"/people?contact={contact[1]}")).text
    assert 'value="Ida Roth"' in filled and f'value="{contact[1]}"' in filled
    change = {**once(), **person, "contact": contact[1], "position": "Head of finance"}
    assert olga.post(_customer(shop, "/contacts"), change).status_code == 303
    rows = "SELECT count(*) AS n, max(position) AS position FROM customer_contacts WHERE tenant_id = %(tenant)s"
    assert tuple(shop.row(rows)) == (1, "Head of finance")
    other = {**once(), **person, "contact": contact[1]}
    assert olga.post(_customer(shop, "/contacts", _twins(shop)[0]), other).status_code == 404
    gone = _customer(shop, f"/contacts/{contact[1]}/remove")
    assert olga.post(gone, once()).status_code == 303 and olga.post(gone, once()).status_code == 404

    refused = olga.post(_customer(shop, "/addresses"), {**once(), **place, "country": "Germany", "city": ""})
    assert refused.status_code == 422 and "two capital letters" in refused.text and "Lager 2" in refused.text
    assert olga.post(_customer(shop, "/addresses"), {**once(), **place, "is_default_shipping": "1"}).status_code == 303
    count = (
        "SELECT count(*) FILTER (WHERE is_default_shipping) AS ships, count(*) AS n FROM customer_addresses"
        " WHERE tenant_id = %(tenant)s AND customer_id = %(id)s"
    )
    before = shop.row(count, id=shop.customer)
    assert before.ships == 1
    address = shop.row("SELECT id FROM customer_addresses WHERE tenant_id = %(tenant)s AND label = 'Lager 2'").id
    text_id = to_text("adr", address)
    assert 'value="5 Kai"' in olga.get(_customer(shop, f"/people?address={text_id}")).text
    assert olga.post(_customer(shop, f"/addresses/{text_id}/remove"), once()).status_code == 303
    assert shop.row(count, id=shop.customer).n == before.n - 1


def test_finance_sets_the_terms_and_the_deposit_of_a_customer(shop: Shop) -> None:
    fin = shop.browser(shop.person("finance"))
    terms = {"payment_terms_days": "30", "prepay_percent": "30", "credit_account": "CA-C-1", "terms_end_of_month": "1"}

    wrong = {**terms, "payment_terms_days": "9999", "prepay_percent": "101", "credit_account": ""}
    refused = fin.post(_customer(shop, "/terms"), {**once(), **wrong})
    unknown = fin.post(_customer(shop, "/terms"), {**once(), **terms, "credit_account": "NONE"})
    done = fin.post(_customer(shop, "/terms"), {**once(), **terms})

    assert refused.status_code == 422 and "Write a number of days" in refused.text
    assert unknown.status_code == 422 and "There is no credit account NONE" in unknown.text
    assert done.status_code == 303
    page = fin.get(_customer(shop)).text
    assert "30% before the order is processed, the rest: End of month and 30 days" in page
    over = fin.post(_customer(shop, "/terms"), {**once(), **terms, "prepay_percent": "101"})
    assert over.status_code == 422 and "Write a percentage from 0 to 100" in over.text
    assert shop.browser(shop.operator).post(_customer(shop, "/terms"), {**once(), **terms}).status_code == 403
    told = shop.row(
        "SELECT changes FROM audit_entries WHERE tenant_id = %(tenant)s AND action = 'customer.set_terms'"
    ).changes
    assert told["prepay_percent"] == [None, "30"] and "credit_account" not in told
