from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.ids import new_id
from tests.support.web import BASE_HOST, PASSWORD, Browser, Company, make_user, sign_in, token_of


def test_the_administrator_signs_in_and_lands_on_a_page_he_may_see(admin: Browser) -> None:
    home = admin.get("/")

    assert home.status_code == 302
    page = admin.get(home.location)
    assert page.status_code == 200
    assert "Ada" in page.text


def test_a_visitor_is_led_to_sign_in_and_back(app: Flask, company: Company) -> None:
    browser = Browser(app, company.host)
    asked = browser.get("/settings/users?q=li")
    assert asked.status_code == 302 and asked.location.startswith("/sign-in?next=")

    answer = browser.post(asked.location, {
        "email": company.admin.email, "password": PASSWORD, "next": "/settings/users?q=li",
    })  # fmt: skip

    assert answer.location == "/settings/users?q=li"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_nobody_is_led_to_another_site(app: Flask, company: Company, target: str) -> None:
    browser = Browser(app, company.host)

    answer = browser.post("/sign-in", {"email": company.admin.email, "password": PASSWORD, "next": target})

    assert answer.status_code == 302 and "evil" not in answer.location and "javascript" not in answer.location


def test_a_wrong_password_keeps_the_address_and_says_no_more(visitor: Browser, company: Company) -> None:
    known = visitor.post("/sign-in", {"email": company.admin.email, "password": "not this one"})
    unknown = visitor.post("/sign-in", {"email": "nobody@x.example", "password": "not this one"})

    assert known.status_code == unknown.status_code == 422
    assert f'value="{company.admin.email}"' in known.text
    assert 'aria-invalid="true"' in known.text and 'role="alert"' in known.text
    assert "not this one" not in known.text
    assert visitor.get("/settings/users").status_code == 302


def test_password_managers_find_their_fields(visitor: Browser) -> None:
    page = visitor.get("/sign-in").text

    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page


def test_too_many_tries_from_one_address_have_to_wait(make_app: Callable[..., Flask], company: Company) -> None:
    browser = Browser(make_app(login_rate="3/minute"), company.host)
    wrong = {"email": company.admin.email, "password": "not this one"}

    answers = [browser.post("/sign-in", dict(wrong)) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert answers[-1].headers["Retry-After"]
    assert "Too fast" in answers[-1].text


def test_many_addresses_cannot_guess_one_password_together(make_app: Callable[..., Flask], company: Company) -> None:
    app = make_app(login_rate="3/minute", trusted_proxies=1)

    email = f"{new_id()}@x.example"

    def attempt(address: str) -> int:
        browser = Browser(app, company.host)
        data: dict[str, object] = {"email": email, "password": "not this one"}
        return browser.post("/sign-in", data, headers={"X-Forwarded-For": address}).status_code

    assert [attempt(f"10.0.0.{number}") for number in range(4)] == [422, 422, 422, 429]


def test_signing_out_ends_the_session(admin: Browser) -> None:
    answer = admin.post("/sign-out")

    assert answer.status_code == 302
    assert admin.get("/settings/users").status_code == 302


def test_a_session_ends_with_the_browser_unless_asked_otherwise(app: Flask, company: Company) -> None:
    login: dict[str, object] = {"email": company.admin.email, "password": PASSWORD}
    short = Browser(app, company.host).post("/sign-in", dict(login))
    kept = Browser(app, company.host).post("/sign-in", {**login, "keep": "1"})

    assert "Expires" not in short.headers["Set-Cookie"]
    assert "Expires" in kept.headers["Set-Cookie"]
    for answer in (short, kept):
        assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_cookies_are_secure_where_the_installation_says_so(make_app: Callable[..., Flask], company: Company) -> None:
    browser = Browser(make_app(secure_cookies=True), company.host)

    answer = browser.get("/sign-in")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_signing_out_everywhere_spares_this_session(app: Flask, engine: Engine, company: Company) -> None:
    person = make_user(engine, company, "operator")
    here, elsewhere = sign_in(app, company, person), sign_in(app, company, person)

    here.post("/profile/sign-out-everywhere")

    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302


def test_a_form_without_token_changes_nothing(admin: Browser) -> None:
    answer = admin.send("/profile", {"name": "Mallory"})

    assert answer.status_code == 400
    assert "reload the page" in answer.text
    assert "Mallory" not in admin.get("/profile").text


def test_the_token_of_another_session_is_refused(admin: Browser, visitor: Browser) -> None:
    stolen = token_of(visitor.get("/sign-in"))

    assert admin.send("/profile", {"name": "Mallory", "csrf_token": stolen}).status_code == 400


def test_a_role_that_lacks_the_permission_gets_403(app: Flask, engine: Engine, company: Company) -> None:
    browser = sign_in(app, company, make_user(engine, company, "warehouse"))

    answer = browser.get("/settings/users")

    assert answer.status_code == 403
    assert "Ask an administrator" in answer.text and answer.headers["X-Request-ID"] in answer.text


def test_what_htmx_asks_without_a_session_leads_to_sign_in(visitor: Browser) -> None:
    answer = visitor.get("/settings/users", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_the_path_form_works_like_a_host(app: Flask, company: Company) -> None:
    browser = sign_in(app, company, prefix=True)

    page = browser.get("/settings/users")

    assert page.status_code == 200
    assert f'href="/t/{company.slug}/settings/roles"' in page.text
    assert browser.client._cookies and all(
        cookie.path == f"/t/{company.slug}" for cookie in browser.client._cookies.values()
    )


def test_the_bare_host_asks_for_the_company(app: Flask, company: Company) -> None:
    browser = Browser(app, BASE_HOST)

    assert "Which company" in browser.get("/").text
    assert browser.post("/", {"company": f" {company.slug.upper()} "}).location == f"/t/{company.slug}/"
    refused = browser.post("/", {"company": "nobody"})
    assert refused.status_code == 422 and "There is no such company here" in refused.text
