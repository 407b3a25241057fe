"""The company of a whole life: two places, four goods, promotions, freight, three kinds of orders, three customers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.inventory.set_levels import TrackSku, track_sku
from oms.receivables.save_steps import Step, save_steps
from tests.oms.lives.pencil import BULK, BULK_FROM, FREE_FROM, FREIGHT, SMALL, SMALL_BELOW, Way
from tests.support.builders import a_credit_account, a_customer, a_location, a_price, a_sku
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.promotions import a_coupon

COUPON_USES = 6
DEPOSIT = 40  # percent
# SKU -> price of one, tax rate
PRICES = {
    "TEA": (Fraction("1.37"), Fraction("0.19")),
    "CUP": (Fraction("33.33"), Fraction("0.07")),
    "CHEESE": (Fraction("7.77"), Fraction("0.07")),
    "PIN": (Fraction("0.125"), Fraction(0)),
}
TEA_TIER, TEA_TIER_PRICE = 24, Fraction("1.19")
CUP_OF_FIRST = Fraction("31.115")  # agreed with C-1
BOX = 12  # of tea
CUSTOMERS = ("C-1", "C-2", "C-3")
PLACES = ("east", "west")


def price_of(sku: str, units_of_sku: int, *, agreed: bool) -> Fraction:
    """The agreed list first; then tiers by what the whole order takes of the SKU."""
    if sku == "CUP" and agreed:
        return CUP_OF_FIRST
    if sku == "TEA" and units_of_sku >= TEA_TIER:
        return TEA_TIER_PRICE
    return PRICES[sku][0]


@dataclass(frozen=True)
class Ids:
    skus: dict[str, UUID]
    places: dict[str, UUID]
    customers: dict[str, UUID]
    accounts: dict[str, UUID]


def found(work: Work, way: Way) -> Ids:
    """Sets the company up. C-1 and C-2 have accounts below one company's; C-3 has none."""
    publish_defaults(work, _documents(way))
    skus = {
        sku: a_sku(work, sku, price=str(Decimal(price.numerator) / price.denominator),
                   tax_rate=str(Decimal(rate.numerator) / rate.denominator),
                   units={"box": str(BOX)} if sku == "TEA" else None)
        for sku, (price, rate) in PRICES.items()
    }  # fmt: skip
    track_sku(work, TrackSku(sku_id=skus["CHEESE"], tracking="lot", min_remaining_days=3))
    a_price(work, "TEA", "1.19", from_quantity=str(TEA_TIER))
    top = a_credit_account(work, "TOP", limit="100000")
    accounts = {name: a_credit_account(work, name, limit="500") for name in ("CA-1", "CA-2")}
    work.execute(
        "UPDATE credit_accounts SET parent_id = %(p)s WHERE tenant_id = %(t)s AND number LIKE 'CA-%%'",
        {"p": top, "t": work.tenant_id},
    )
    customers = {
        name: a_customer(work, name, account=accounts.get(name.replace("C", "CA")), email=f"{name}@example.com")
        for name in CUSTOMERS
    }
    a_price(work, "CUP", "31.115", list_key="first", scope="customer", customer=customers["C-1"])
    a_coupon(work, "SPRING", "spring", most_uses=COUPON_USES)
    places = {key: a_location(work, key, priority=rank) for rank, key in enumerate(PLACES)}
    save_steps(work, [Step(after_days=1), Step(after_days=20, stop=True)])
    return Ids(skus, places, customers, {**accounts, "TOP": top})


def _documents(way: Way) -> dict[str, Any]:
    common: dict[str, Any] = {
        "tax": {"prices_include_tax": way.inclusive},
        "rounding": {"level": way.level, "mode": "half_up"},
        "promotions": ["spring", "bulk", "free"],
        "freight": {"table": "freight", "tax_class": "vat-0.19"},
        "allocate_days_ahead": 5,
    }
    credit = {"credit": {"policy": "warn", "check_at": ["place"]}}
    prepaid = {"name": {"en": "Prepaid", "zh-CN": "预付"}, "prepayment_percent": 100, "credit": {"policy": "ignore"}}

    deposit = {"name": {"en": "Deposit", "zh-CN": "定金"}, "prepayment_percent": DEPOSIT}

    def promotion(do: str, priority: int, effect: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"name": {"en": do, "zh-CN": "促销"}, "effect": {"do": do, **effect}, "priority": priority, **more}

    def from_total(amount: int) -> dict[str, Any]:
        return {">=": [{"var": "order.net_total"}, {"dec": str(amount)}]}

    table = {
        "name": {"en": "Freight", "zh-CN": "运费"},
        "subject": "order",
        "table": {
            "hit": "F",
            "inputs": [{"id": "i1", "expr": {"var": "order.net_total"}}],
            "outputs": [{"id": "o1", "name": "amount", "type": "number"}],
            "rows": [
                {"id": "r1", "when": {"i1": {"ge": str(SMALL_BELOW)}}, "then": {"o1": str(float(FREIGHT))}},
                {"id": "r2", "when": {"i1": {"ge": "0"}}, "then": {"o1": str(float(SMALL))}},
            ],
        },
    }
    coupon = {"coupon": True, "lines": {"in": [{"var": "line.sku"}, ["TEA", "CUP"]]}}
    return {
        "order_type/standard": an_order_type(**common, **credit),
        "order_type/prepaid": an_order_type(**{**common, **prepaid}),
        "order_type/deposit": an_order_type(**{**common, **credit, **deposit}),
        "promotion/spring": promotion("percent", 5, {"value": "10"}, **coupon),
        "promotion/bulk": promotion(
            "amount", 1, {"value": str(BULK)}, when=from_total(BULK_FROM), currency=way.currency
        ),
        "promotion/free": promotion("waive", 0, {"charge": "freight"}, when=from_total(FREE_FROM)),
        "decision_table/freight": table,
    }
