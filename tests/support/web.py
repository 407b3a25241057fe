"""Driving the web application through its test client."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from kernel.db import Actor
from kernel.ids import new_id
from kernel.mail import Mail
from tenants.access.create_api_key import CreateApiKey, create_api_key
from tenants.access.register_user import RegisterUser, register_user
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import open_work
from web.http.services import services

PASSWORD = "correct horse battery"
BASE_HOST = "orders.test"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf-token" content="([^"]+)"')


@dataclass
class Outbox:
    """A mailer that keeps what it is given."""

    mails: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    def link(self) -> str:
        """Path and query of the only link in the last mail, as the tenant's host serves it."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.mails[-1].text)
        assert found
        return re.sub(r"^/t/[a-z0-9-]+", "", found.group(1))


@dataclass(frozen=True)
class Person:
    id: UUID
    email: str


@dataclass(frozen=True)
class Company:
    """A committed tenant with an administrator."""

    id: UUID
    slug: str
    admin: Person

    @property
    def host(self) -> str:
        return f"{self.slug}.{BASE_HOST}"


def make_company(app_engine: Engine, system_engine: Engine, *, name: str = "Tea & Co", locale: str = "en") -> Company:
    slug = f"c{new_id().hex[-12:]}"
    email = f"ada@{slug}.example"
    made = create_tenant(
        system_engine,
        app_engine,
        CreateTenant(
            slug=slug,
            name=name,
            admin_email=email,
            admin_name="Ada",
            admin_password=PASSWORD,
            locale=locale,  # type: ignore[arg-type]
        ),
    )
    return Company(id=made.tenant_id, slug=slug, admin=Person(made.admin_id, email))


def make_user(engine: Engine, company: Company, *roles: str, name: str = "Li", **more: object) -> Person:
    """A committed user with these roles."""
    email = f"u{new_id().hex[-10:]}@{company.slug}.example"
    with open_work(engine, company.id) as work:
        command = RegisterUser(email=email, name=name, password=PASSWORD, role_keys=roles, **more)  # type: ignore[arg-type]
        return Person(register_user(work, command).user_id, email)


def make_key(engine: Engine, company: Company, *permissions: str, rate_limit: str | None = None) -> str:
    """The text of a committed API key."""
    with open_work(engine, company.id, Actor(kind="system", id=None, name="test")) as work:
        command = CreateApiKey(name="ERP", permissions=frozenset(permissions), rate_limit=rate_limit)
        return create_api_key(work, command).key


class Browser:
    """A client that stays on one host, and sends the token of the page it saw last with every form."""

    def __init__(self, app: Flask, host: str, *, prefix: str = "") -> None:
        self.client: FlaskClient = app.test_client()
        self.host, self.prefix = host, prefix

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(self.prefix + path, base_url=f"http://{self.host}", **more)  # type: ignore[arg-type]

    def post(self, path: str, data: dict[str, object] | None = None, **more: object) -> TestResponse:
        """Loads `path` for its token first, or the profile where the path takes only writes."""
        page = self.get(path)
        if page.status_code != 200:
            page = self.get("/profile")
        if page.status_code != 200:
            page = self.get("/sign-in")
        return self.send(path, {**(data or {}), "csrf_token": token_of(page)}, **more)

    def send(self, path: str, data: dict[str, object] | None = None, **more: object) -> TestResponse:
        """Posts as it is, without a token."""
        return self.client.post(
            self.prefix + path,
            data=data,
            base_url=f"http://{self.host}",
            **more,  # type: ignore[arg-type]
        )

    def cookie(self) -> str | None:
        for cookie in self.client._cookies.values():
            if cookie.key == "orderloom":
                return cookie.value
        return None


def token_of(page: TestResponse) -> str:
    found = _TOKEN.search(page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)[:300]
    return found.group(1) or found.group(2)


def sign_in(app: Flask, company: Company, person: Person | None = None, *, prefix: bool = False) -> Browser:
    """A browser with a session of `person`, or of the administrator. prefix: under /t/<slug> of the bare host"""
    browser = Browser(app, BASE_HOST, prefix=f"/t/{company.slug}") if prefix else Browser(app, company.host)
    email = (person or company.admin).email
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return browser


def outbox_of(app: Flask) -> Outbox:
    mailer = services(app).mailer
    assert isinstance(mailer, Outbox)
    return mailer
