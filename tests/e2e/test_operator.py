"""An operator works the queue."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Acme
from tests.e2e.people import People, row_of


def _open(page: Page, number: str) -> None:
    page.goto("/orders")
    page.get_by_role("searchbox", name="Search orders").fill(number)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=number).click()


def test_an_operator_cancels_a_line_and_releases_a_credit_hold(people: People, acme: Acme) -> None:
    placed = acme.order(acme.customer("K-7101", limit="500"), ("QM-250", 10), ("MF-250", 4))
    assert [hold.type for hold in placed.holds] == ["credit"]
    page = people.sign_in("ops@acme.example")
    _open(page, placed.number)

    page.get_by_role("button", name="Cancel…").click()
    dialog = page.get_by_role("dialog", name=f"Cancel order {placed.number}?")
    dialog.get_by_label("Some units of these lines").check()
    dialog.get_by_label("MF-250").fill("4")
    dialog.get_by_label("Reason").select_option(index=1)
    dialog.get_by_label("Note").fill("Sold out at the customer's request")
    dialog.get_by_role("button", name="Cancel for good").click()

    expect(row_of(page, "MF-250")).to_contain_text("4 cancelled")
    page.get_by_role("button", name="Release", exact=True).click()
    dialog = page.get_by_role("dialog", name="Release this hold?")
    dialog.get_by_label("Reason").fill("Payment promised for Friday")
    dialog.get_by_role("button", name="Release").click()

    expect(row_of(page, "QM-250")).to_contain_text("10 from")
    timeline = page.get_by_role("list").filter(has_text="Order placed").last
    expect(timeline).to_contain_text("4 units cancelled")
    expect(timeline).to_contain_text("Credit hold released: Payment promised for Friday")
    expect(timeline).to_contain_text("10 units allocated")
    expect(timeline).to_contain_text("Oscar Li")


def test_an_operator_allocates_several_orders_at_once(people: People, acme: Acme) -> None:
    customer = acme.customer("K-7102", limit="50000")
    numbers = [acme.order(customer, ("DH-250", 5)).number for _ in range(2)]
    page = people.sign_in("ops@acme.example")
    for number in numbers:
        _open(page, number)
        page.get_by_role("button", name="Take allocations back").click()
        dialog = page.get_by_role("dialog", name="Take allocated units back?")
        dialog.get_by_label("Reason").fill("Recount of the shelf")
        dialog.get_by_role("button", name="Take back").click()
        expect(row_of(page, "DH-250")).to_contain_text("5 not allocated")

    page.goto("/orders?customer=K-7102")
    page.get_by_label("Select all rows of this page").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Allocate").click()
    expect(page.get_by_text("2 of 2 selected orders can be done.")).to_be_visible()
    page.get_by_role("button", name="Allocate").click()

    for number in numbers:
        expect(row_of(page, number)).to_contain_text("Done")
    page.get_by_role("link", name=numbers[0]).click()
    expect(page.get_by_text("Recount of the shelf")).to_be_visible()
    expect(page.get_by_text("5 units allocated at one location").first).to_be_visible()
