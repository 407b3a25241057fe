"""The company in which writes are tried, and what must be true of it after each."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.receivables.checks import disagreements
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.builders import a_customer, a_group, a_location, a_price, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.promotions import a_coupon
from tests.support.stock_proofs import assert_stock_is_sound
from web.commands.doctor import LEDGERS


def fill_company(work: Work, more: Mapping[str, Any] | None = None) -> None:
    """more: documents besides"""
    field = {"id": "f1", "key": "po", "labels": {"en": "PO", "zh-CN": "采购单号"}, "type": "text", "required": True}
    gate = {"id": "f2", "key": "gate", "labels": {"en": "Gate", "zh-CN": "门"}, "type": "text"}
    spring = {
        "name": {"en": "Spring", "zh-CN": "春"}, "effect": {"do": "percent", "value": "5"}, "coupon": True,
        "currency": "USD", "budget": {"amount": "100000", "uses": 10000},
    }  # fmt: skip
    flow = {"name": {"en": "All"}, "subject": {"of": "order"},
            "steps": [{"id": "n1", "type": "approve", "who": [{"role": "admin"}]}]}  # fmt: skip
    warn = {"credit": {"policy": "warn", "check_at": ["place"]}}
    publish_defaults(work, {
        "order_type/standard": an_order_type(channels=["api", "file"], **warn),
        "order_type/dear": an_order_type(name={"en": "Dear", "zh-CN": "贵"}, promotions=["spring"], **warn),
        "order_type/approved": an_order_type(name={"en": "Approved", "zh-CN": "审"}, approvals=["all"], **warn),
        "order_type/prepaid": an_order_type(name={"en": "Prepaid", "zh-CN": "预付"}, prepayment_percent=100),
        "approval_flow/all": flow,
        "promotion/spring": spring,
        "fields/order": {"fields": [field]},
        "fields/location": {"fields": [gate]},
        **(more or {}),
    })  # fmt: skip
    a_sku(work, "TEA", price="10.00", tax_rate="0.19", units={"box": "12"})
    a_sku(work, "MUG", price="4.00", tax_rate="0.07")
    a_sku(work, "CARD", price="1.00")
    a_sku(work, "CHEESE", price="7.00")
    work.execute("UPDATE skus SET tracking = 'lot' WHERE tenant_id = %(t)s AND code = 'CHEESE'", {"t": work.tenant_id})
    a_price(work, "TEA", "8.00", from_quantity="10")
    a_coupon(work, "SPRING", "spring", most_uses=100000)
    a_customer(work, "K-1", limit="100000", group=a_group(work))
    a_customer(work, "K-2", limit="500")
    for key, rank in (("east", 1), ("west", 2)):
        place = a_location(work, key, priority=rank)
        for code in ("TEA", "MUG"):
            receive_stock(work, ReceiveStock(sku_id=sku_id(work, code), location_id=place, quantity=Decimal(100_000)))


def assert_sound(work: Work) -> None:
    """All ledgers of the company add up."""
    assert [what for what, query in LEDGERS.items() if work.row(query, {"t": work.tenant_id}) is not None] == []
    proof(work)
    assert disagreements(work) == []
    assert_stock_is_sound(work)
