"""A trading company with a configuration in force, and what the console's tests need of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.ids import new_id, to_text
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place import place
from tenants.scope import open_work
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.web import Browser, Company, Person, make_company, make_user, sign_in

_AT_LEAST = {">=": [{"var": "order.total"}, {"dec": "2000"}]}
_FIELDS = {
    "fields": [
        {"id": "f1", "key": "po_number", "labels": {"en": "Their PO", "zh-CN": "采购单号"}, "type": "text"},
        {"id": "f2", "key": "gift", "labels": {"en": "Gift", "zh-CN": "礼品"}, "type": "bool"},
    ]
}  # fmt: skip
_FLOW = {
    "name": {"en": "Big orders", "zh-CN": "大额订单"},
    "subject": {"of": "order", "watch": ["order.total"]},
    "policy": {"withdraw": "any_time", "submitter_is_approver": "allow"},
    "steps": [{"id": "boss", "type": "approve", "name": {"en": "Boss", "zh-CN": "老板"}, "mode": "any",
               "who": [{"role": "approver"}]}],
}  # fmt: skip


def _documents() -> dict[str, Any]:
    documents = starter_documents()
    standard = documents["order_type/standard"]
    return {
        **documents,
        "fields/order": _FIELDS,
        "approval_flow/big": {**_FLOW, "trigger": {"when": _AT_LEAST}},
        "order_type/standard": {
            **standard, "credit": {"policy": "hold", "check_at": ["place"]}, "approvals": ["big"],
        },
    }  # fmt: skip


@dataclass
class Shop:
    """A company of its own: two locations, one SKU at 10.00 each, a customer with credit, an operator, an approver."""

    app: Flask
    engine: Engine
    company: Company
    operator: Person
    approver: Person
    customer: UUID = field(default_factory=new_id)
    north: UUID = field(default_factory=new_id)
    south: UUID = field(default_factory=new_id)
    tea: UUID = field(default_factory=new_id)

    def work(self) -> Any:
        actor = Actor(kind="staff", id=self.operator.id, name="Olga")
        return open_work(self.engine, self.company.id, actor)

    def order(self, quantity: str = "5", *, customer: str = "C-1", custom: dict[str, Any] | None = None) -> OrderPlaced:
        with self.work() as work:
            return place(work, PlaceOrder(
                order_type="standard", channel="console", customer_number=customer, custom=custom or {},
                lines=(LineRequest(sku="TEA-250", quantity=Decimal(quantity)),),
            ))  # fmt: skip

    def browser(self, person: Person | None = None) -> Browser:
        return sign_in(self.app, self.company, person)

    def person(self, *roles: str, **more: object) -> Person:
        return make_user(self.engine, self.company, *roles, **more)

    def row(self, sql: str, **parameters: Any) -> Any:
        with self.work() as work:
            return work.row(sql, {"tenant": work.tenant_id, **parameters})

    def status(self, order_id: UUID) -> str:
        found = self.row("SELECT status FROM orders WHERE tenant_id = %(tenant)s AND id = %(id)s", id=order_id)
        return str(found.status)


def order_url(placed: OrderPlaced, action: str = "") -> str:
    return f"/orders/{to_text('ord', placed.order_id)}{action}"


def once() -> dict[str, object]:
    return {"_once": str(new_id())}


def fill(work: Work, shop: Shop) -> None:
    publish_bundle(work, _documents(), notes="test")
    shop.tea = a_sku(work, "TEA-250")
    shop.customer = a_customer(work, "C-1", limit="9000")
    a_customer(work, "C-2", limit="60")
    shop.north, shop.south = a_location(work, "north", priority=1), a_location(work, "south", priority=2)
    stock(work, "TEA-250", at=shop.north, on_hand="100")
    stock(work, "TEA-250", at=shop.south, on_hand="40")


@pytest.fixture
def make_shop(app: Flask, engine: Engine, system_engine: Engine) -> Iterator[Callable[..., Shop]]:
    install_domain()

    def make(locale: str = "en") -> Shop:
        company = make_company(engine, system_engine, locale=locale)
        operator = make_user(engine, company, "operator", name="Olga", locale=locale)
        approver = make_user(engine, company, "approver", name="Bea", locale=locale)
        shop = Shop(app=app, engine=engine, company=company, operator=operator, approver=approver)
        with open_work(engine, company.id, Actor(kind="system", id=None, name="test")) as work:
            fill(work, shop)
        return shop

    yield make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()
