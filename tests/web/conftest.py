"""The web application on real servers, and two companies that must not see each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.ids import new_id
from tests.support.database import Servers
from tests.support.web import BASE_HOST, Browser, Company, Outbox, make_company, sign_in
from web.app import create_app
from web.config import AppConfig
from web.http.services import services


@pytest.fixture(scope="session")
def web_config(servers: Servers, database: str) -> AppConfig:
    return AppConfig(
        database_url=servers.database("app", database),
        redis_url=servers.redis,
        secret_key="only tests sign and encrypt with this key",
        base_host=BASE_HOST,
        public_url=f"http://{BASE_HOST}",
        login_rate="10000/minute",
        redis_prefix=f"test-{new_id().hex[-10:]}",
        db_pool=12,
        log_level="ERROR",
    )


@pytest.fixture(scope="session")
def make_app(web_config: AppConfig) -> Iterator[Callable[..., Flask]]:
    """Makes an application with some settings of its own: `make_app(login_rate="3/minute")`."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        own = {"redis_prefix": f"test-{new_id().hex[-10:]}", **changes} if changes else {}
        app = create_app(replace(web_config, **own))  # type: ignore[arg-type]
        services(app).mailer = Outbox()
        made.append(app)
        return app

    yield make
    for app in made:
        services(app).engine.dispose()
        services(app).redis.close()


@pytest.fixture(scope="session")
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture(scope="session")
def company(engine: Engine, system_engine: Engine) -> Company:
    """Committed. What one test writes here may not matter to another."""
    return make_company(engine, system_engine)


@pytest.fixture(scope="session")
def rival(engine: Engine, system_engine: Engine) -> Company:
    return make_company(engine, system_engine, name="Rival")


@pytest.fixture
def admin(app: Flask, company: Company) -> Browser:
    """A browser with a session of the company's administrator."""
    return sign_in(app, company)


@pytest.fixture
def visitor(app: Flask, company: Company) -> Browser:
    return Browser(app, company.host)
