from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.support.web import PASSWORD, Browser, Company, make_user, sign_in


@pytest.fixture
def person(app: Flask, engine: Engine, company: Company) -> tuple[Browser, str]:
    made = make_user(engine, company, "operator")
    return sign_in(app, company, made), made.email


def test_the_profile_is_saved_and_answers_in_the_chosen_language(person: tuple[Browser, str]) -> None:
    browser, _ = person

    browser.post("/profile", {"name": "Li Wei", "locale": "zh-CN", "theme": "dark", "shortcuts": "1"})

    page = browser.get("/profile").text
    assert 'lang="zh-CN"' in page and "个人设置" in page and "Li Wei" in page
    assert 'data-bs-theme="dark"' in page


def test_shortcuts_can_be_switched_off(person: tuple[Browser, str]) -> None:
    browser, _ = person
    assert 'data-shortcuts="on"' in browser.get("/profile").text

    browser.post("/profile", {"name": "Li", "locale": "en", "theme": "system"})

    assert 'data-shortcuts="off"' in browser.get("/profile").text


def test_language_and_theme_can_be_switched_from_every_page(person: tuple[Browser, str]) -> None:
    browser, _ = person

    answer = browser.post("/preferences", {"locale": "zh-CN", "next": "/profile?a=1"})

    assert answer.location == "/profile?a=1"
    assert 'lang="zh-CN"' in browser.get("/profile").text
    browser.post("/preferences", {"theme": "light"})
    assert 'data-theme="light"' in browser.get("/profile").text


def test_a_visitor_chooses_too_and_his_own_choice_holds_after_sign_in(visitor: Browser, company: Company) -> None:
    assert 'lang="zh-CN"' in visitor.get("/sign-in", headers={"Accept-Language": "zh-TW,zh;q=0.9"}).text

    visitor.post("/preferences", {"locale": "zh-CN", "theme": "dark"})

    page = visitor.get("/sign-in").text
    assert 'lang="zh-CN"' in page and 'data-theme="dark"' in page and "登录" in page
    visitor.post("/sign-in", {"email": company.admin.email, "password": PASSWORD})
    assert 'lang="en"' in visitor.get("/profile").text


def test_changing_the_password_asks_for_the_current_one(
    app: Flask, company: Company, person: tuple[Browser, str]
) -> None:
    browser, email = person
    new = "another good battery"

    refused = browser.post("/profile/password", {"current": "wrong", "password": new})
    changed = browser.post("/profile/password", {"current": PASSWORD, "password": new})

    assert refused.status_code == 422 and 'id="f-current-problem"' in refused.text
    assert changed.status_code == 302
    assert browser.get("/profile").status_code == 200  # this session goes on
    assert Browser(app, company.host).post("/sign-in", {"email": email, "password": new}).status_code == 302


def test_the_second_step_from_set_up_to_recovery_code(
    app: Flask, company: Company, person: tuple[Browser, str]
) -> None:
    browser, email = person
    page = browser.get("/profile/second-step").text
    assert "<svg" in page
    found = re.search(r'<code class="mono">([A-Z2-7 ]+)</code>', page)
    assert found
    totp = pyotp.TOTP(found.group(1).replace(" ", ""))

    assert browser.post("/profile/second-step", {"code": "000000"}).status_code == 422
    shown = browser.post("/profile/second-step", {"code": totp.at(datetime.now(UTC))})
    codes = re.findall(r"<li>([0-9a-f]{6}-[0-9a-f]{6})</li>", shown.text)
    assert len(codes) == 10

    fresh = Browser(app, company.host)
    first = fresh.post("/sign-in", {"email": email, "password": PASSWORD, "next": "/profile"})
    assert first.location == "/sign-in/code"
    assert fresh.get("/profile").status_code == 302  # the password alone is not enough
    assert fresh.post("/sign-in/code", {"code": totp.at(datetime.now(UTC))}).status_code == 422  # used at set-up
    entered = fresh.post("/sign-in/code", {"code": codes[0]})
    assert entered.location == "/profile"

    assert fresh.post("/profile/second-step/off", {"confirm_password": "wrong"}).status_code == 422
    assert fresh.post("/profile/second-step/off", {"confirm_password": PASSWORD}).status_code == 302
    again = Browser(app, company.host).post("/sign-in", {"email": email, "password": PASSWORD})
    assert again.location != "/sign-in/code"


def test_the_code_page_needs_the_password_first(visitor: Browser) -> None:
    assert visitor.get("/sign-in/code").location == "/sign-in"


def test_codes_cannot_be_guessed_at_leisure(app: Flask, company: Company, person: tuple[Browser, str]) -> None:
    browser, email = person
    page = browser.get("/profile/second-step").text
    found = re.search(r'<code class="mono">([A-Z2-7 ]+)</code>', page)
    assert found
    browser.post("/profile/second-step", {"code": pyotp.TOTP(found.group(1).replace(" ", "")).at(datetime.now(UTC))})
    guesser = Browser(app, company.host)
    guesser.post("/sign-in", {"email": email, "password": PASSWORD})

    answers = [guesser.post("/sign-in/code", {"code": f"{guess:06}"}).status_code for guess in range(11)]

    assert answers[-1] == 429
