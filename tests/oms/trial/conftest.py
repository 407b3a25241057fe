"""A history of orders of all sorts, and documents that decide them otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import Configuration, split_address
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.built_in_roles import put_built_in_roles
from tenants.access.register_user import RegisterUser, register_user
from tests.support.builders import a_customer, a_group, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults


def named(text: str) -> dict[str, str]:
    return {"en": text}


def hold(rule_id: str, when: Any, kind: str = "review", **more: Any) -> dict[str, Any]:
    return {
        "id": rule_id,
        "name": named(rule_id),
        "when": when,
        "outcome": {"do": "hold", "hold_type": kind, "reason": named(f"{kind} {rule_id}")},
        **more,
    }


def rules(*given: dict[str, Any]) -> dict[str, Any]:
    return {"name": named("Standard"), "rules": list(given)}


def over(amount: str, path: str = "order.total") -> dict[str, Any]:
    return {">": [{"var": path}, {"dec": amount}]}


def discount(*rows: tuple[str, Any, str]) -> dict[str, Any]:
    """rows: (id, cell of the quantity, percent)"""
    return {
        "name": named("Discount"),
        "table": {
            "hit": "F",
            "inputs": [{"id": "q", "expr": {"var": "line.quantity"}}, {"id": "ch", "expr": {"var": "order.channel"}}],
            "outputs": [{"id": "d", "name": "discount_percent", "type": "number"}],
            "rows": [{"id": i, "when": {"q": cell}, "then": {"d": {"dec": percent}}} for i, cell, percent in rows],
        },
    }


def flow(when: Any) -> dict[str, Any]:
    return {
        "name": named("Big orders"),
        "subject": {"of": "order"},
        "trigger": {"when": when},
        "steps": [{"id": "boss", "type": "approve", "name": named("Boss"), "who": [{"role": "admin"}], "mode": "any"}],
    }


def sourcing(*strategies: str, **more: Any) -> dict[str, Any]:
    return {
        "name": named("Standard"),
        "strategies": [{"id": f"s{n}", "strategy": name} for n, name in enumerate(strategies)],
        "allow_split": True,
        "on_short": "backorder",
        **more,
    }


LINES_OVER_9 = {"some": [{"var": "order.lines"}, {">": [{"var": "quantity"}, 9]}]}

BEFORE = {
    "order_type/standard": an_order_type(price_rules=["bulk"], approvals=["big"]),
    "order_type/web": an_order_type(name=named("Web"), channels=["portal", "shop"], credit={"policy": "ignore"}, review_rules="standard"),
    "review_rules/standard": rules(hold("big", over("500"), stop=True), hold("note", LINES_OVER_9, "address")),
    "price_rule/bulk": discount(("r1", {"ge": 5}, "10")),
    "approval_flow/big": flow(over("420")),
    "allocation_rule/standard": sourcing("priority"),
}  # fmt: skip
AFTER = {
    "order_type/standard": an_order_type(price_rules=["bulk"], approvals=["big"], credit={"policy": "block", "check_at": ["place"]}, rounding={"level": "unit", "mode": "half_even"}),
    "review_rules/standard": rules(hold("big", over("350"), "review"), hold("many", {">": [{"var": "order.discount_percent"}, 5]}, "manual")),
    "price_rule/bulk": discount(("r1", {"ge": 8}, "33.333"), ("r2", {"ge": 3}, "4.5")),
    "approval_flow/big": flow(over("300")),
    "allocation_rule/standard": sourcing("fewest_splits", only={"when": {"!=": [{"var": "location.key"}, "far"]}}),
}  # fmt: skip


def place_some(work: Work, count: int, seed: int = 1) -> list[UUID]:
    """Orders of two types and several customers, that differ in size, stock and credit."""
    chance = random.Random(seed)
    group = a_group(work)
    customers = [
        a_customer(work, "C-1", limit="100000"), a_customer(work, "C-2", limit="900"),
        a_customer(work, "C-3"), a_customer(work, "C-4", group=group, limit="100000"),
    ]  # fmt: skip
    skus = ["TEA", "MUG", "POT"]
    for code, price in zip(skus, ("10.03", "33.337", "7.1"), strict=True):
        a_sku(work, code, price=price)
        a_price(work, code, "9.5", list_key="gold", scope="customer_group", group=group)
    near, far = a_location(work, "near", priority=2), a_location(work, "far", priority=1)
    for code in skus:
        stock(work, code, at=near, on_hand="60")
        stock(work, code, at=far, on_hand="9")
    placed = []
    for _ in range(count):
        lines = tuple(
            LineRequest(sku=code, quantity=Decimal(chance.randint(1, 12)))
            for code in chance.sample(skus, chance.randint(1, 3))
        )
        command = PlaceOrder(
            order_type=chance.choice(["standard", "standard", "web"]), channel="portal",
            customer_id=chance.choice(customers), lines=lines,
        )  # fmt: skip
        placed.append(place(work, command).order_id)
    return placed


@pytest.fixture
def draft(work: Work) -> Callable[[dict[str, Any]], Configuration]:
    """Saves documents as drafts and gives the would-be configuration."""

    def save(documents: dict[str, Any]) -> Configuration:
        for name, body in documents.items():
            kind, key = split_address(name)
            there = find_draft(work, kind, key)
            save_draft(work, SaveDraft(kind=kind, key=key, body=body, etag=there.etag if there else None))
        validation = validate_drafts(work)
        assert validation.count("error") == 0, validation.to_json("en")["problems"]
        return validation.would_be

    return save


@pytest.fixture
def history(work: Work) -> list[UUID]:
    put_built_in_roles(work)
    register_user(work, RegisterUser(email="boss@acme.example", name="Boss", password=None, role_keys=("admin",)))
    publish_defaults(work, BEFORE)
    return place_some(work, 60)


@pytest.fixture
def head(work: Work, history: list[UUID]) -> Configuration:
    return configuration(work)
