"""A distributor orders on the portal."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.people import People


def test_a_distributor_orders_at_own_prices_and_a_big_order_waits_for_approval(people: People) -> None:
    page = people.sign_in("buyer@westlake.example")

    # What the contract says is shown where one looks for goods.
    page.get_by_role("link", name="Catalogue").click()
    page.get_by_role("searchbox", name="Name, SKU or barcode").fill("Longjing")
    page.get_by_role("button", name="Search").click()
    offer = page.get_by_role("listitem").filter(has_text="LJ-250").filter(has_text="Longjing 250 g")
    expect(offer).to_contain_text("59.00")
    expect(offer).to_contain_text("from 120")

    # Two good rows, a wrong one that is mended, and one that adds to another.
    page.get_by_role("link", name="Quick order").first.click()
    page.get_by_label("One row a line: SKU and quantity").fill("LJ-250 200\nBLC-250,20\nTGY-25 40\nLJ-250\t40")
    page.get_by_role("button", name="Read what I pasted").click()
    expect(page.get_by_text("Ready: 2")).to_be_visible()
    wrong = page.get_by_role("group", name="Row 3")
    expect(wrong.get_by_role("alert")).to_be_visible()
    wrong.get_by_label("SKU or barcode").fill("TGY-250")
    wrong.get_by_label("Quantity").fill("100")
    wrong.get_by_label("Quantity").press("Tab")
    expect(page.get_by_text("Ready: 3")).to_be_visible()
    page.get_by_role("button", name="Add to the cart").click()

    # The cart knows the price, the credit and who will be asked.
    page.get_by_role("link", name="Cart", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="LJ-250")).to_contain_text(
        "55.37"
    )  # the contract's tier from 120 on, and 2 % for volume
    credit = page.get_by_role("region", name="Your credit")
    expect(credit).to_contain_text("120,000.00")
    expect(page.get_by_text("Sales management")).to_be_visible()
    page.get_by_label("Your order number").fill("WL-3001")
    page.get_by_label("Delivery window").select_option(label="Afternoon")
    page.get_by_role("button", name="Place the order").click()

    expect(page.get_by_text(re.compile(r"Thank you\. Order SO-\d+-\d+ is placed\."))).to_be_visible()
    expect(page.get_by_text("Waiting for your supplier's approval.").first).to_be_visible()
    expect(page.get_by_text("WL-3001")).to_be_visible()
    expect(page.get_by_text("Afternoon")).to_be_visible()
    number = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Orders").first.click()
    expect(page.get_by_role("link", name=number)).to_be_visible()
