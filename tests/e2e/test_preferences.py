"""Language, appearance, keyboard, sessions."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.people import People


def test_the_order_list_speaks_both_languages_and_turns_dark(people: People) -> None:
    page = people.sign_in("stock@acme.example")
    page.goto("/orders?tab=on_hold")

    page.get_by_label("Language").click()
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("heading", level=1)).to_have_text("订单")
    assert "tab=on_hold" in page.url
    page.get_by_label("外观").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_label("语言").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.get_by_label("Appearance").click()
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_the_console_is_walked_by_keyboard(people: People) -> None:
    page = people.sign_in("ops@acme.example")
    page.goto("/customers")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("go")
    expect(page).to_have_url(re.compile(r"/orders$"))
    page.keyboard.type("jj")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/orders/ord_"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help and shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_signing_out_everywhere_ends_the_other_session(people: People) -> None:
    lost, own = people.sign_in("rep@acme.example"), people.sign_in("rep@acme.example")

    own.goto("/profile")
    own.get_by_role("button", name="Sign out everywhere else").click()
    expect(own.get_by_role("heading", name="Your profile")).to_be_visible()
    lost.goto("/orders")
    expect(lost.get_by_role("heading", name="Sign in")).to_be_visible()
    own.goto("/orders")
    expect(own.get_by_role("heading", name="Orders")).to_be_visible()
