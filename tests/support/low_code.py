"""A small domain to configure: what the real one registers, in little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from low_code.documents.compiled import forget_all
from low_code.expressions import (
    BOOL,
    DATE,
    NUMBER,
    ROWS,
    STRING,
    Environment,
    FieldSpec,
    Subject,
    list_of,
    option_of,
    ref_to,
)
from low_code.kinds import discover
from low_code.registry import Configuration, Entity, Registry, Term, Vocabulary, install

MOMENT = Environment(now=datetime(2026, 11, 22, 9, 30, tzinfo=UTC), today=date(2026, 11, 22))


def _spec(type_: Any, en: str, zh: str, *, nullable: bool = True) -> FieldSpec:
    return FieldSpec(type_, nullable=nullable, labels={"en": en, "zh-CN": zh})


ORDER = Subject(
    "order",
    {
        "order.total": _spec(NUMBER, "Total", "总额", nullable=False),
        "order.channel": _spec(option_of(["shop", "tmall", "edi"]), "Channel", "渠道", nullable=False),
        "order.note": _spec(STRING, "Note", "备注"),
        "order.rush": _spec(BOOL, "Rush", "加急", nullable=False),
        "order.wanted_on": _spec(DATE, "Wanted on", "期望日期"),
        "order.sales_rep": _spec(ref_to("user"), "Sales rep", "业务员"),
        "order.lines": _spec(ROWS, "Lines", "明细"),
        "order.lines.qty": _spec(NUMBER, "Quantity", "数量", nullable=False),
        "order.lines.sku": _spec(STRING, "SKU", "货号", nullable=False),
        "customer.level": _spec(STRING, "Customer level", "客户等级"),
    },
)
LINE = Subject("line", {"line.sku": _spec(STRING, "SKU", "货号", nullable=False)})
LOCATION = Subject(
    "location",
    {
        "location.region": _spec(STRING, "Region", "区域"),
        "location.tags": _spec(list_of(STRING), "Tags", "标签"),
    },
)


def _words(name: str, *terms: Term) -> Vocabulary:
    return Vocabulary(name, {"en": name}, list(terms))


def _term(term_id: str, en: str, zh: str, **more: Any) -> Term:
    return Term(term_id, {"en": en, "zh-CN": zh}, **more)


def build_registry(*packages: Any) -> Registry:
    """The small domain with all kinds, and those of further packages."""
    return Registry(
        kinds=discover(*packages),
        subjects=[ORDER, LINE, LOCATION],
        entities=[
            Entity(
                key="order",
                labels={"en": "Order", "zh-CN": "订单"},
                subject="order",
                home="order.cf",
                mounts=(("order", "order.cf"),),
                table="orders",
                indexed=True,
            ),
            Entity(
                key="order_line",
                labels={"en": "Line", "zh-CN": "订单行"},
                subject="order",
                home="line.cf",
                mounts=(("order", "order.lines.cf"),),
            ),
        ],
        vocabularies=[
            _words(
                "reference_targets",
                _term("customer", "Customer", "客户", facts={"fields": {"name": _spec(STRING, "Name", "名称")}}),
            ),
            _words("channels", _term("shop", "Shop", "商城"), _term("tmall", "Tmall", "天猫")),
            _words("hold_types", _term("review", "Review", "审核"), _term("credit", "Credit", "信用")),
            _words(
                "credit_policies",
                _term("ignore", "Ignore", "不检查"),
                _term("block", "Block", "拦截", facts={"checks": True}),
            ),
            _words("check_points", _term("placement", "Placement", "下单"), _term("release", "Release", "放行")),
            _words(
                "sourcing_strategies",
                _term("fewest_splits", "Fewest splits", "最少拆单"),
                _term(
                    "in_region",
                    "In region",
                    "同区域",
                    params={
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["regions"],
                        "properties": {"regions": {"type": "array", "items": {"type": "string"}}},
                    },
                ),
            ),
            _words(
                "price_outputs",
                _term("discount_percent", "Discount in percent", "折扣（%）", facts={"type": "number"}),
                _term("unit_price", "Unit price", "单价", facts={"type": "money"}),
            ),
        ],
        kind_subjects={
            "review_rules": "order",
            "allocation_rule": "location",
            "price_rule": "order",
            "promotion": "order",
        },
    )


@cache
def registry() -> Registry:
    return build_registry()


@pytest.fixture(autouse=True)
def small_domain() -> Iterator[None]:
    """The small domain, installed for every test of a folder whose conftest names this."""
    install(registry())
    forget_all()
    yield
    install(registry())


def a_configuration(documents: dict[str, Any] | None = None, **more: Any) -> Configuration:
    return Configuration(registry(), documents or {}, **more)


def named(en: str, zh: str | None = None) -> dict[str, str]:
    return {"en": en, **({"zh-CN": zh} if zh else {})}


def hold_when(rule_id: str, when: Any, **more: Any) -> dict[str, Any]:
    outcome = {"do": "hold", "hold_type": "review", "reason": named("Please look", "请审核")}
    return {"id": rule_id, "name": named(f"Rule {rule_id}"), "when": when, "outcome": outcome, **more}


def review_rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": named("Review"), "rules": list(rules)}


def starting_documents() -> dict[str, Any]:
    """The default documents of every kind, by address."""
    return {
        f"{name}/{key}": body
        for name, kind in registry().kinds.items()
        for key, body in kind.defaults(registry()).items()
    }


def above(amount: str) -> dict[str, Any]:
    return {">": [{"var": "order.total"}, {"dec": amount}]}
