"""What the wholesaler takes off and charges: promotions, a coupon, freight, a region list, rates and a rebate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.pricing.save_exchange_rate import save_exchange_rate
from oms.pricing.save_price_list import SavePriceList, Tier, save_price_list
from oms.promotions.save_coupon import SaveCoupon, save_coupon
from oms.rebates.plan import Tier as RebateTier
from oms.rebates.save_agreement import SaveAgreement, save_agreement


def _named(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-CN": zh}


def _category(name: str) -> dict[str, Any]:
    return {"==": [{"var": "line.category"}, name]}


PROMOTIONS: dict[str, Any] = {
    "promotion/oolong_week": {
        "name": _named("Oolong week", "乌龙茶周"),
        "lines": _category("Oolong"),
        "effect": {"do": "percent", "value": "8"},
        "priority": 20,
        "group": "season",
    },
    "promotion/teaware": {
        "name": _named("Ten tins, one free", "茶叶罐买十赠一"),
        "lines": {"==": [{"var": "line.sku"}, "TIN-250"]},
        "effect": {"do": "buy_get", "buy": 10, "get": 1},
        "priority": 15,
    },
    "promotion/welcome": {
        "name": _named("Welcome gift", "新客礼"),
        "coupon": True,
        "currency": "CNY",
        "when": {">=": [{"var": "order.net_total"}, {"dec": "500"}]},
        "effect": {"do": "amount", "value": "50"},
        "budget": {"amount": "5000", "per_customer": 1},
    },
    "promotion/gold_freight": {
        "name": _named("Free freight for gold customers", "金牌客户免运费"),
        "when": {"==": [{"var": "order.customer.group"}, "gold"]},
        "effect": {"do": "waive", "charge": "freight"},
    },
    "decision_table/freight": {
        "name": _named("Freight", "运费"),
        "subject": "order",
        "table": {
            "hit": "F",
            "inputs": [{"id": "i1", "expr": {"var": "order.net_total"}}],
            "outputs": [{"id": "o1", "name": "amount", "type": "number"}],
            "rows": [
                {"id": "r1", "when": {"i1": {"ge": "2000"}}, "then": {"o1": "0"}, "note": "From 2,000 on free"},
                {"id": "r2", "when": {}, "then": {"o1": "35"}},
            ],
        },
    },
}
ORDER_TYPE: dict[str, Any] = {
    "promotions": ["oolong_week", "teaware", "welcome", "gold_freight"],
    "freight": {"table": "freight", "tax_class": "standard", "label": _named("Freight", "运费")},
}


def save_price_terms(work: Work) -> None:
    """A list for the south by the box, rates, a coupon and a rebate. Call it when the promotions are in force."""
    by_box = SavePriceList(
        key="south", names=_named("Guangdong, by the box", "广东整箱价"), currency="CNY", scope="region",
        places=(("CN", "Guangdong"),),
        tiers=[
            Tier("TIN-250", Decimal("690.00"), Decimal(60), "box", Decimal("640.00")),
            Tier("JJ-50", Decimal("840.00"), Decimal(48), "box"),
        ],
    )  # fmt: skip
    save_price_list(work, by_box)
    for source, rate in (("USD", "7.1120"), ("EUR", "7.8240")):
        save_exchange_rate(work, source, "CNY", Decimal(rate), valid_from=date(2026, 1, 1))
    save_coupon(work, SaveCoupon(code="WELCOME50", promotion="welcome", most_uses=100, most_per_customer=1))
    save_agreement(
        work,
        SaveAgreement(
            key="westlake-quarter", names=_named("West Lake, quarterly rebate", "西湖茶舍季度返利"), period="quarter",
            currency="CNY", valid_from=date(2026, 1, 1), customer="K-1001",
            tiers=(
                RebateTier(Decimal(20_000), Decimal(1)), RebateTier(Decimal(60_000), Decimal(2)),
                RebateTier(Decimal(150_000), Decimal("3.5")),
            ),
        ),
    )  # fmt: skip
