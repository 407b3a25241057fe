"""The domain's registry: installed once per process, by whoever composes it."""

from __future__ import annotations

from functools import cache
from typing import Any

from low_code.expressions import DATE, NUMBER, STRING, FieldSpec, Type
from low_code.kinds import discover
from low_code.registry import Entity, Registry, Term, Vocabulary, install
from oms import kinds
from oms.configuration.sourcing_terms import SOURCING_STRATEGIES
from oms.orders.subject import CUSTOMER, GRADED_CUSTOMER, LOCATION, ORDER, PLACE, PRICED_LINE, PRODUCT


def _term(term_id: str, en: str, zh: str, **more: Any) -> Term:
    return Term(term_id, {"en": en, "zh-CN": zh}, **more)


_ENTITIES = (
    Entity(
        key="order",
        labels={"en": "Order", "zh-CN": "订单"},
        subject="order",
        home="order.cf",
        mounts=(("order", "order.cf"), ("line", "order.cf"), ("location", "order.cf")),
        table="orders",
        indexed=True,
    ),
    Entity(
        key="order_line",
        labels={"en": "Order line", "zh-CN": "订单行"},
        subject="line",
        home="line.cf",
        mounts=(("line", "line.cf"), ("order", "order.lines.cf"), ("location", "order.lines.cf")),
        table="order_lines",
    ),
    Entity(
        key="customer",
        labels={"en": "Customer", "zh-CN": "客户"},
        subject="customer",
        home="order.customer.cf",
        mounts=(
            ("order", "order.customer.cf"),
            ("line", "order.customer.cf"),
            ("location", "order.customer.cf"),
            ("graded_customer", "order.customer.cf"),
        ),
        table="customers",
        indexed=True,
    ),
    Entity(
        key="product",
        labels={"en": "Product", "zh-CN": "商品"},
        subject="product",
        home="product.cf",
        mounts=(
            ("line", "line.product_cf"),
            ("order", "order.lines.product_cf"),
            ("location", "order.lines.product_cf"),
        ),
        table="products",
        indexed=True,
    ),
    Entity(
        key="location",
        labels={"en": "Location", "zh-CN": "地点"},
        subject="place",
        home="location.cf",
        mounts=(("location", "location.cf"),),
        table="locations",
    ),
)


def _target(term_id: str, en: str, zh: str, entity: str, **fields: tuple[Type, str, str]) -> Term:
    """What a reference field may name, the entity whose custom fields it has, and what look-ups may take of it."""
    specs = {name: FieldSpec(kind, labels={"en": an, "zh-CN": cn}) for name, (kind, an, cn) in fields.items()}
    return _term(term_id, en, zh, facts={"entity": entity, "fields": specs})


_VOCABULARIES = (
    Vocabulary(
        "reference_targets",
        {"en": "What fields refer to", "zh-CN": "可引用的对象"},
        [
            _target(
                "customer",
                "Customer, by number",
                "客户（按编号）",
                "customer",
                name=(STRING, "Name", "名称"),
                kind=(STRING, "Kind", "类型"),
                email=(STRING, "E-mail", "电子邮箱"),
                group=(STRING, "Group", "客户组"),
            ),
            _target(
                "sku",
                "SKU, by code",
                "SKU（按编码）",
                "product",
                name=(STRING, "Name", "名称"),
                product=(STRING, "Product", "商品"),
                category=(STRING, "Category", "品类"),
                brand=(STRING, "Brand", "品牌"),
                base_unit=(STRING, "Base unit", "基本单位"),
            ),
            _target(
                "order",
                "Order, by number",
                "订单（按编号）",
                "order",
                total=(NUMBER, "Total", "总额"),
                currency=(STRING, "Currency", "币种"),
                order_type=(STRING, "Order type", "订单类型"),
                channel=(STRING, "Channel", "渠道"),
                placed_on=(DATE, "Placed on", "下单日期"),
            ),
            _target(
                "location",
                "Location, by key",
                "地点（按标识）",
                "location",
                kind=(STRING, "Kind", "类型"),
                country=(STRING, "Country", "国家"),
                region=(STRING, "Region", "省/州"),
                city=(STRING, "City", "城市"),
            ),
        ],
    ),  # fmt: skip
    Vocabulary(
        "channels",
        {"en": "Channels", "zh-CN": "渠道"},
        [
            _term("portal", "Customer portal", "客户门户"),
            _term("console", "Entered by staff", "员工录入"),
            _term("api", "Partner API", "合作伙伴接口"),
            _term("file", "File import", "文件导入"),
            _term("shop", "Online shop", "网店"),
            _term("marketplace", "Marketplace", "电商平台"),
            _term("store", "Store", "门店"),
        ],
    ),
    Vocabulary(
        "hold_types",
        {"en": "Hold types", "zh-CN": "挂起类型"},
        [
            _term("review", "Review", "审核"),
            _term("credit", "Credit", "信用"),
            _term("address", "Address", "地址"),
            _term("stock", "Stock", "库存"),
            _term("payment", "Payment", "付款"),
            _term("manual", "Manual", "人工"),
        ],
    ),
    Vocabulary(
        "credit_policies",
        {"en": "Credit policies", "zh-CN": "信用策略"},
        [
            _term("ignore", "Do not check", "不检查"),
            _term("warn", "Warn", "提醒", facts={"checks": True}),
            _term("hold", "Put on hold", "挂起", facts={"checks": True}),
            _term("block", "Refuse", "拒绝", facts={"checks": True}),
        ],
    ),
    Vocabulary(
        "check_points",
        {"en": "Check points", "zh-CN": "检查时点"},
        [_term("place", "When the order is placed", "下单时")],
    ),
    Vocabulary(
        "price_sources",
        {"en": "Where prices come from", "zh-CN": "价格来源"},
        [
            _term("lists", "Price lists", "价目表"),
            _term("given", "As the channel gives them", "渠道传入"),
        ],
    ),
    SOURCING_STRATEGIES,
    Vocabulary(
        "price_outputs",
        {"en": "Results of price rules", "zh-CN": "价格规则结果"},
        [
            _term("discount_percent", "Discount in percent", "折扣（%）", facts={"type": "number"}),
            _term("unit_price", "Unit price", "单价", facts={"type": "number"}),
            _term("surcharge", "Surcharge per unit", "每单位加价", facts={"type": "number"}),
        ],
    ),
)


@cache
def build_registry() -> Registry:
    """Everything that documents of this product may speak of."""
    return Registry(
        kinds=discover(kinds),
        subjects=[ORDER, PRICED_LINE, LOCATION, CUSTOMER, GRADED_CUSTOMER, PRODUCT, PLACE],
        entities=_ENTITIES,
        vocabularies=_VOCABULARIES,
        kind_subjects={
            "review_rules": "order",
            "allocation_rule": "location",
            "price_rule": "line",
            "promotion": "order",
        },
    )


def install_domain() -> None:
    """Makes the domain's registry the one of this process. Twice is harmless."""
    install(build_registry())
