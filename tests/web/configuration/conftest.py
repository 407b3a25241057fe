"""A company with the starter documents in force, and a colleague who edits at the same time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from kernel.db import Actor
from low_code.documents.queries import Draft, find_draft, list_drafts
from oms.configuration import publish_bundle, starter_documents
from tenants.scope import open_work
from tests.support.web import Browser, Company, make_company, make_user, sign_in


@dataclass
class Shop:
    """A company, its administrator's browser, and what is stored of its configuration."""

    app: Flask
    engine: Engine
    company: Company
    ada: Browser

    def colleague(self, *roles: str, name: str = "Bo") -> Browser:
        return sign_in(self.app, self.company, make_user(self.engine, self.company, *(roles or ("admin",)), name=name))

    def drafts(self) -> list[Draft]:
        with open_work(self.engine, self.company.id) as work:
            return list_drafts(work)

    def draft(self, kind: str, key: str) -> Draft | None:
        with open_work(self.engine, self.company.id) as work:
            return find_draft(work, kind, key)

    def head(self) -> int:
        with open_work(self.engine, self.company.id) as work:
            return work.tenant.head_release

    def save(self, path: str, body: Any, browser: Browser | None = None, **more: object) -> TestResponse:
        """Opens the editor, replaces the text and saves."""
        browser = browser or self.ada
        etag = etag_of(browser.get(path))
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return browser.post(path, {"body": text, "etag": etag, **more})

    def publish(self, browser: Browser | None = None, **more: object) -> TestResponse:
        """Opens the publish page and publishes what it shows."""
        browser = browser or self.ada
        return browser.post("/builder/publish", {**seen_on(browser.get("/builder/publish")), **more})


def etag_of(page: TestResponse) -> str:
    found = re.search(r'name="etag" value="([^"]*)"', page.text)
    assert found, page.text[:300]
    return found.group(1)


def seen_on(page: TestResponse) -> dict[str, object]:
    found = dict(re.findall(r'name="(base|seen)" value="([^"]*)"', page.text))
    assert set(found) == {"base", "seen"}, page.text[:2000]
    return dict(found)


def text_of(page: TestResponse) -> str:
    """What stands in the editor."""
    found = re.search(r'<textarea[^>]*name="body"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found, page.text[:300]
    return unescape(found.group(1))


def problems_of(page: TestResponse) -> list[tuple[str, str, str]]:
    """(severity, pointer, sentence) of each problem of the document in the editor."""
    found = re.findall(
        r'data-problem data-pointer="([^"]*)" data-severity="([^"]*)".*?<span data-sentence>(.*?)</span>',
        page.text,
        re.DOTALL,
    )
    return [(severity, unescape(pointer), unescape(sentence)) for pointer, severity, sentence in found]


MakeShop = Callable[..., Shop]


@pytest.fixture
def make_shop(app: Flask, engine: Engine, system_engine: Engine) -> MakeShop:
    def make(*, locale: str = "en") -> Shop:
        """A company with the starter documents in force, whose people read `locale`."""
        company = make_company(engine, system_engine, locale=locale)
        with open_work(engine, company.id, Actor(kind="system", id=None, name="Set-up")) as work:
            if work.tenant.head_release == 0:
                publish_bundle(work, starter_documents(), notes="Starter documents")
        return Shop(app=app, engine=engine, company=company, ada=sign_in(app, company))

    return make


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop()
