"""Two companies with the same goods, and a key each."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from kernel.db import SYSTEM
from tenants.access.permissions import Permission
from tenants.scope import in_work
from tests.support.builders import a_customer, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.web import BASE_HOST, Company, make_company, make_key

ALL = tuple(permission for permission in Permission if permission is not Permission.USE_PORTAL)


@dataclass
class Api:
    """A partner's program. Each write gets a key of its own unless one is given."""

    app: Flask
    company: Company
    key: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._send("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, *, once: str | None = None) -> TestResponse:
        return self._send("POST", path, json={} if body is None else body, once=once)

    def put(self, path: str, body: Any) -> TestResponse:
        return self._send("PUT", path, json=body)

    def delete(self, path: str) -> TestResponse:
        return self._send("DELETE", path)

    def upload(self, path: str, name: str, content: bytes, **query: Any) -> TestResponse:
        return self._send("POST", path, data={"file": (io.BytesIO(content), name)}, query_string=query)

    def _send(self, method: str, path: str, *, once: str | None = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": once or uuid4().hex}
        return self.app.test_client().open(
            f"/api/v1{path}", method=method, base_url=f"http://{BASE_HOST}", headers=headers, **more
        )


def furnish(engine: Engine, company: Company) -> None:
    """TEA and MUG at two warehouses, K-1 with a credit limit of 500, K-2 without credit."""

    def fill(work: Any) -> None:
        fields = {
            "fields": [
                {
                    "id": "f1",
                    "key": "po",
                    "labels": {"en": "PO", "zh-CN": "采购单号"},
                    "type": "text",
                    "required": True,
                },
                {"id": "f2", "key": "weight", "labels": {"en": "Weight"}, "type": "decimal", "scale": 2},
            ]
        }
        ignoring = an_order_type(channels=["api", "file"], credit={"policy": "ignore"})
        publish_defaults(
            work,
            {
                "order_type/standard": an_order_type(),
                "order_type/cash": ignoring,
                "order_type/watched": {**ignoring, "duplicates": {"window_hours": 24, "same": ["buyer", "goods"]}},
                "fields/order": fields,
            },
        )
        a_sku(work, "TEA", price="10.00", tax_rate="0", units={"box": "12"})
        a_sku(work, "MUG", price="4.00", tax_rate="0.2")
        a_price(work, "TEA", "8.00", from_quantity="10")
        a_customer(work, "K-1", limit="500")
        a_customer(work, "K-2")
        for key, rank, tea in (("east", 1, "30"), ("west", 2, "20")):
            location = a_location(work, key, priority=rank)
            stock(work, "TEA", at=location, on_hand=tea)
            stock(work, "MUG", at=location, on_hand="1000")

    in_work(engine, company.id, SYSTEM, fill)


@pytest.fixture
def api(app: Flask, engine: Engine, system_engine: Engine) -> Api:
    company = make_company(engine, system_engine)
    furnish(engine, company)
    return Api(app, company, make_key(engine, company, *ALL))


@pytest.fixture
def rival_api(app: Flask, engine: Engine, system_engine: Engine) -> Api:
    company = make_company(engine, system_engine)
    furnish(engine, company)
    return Api(app, company, make_key(engine, company, *ALL))


def an_order(*lines: tuple[str, str], customer: str = "K-1", **more: Any) -> dict[str, Any]:
    return {
        "order_type": "standard",
        "customer_number": customer,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines or (("TEA", "2"),)],
        "custom": {"po": "4711"},
        **more,
    }


def codes(answer: TestResponse) -> list[tuple[str, str]]:
    """(pointer, code) of each fault of a problem document."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return [(fault["pointer"], fault["code"]) for fault in json.loads(answer.data)["errors"]]
