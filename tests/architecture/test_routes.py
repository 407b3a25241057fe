"""Every route says who may come in. What needs no permission is listed here, so that it is a decision."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kernel.ids import new_id
from tests.support.database import Servers
from web.app import create_app
from web.config import AppConfig
from web.http.access import Access, access_of

PUBLIC = {
    "backorder_answers.answer",  # by a signed link: one line of one order
    "backorder_answers.show",
    "api_docs.openapi",
    "api_docs.page",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "home.find",
    "home.index",
    "passwords.accept",
    "passwords.forgot",
    "passwords.reset",
    "passwords.send_link",
    "passwords.store_accepted",
    "passwords.store_reset",
    "preferences.store",
    "sign_in.code",
    "sign_in.enter",
    "sign_in.enter_code",
    "sign_in.form",
    "sign_in.leave",
}
SIGNED_IN_ONLY = {
    "own_files.show",  # asks for the permission of the row that holds the file
    "profile.confirm",
    "profile.leave_everywhere",
    "profile.show",
    "profile.store",
    "profile.store_password",
    "profile.totp",
    "profile.turn_off",
}


@pytest.fixture(scope="module")
def app(servers: Servers, database: str) -> Flask:
    return create_app(
        AppConfig(
            database_url=servers.database("app", database),
            redis_url=servers.redis,
            secret_key="only tests sign and encrypt with this key",
            redis_prefix=f"test-{new_id().hex[-10:]}",
            log_level="ERROR",
        )
    )


def _routes(app: Flask) -> Iterator[tuple[str, str, Access | None]]:
    """(endpoint, method, what it says) of each route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, access_of(app.view_functions[rule.endpoint], method)


def test_every_route_says_who_may_come_in(app: Flask) -> None:
    silent = [f"{method} {endpoint}" for endpoint, method, access in _routes(app) if access is None]

    assert not silent, silent


def test_what_is_public_is_listed(app: Flask) -> None:
    assert {endpoint for endpoint, _, access in _routes(app) if access and access.public} == PUBLIC


def test_what_needs_no_permission_is_listed(app: Flask) -> None:
    open_to_all = {
        endpoint for endpoint, _, access in _routes(app) if access and not access.public and not access.permissions
    }

    assert open_to_all == SIGNED_IN_ONLY


def test_no_write_is_reached_by_get(app: Flask) -> None:
    both = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], "view_class")  # a function for each method
        and {"GET", "POST"} <= (rule.methods or set())
    ]

    assert not both, both
