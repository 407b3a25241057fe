"""Approvers decide on the phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Acme
from tests.e2e.people import PHONE, People


def _approve(page: Page, number: str, comment: str) -> None:
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("link", name="My approvals").click()
    asked = page.get_by_role("article", name=number)
    asked.get_by_label("Comment").fill(comment)
    asked.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("article", name=number)).to_have_count(0)


def test_a_big_order_is_approved_on_the_phone_and_says_why_it_went_on(people: People, acme: Acme) -> None:
    customer = acme.customer("K-7001", limit="500000")
    placed = acme.order(customer, ("PE-357", 240), ("TGY-250", 240))
    assert placed.total > 50_000 and [hold.type for hold in placed.holds] == ["approval"]

    lead = people.sign_in("lead@acme.example", viewport=PHONE, has_touch=True, is_mobile=True)
    _approve(lead, placed.number, "Agreed with the customer")
    finance = people.sign_in("finance@acme.example", viewport=PHONE, has_touch=True, is_mobile=True)
    _approve(finance, placed.number, "Paid on time so far")

    finance.goto(f"/orders?q={placed.number}")
    finance.get_by_role("link", name=placed.number).click()
    approval = finance.locator("#approval")
    expect(approval).to_contain_text("Agreed with the customer")
    expect(approval).to_contain_text("Paid on time so far")
    expect(finance.locator("#order-lines")).to_contain_text("Hangzhou warehouse")
    expect(finance.get_by_text("Approved; the order goes on")).to_be_visible()
    for decision, said in (
        ("Price", "Base prices"),
        ("Credit", "500,000.00"),
        ("Approval", "Big orders"),
        ("Allocation", "Hangzhou warehouse"),
    ):
        why = finance.locator("#why").get_by_role("group").filter(has=finance.get_by_text(decision, exact=True)).last
        why.locator("summary").click()
        expect(why.locator(".why-body")).to_contain_text(said)
