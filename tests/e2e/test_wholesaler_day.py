"""A wholesaler's day: an order by telephone typed by keyboard, split, changed, allocated, invoiced and paid for."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Acme
from tests.e2e.people import PHONE, People, row_of


def _paste(page: Page, text: str) -> None:
    """What Ctrl+V brings from a spreadsheet, into the field that has the focus."""
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_a_wholesalers_day(people: People, acme: Acme) -> None:
    customer = acme.customer("K-7301", limit="20000")
    page = people.sign_in("ops@acme.example")

    # The telephone rings: everything by keyboard, prices and stock beside each line, a block from a spreadsheet.
    page.goto("/orders/new")
    expect(page.get_by_label("Customer", exact=True)).to_be_focused()
    page.keyboard.type(customer[:4])
    expect(page.locator(f'#customer-list option[value="{customer}"]')).to_have_count(1)
    page.keyboard.type(customer[4:])
    page.get_by_label("SKU of line 1").focus()
    page.keyboard.type("QM-250")
    page.keyboard.press("Enter")
    page.keyboard.type("24")
    page.keyboard.press("Enter")
    expect(page.locator("#line-1-out")).to_contain_text("Keemun")
    expect(page.locator(".entry-buyer")).to_have_text(re.compile(customer))
    expect(page.get_by_label("SKU of line 2")).to_be_focused()
    _paste(page, "DH-250\t12\nNO-SUCH\t3\nPE-357\t2")
    expect(page.get_by_text("There is no SKU NO-SUCH.")).to_be_visible()
    page.get_by_label("SKU of line 3").fill("BLC-250")
    page.keyboard.press("Tab")
    expect(page.get_by_text("There is no SKU NO-SUCH.")).to_have_count(0)
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"Order SO-\d+-\d+ is placed\."))).to_be_visible()
    number, address = page.get_by_role("heading", level=1).inner_text(), page.url

    # The buyer calls again: fewer of one, and what it does to money and stock is seen before it is done.
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("spinbutton").or_(page.get_by_role("textbox")).and_(page.locator("[name^='quantity']")).first.fill(
        "12"
    )
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    expect(page.get_by_text("Stock: 12 allocated units become free.")).to_be_visible()
    page.get_by_role("button", name="Confirm the change").click()
    expect(row_of(page, "QM-250").first).to_contain_text("12 cancelled")

    # Half goes later: split by hand with a preview, and taken back.
    page.get_by_role("link", name="Split").click()
    row_of(page, "DH-250").get_by_role("textbox").first.fill("5")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What it would become")).to_be_visible()
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.get_by_text(f"Split off: {number}-2.")).to_be_visible()
    expect(page.get_by_text("Into 2 orders")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The split is undone.")).to_be_visible()

    # Finance invoices it and books what the customer pays.
    finance = people.sign_in("finance@acme.example")
    finance.goto(address)
    finance.get_by_text("Make an invoice").click()
    finance.locator("details[open]").get_by_role("button").last.click()
    expect(finance.get_by_text(re.compile(r"Invoice INV-\S+ is made\."))).to_be_visible()
    invoice = finance.get_by_role("heading", level=1).inner_text()
    finance.goto("/receivables/payments/new")
    finance.get_by_label("Customer number").fill(customer)
    finance.get_by_label("Amount").fill("much")
    finance.get_by_role("button", name="Book").click()
    expect(finance.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    finance.get_by_label("Amount").fill("100")
    finance.get_by_label("Reference").fill(f"BANK-{customer}")
    finance.get_by_role("button", name="Book").click()
    expect(finance.get_by_text(re.compile(r"Payment PAY-\S+ is booked\."))).to_be_visible()
    expect(finance.get_by_role("link", name=invoice)).to_be_visible()

    # On the shelf: goods arrive by telephone-sized screen, and the books know at once.
    keeper = people.sign_in("stock@acme.example", viewport=PHONE)
    keeper.goto("/stock/QM-250")
    receive = keeper.get_by_role("group").filter(has=keeper.get_by_role("button", name="Receive"))
    receive.get_by_label("Quantity").fill("40")
    receive.get_by_role("button", name="Receive").click()
    expect(keeper.get_by_text(re.compile(r"40 units received"))).to_be_visible()
    assert keeper.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Whoever asks what became of the day finds it all on the customer's page.
    page.goto("/customers")
    page.get_by_role("searchbox").first.fill(customer)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=customer).click()
    expect(page.get_by_role("link", name=number).first).to_be_visible()
    expect(page.get_by_text(invoice).first).to_be_visible()
