"""A shop with buyers, new for each test, and browsers of theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.support.portal import Shop, make_shop
from tests.support.web import Browser, Person, sign_in


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    return make_shop(engine, system_engine)


@pytest.fixture
def enter(app: Flask) -> Callable[[Shop, Person], Browser]:
    """A browser with a session of a person of the shop."""
    return lambda shop, person: sign_in(app, shop.company, person)


@pytest.fixture
def li(shop: Shop, enter: Callable[[Shop, Person], Browser]) -> Browser:
    return enter(shop, shop.li)
