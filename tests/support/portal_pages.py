"""Reading the portal's pages as a buyer's browser does."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from kernel.ids import new_id
from tests.support.web import Browser, token_of


def submit_form(browser: Browser, **changes: Any) -> dict[str, Any]:
    """What the cart's page would send on submit, with some fields typed otherwise."""
    page = browser.get("/portal/cart")
    total = re.search(r'name="expected_total" value="([^"]+)"', page.text)
    address = re.search(r'<option value="(adr_[^"]+)"', page.text)
    return {
        "csrf_token": token_of(page), "_once": str(new_id()), "order_type": "standard",
        "expected_total": total.group(1) if total else "", "address_id": address.group(1) if address else "",
        **changes,
    }  # fmt: skip


def add(browser: Browser, sku: str, quantity: str, **more: str) -> TestResponse:
    return browser.post("/portal/cart/add", {"sku": sku, "quantity": quantity, **more})


def submit(browser: Browser, **changes: Any) -> TestResponse:
    return browser.send("/portal/cart/submit", submit_form(browser, **changes))


def place(browser: Browser, sku: str = "TEA", quantity: str = "2") -> str:
    """Path of a new order's page."""
    add(browser, sku, quantity)
    answer = submit(browser)
    assert answer.status_code == 302, answer.text
    return answer.location
