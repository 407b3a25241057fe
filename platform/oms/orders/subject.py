"""What rules, flows and tables may say about an order: the fields, their types and what people call them.

Placement builds these values from what it loaded (`oms.placement.plan.order_subject`), a stored order is read into
the same shape (`order_values`), and `ORDER_SQL` says where they lie in the database.
"""

from __future__ import annotations

from low_code.expressions import (
    BOOL,
    DATE,
    NUMBER,
    ROWS,
    STRING,
    Column,
    FieldSpec,
    RowsBinding,
    SqlBinding,
    Subject,
    list_of,
)

_STRINGS = list_of(STRING)


def _field(kind: object, en: str, zh: str, *, nullable: bool = True) -> FieldSpec:
    return FieldSpec(kind, nullable=nullable, labels={"en": en, "zh-CN": zh})  # type: ignore[arg-type]


_CUSTOMER = {
    "order.customer.number": _field(STRING, "customer number", "客户编号", nullable=False),
    "order.customer.name": _field(STRING, "customer name", "客户名称", nullable=False),
    "order.customer.kind": _field(STRING, "customer kind", "客户类型", nullable=False),
    "order.customer.group": _field(STRING, "customer group", "客户组"),
    "order.customer.tags": _field(_STRINGS, "customer tags", "客户标签", nullable=False),
    "order.customer.grade": _field(STRING, "customer grade", "客户等级"),
    "order.customer.payment_terms_days": _field(NUMBER, "payment terms in days", "账期天数", nullable=False),
    "order.customer.ship_complete": _field(BOOL, "customer takes orders whole", "客户要求整单发货", nullable=False),
}
_SHIP_TO = {
    "order.ship_to.country": _field(STRING, "country shipped to", "收货国家"),
    "order.ship_to.region": _field(STRING, "region shipped to", "收货省/州"),
    "order.ship_to.city": _field(STRING, "city shipped to", "收货城市"),
    "order.ship_to.postal_code": _field(STRING, "postal code shipped to", "收货邮编"),
}
# Known before prices are: what a price table may read of the order.
_BEFORE_PRICES = {
    "order.channel": _field(STRING, "channel", "渠道", nullable=False),
    "order.order_type": _field(STRING, "order type", "订单类型", nullable=False),
    "order.requested_on": _field(DATE, "requested day", "期望日期"),
    **_CUSTOMER,
    **_SHIP_TO,
}
CUSTOMER = Subject("customer", _CUSTOMER)
_FIGURES = {
    "figures.orders": _field(NUMBER, "number of orders", "订单数", nullable=False),
    "figures.net_30": _field(NUMBER, "net turnover of 30 days", "近30天净销售额", nullable=False),
    "figures.net_90": _field(NUMBER, "net turnover of 90 days", "近90天净销售额", nullable=False),
    "figures.net_365": _field(NUMBER, "net turnover of 365 days", "近365天净销售额", nullable=False),
    "figures.days_since_last": _field(NUMBER, "days since the last order", "距上次下单天数"),
    "figures.overdue": _field(NUMBER, "overdue amount", "逾期金额", nullable=False),
}
GRADED_CUSTOMER = Subject("graded_customer", {**_CUSTOMER, **_FIGURES})
PRODUCT = Subject(
    "product",
    {
        "product.code": _field(STRING, "product", "商品", nullable=False),
        "product.name": _field(STRING, "product's name", "商品名称", nullable=False),
        "product.brand": _field(STRING, "brand", "品牌", nullable=False),
        "product.category": _field(STRING, "category", "品类", nullable=False),
        "product.tax_class": _field(STRING, "tax class", "税类", nullable=False),
    },
)
_LINE = {
    "sku": _field(STRING, "SKU", "SKU", nullable=False),
    "product": _field(STRING, "product", "商品", nullable=False),
    "category": _field(STRING, "category", "品类", nullable=False),
    "brand": _field(STRING, "brand", "品牌", nullable=False),
    "quantity": _field(NUMBER, "quantity", "数量", nullable=False),
    "unit_price": _field(NUMBER, "unit price", "单价", nullable=False),
    "amount": _field(NUMBER, "line amount", "行金额", nullable=False),
}
_PRICED_LINE = {
    "net": _field(NUMBER, "line amount without tax", "行未税金额", nullable=False),
    "gross": _field(NUMBER, "line amount with tax", "行含税金额", nullable=False),
    "discount_percent": _field(NUMBER, "line discount in percent", "行折扣（%）", nullable=False),
    "promotion_discount": _field(NUMBER, "taken off by promotions", "促销减免", nullable=False),
    "below_floor": _field(BOOL, "below the price floor", "低于底价", nullable=False),
}

ORDER = Subject(
    "order",
    {
        **_BEFORE_PRICES,
        "order.priority": _field(NUMBER, "priority (0 to 9)", "优先级（0 至 9）", nullable=False),
        "order.promise_on": _field(DATE, "promised day", "承诺日期"),
        "order.currency": _field(STRING, "currency", "币种", nullable=False),
        "order.net_total": _field(NUMBER, "total without tax", "未税总额", nullable=False),
        "order.tax_total": _field(NUMBER, "tax", "税额", nullable=False),
        "order.total": _field(NUMBER, "order total", "订单总额", nullable=False),
        "order.line_count": _field(NUMBER, "number of lines", "行数", nullable=False),
        "order.quantity": _field(NUMBER, "total quantity", "总数量", nullable=False),
        "order.discount_percent": _field(NUMBER, "highest line discount in percent", "最高行折扣（%）", nullable=False),
        "order.promotion_discount": _field(NUMBER, "taken off by promotions in all", "促销减免合计", nullable=False),
        "order.below_floor": _field(BOOL, "some line is below its price floor", "有明细低于底价", nullable=False),
        "order.buyer_note": _field(STRING, "buyer's note", "买家留言", nullable=False),
        "order.tags": _field(_STRINGS, "order tags", "订单标签", nullable=False),
        "order.outside_number": _field(STRING, "channel's own number", "渠道单号"),
        "order.lines": _field(ROWS, "lines", "订单行", nullable=False),
        **{f"order.lines.{name}": spec for name, spec in {**_LINE, **_PRICED_LINE}.items()},
    },
)

PRICED_LINE = Subject("line", {**_BEFORE_PRICES, **{f"line.{name}": spec for name, spec in _LINE.items()}})

_LOCATION = {
    "location.key": _field(STRING, "location", "仓库/门店", nullable=False),
    "location.kind": _field(STRING, "location kind", "地点类型", nullable=False),
    "location.country": _field(STRING, "location's country", "地点国家", nullable=False),
    "location.region": _field(STRING, "location's region", "地点省/州", nullable=False),
    "location.priority": _field(NUMBER, "location's priority", "地点优先级", nullable=False),
    "location.tags": _field(_STRINGS, "location's tags", "地点标签", nullable=False),
}
PLACE = Subject("place", _LOCATION)  # a location by itself; `LOCATION` is one that an order may be sent from
LOCATION = Subject("location", {**ORDER.all_fields(), **_LOCATION})

_LINE_QUANTITY = "(l.ordered - l.cancelled)"
_LINE_DISCOUNT = (
    "CASE WHEN l.list_price = 0 THEN 0 ELSE round((l.list_price - l.unit_price) * 100 / l.list_price, 2) END"
)
_LINE_BELOW_FLOOR = f"coalesce(l.unit_price * {_LINE_QUANTITY} - l.discount < l.floor_price * {_LINE_QUANTITY}, false)"
_OF_LINES = "(SELECT {0} FROM order_lines l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)"

# `o` is orders, `c` its customer, `g` the customer's group (left joined); `LINE_SOURCE` joins what a line needs.
LINE_SOURCE = (
    "order_lines l JOIN skus s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id"
    " JOIN products p ON p.tenant_id = s.tenant_id AND p.id = s.product_id"
)
ORDER_SOURCE = (
    "orders o JOIN customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
    " LEFT JOIN customer_groups g ON g.tenant_id = c.tenant_id AND g.id = c.group_id"
)

ORDER_SQL = SqlBinding(
    columns={
        "order.channel": Column("o.channel"),
        "order.order_type": Column("o.order_type"),
        "order.requested_on": Column("o.requested_on"),
        "order.priority": Column("o.priority::numeric"),
        "order.promise_on": Column("o.promise_on"),
        "order.currency": Column("o.currency::text"),
        "order.net_total": Column("o.net_total"),
        "order.tax_total": Column("o.tax_total"),
        "order.total": Column("o.total"),
        "order.line_count": Column(_OF_LINES.format("count(*)::numeric")),
        "order.quantity": Column(_OF_LINES.format(f"coalesce(sum({_LINE_QUANTITY}), 0)")),
        "order.discount_percent": Column(_OF_LINES.format(f"coalesce(max({_LINE_DISCOUNT}), 0)")),
        "order.promotion_discount": Column(_OF_LINES.format("coalesce(sum(l.discount), 0)")),
        "order.below_floor": Column(_OF_LINES.format(f"coalesce(bool_or({_LINE_BELOW_FLOOR}), false)")),
        "order.buyer_note": Column("o.buyer_note"),
        "order.tags": Column("o.tags"),
        "order.outside_number": Column("o.outside_number"),
        "order.customer.number": Column("c.number"),
        "order.customer.name": Column("c.name"),
        "order.customer.kind": Column("c.kind"),
        "order.customer.group": Column("g.key"),
        "order.customer.tags": Column("c.tags"),
        "order.customer.grade": Column("c.grade"),
        "order.customer.payment_terms_days": Column("c.payment_terms_days::numeric"),
        "order.customer.ship_complete": Column("c.ship_complete"),
        "order.ship_to.country": Column("(o.ship_to ->> 'country')"),
        "order.ship_to.region": Column("(o.ship_to ->> 'region')"),
        "order.ship_to.city": Column("(o.ship_to ->> 'city')"),
        "order.ship_to.postal_code": Column("(o.ship_to ->> 'postal_code')"),
    },
    json={"order.cf": "o.custom", "order.customer.cf": "c.custom"},
    rows={
        "order.lines": RowsBinding(
            source=LINE_SOURCE,
            where="l.tenant_id = o.tenant_id AND l.order_id = o.id",
            columns={
                "sku": Column("l.sku"),
                "product": Column("p.code"),
                "category": Column("p.category"),
                "brand": Column("p.brand"),
                "quantity": Column(_LINE_QUANTITY),
                "unit_price": Column("l.unit_price"),
                "amount": Column(f"(l.unit_price * {_LINE_QUANTITY})"),
                "net": Column("l.net"),
                "gross": Column("l.gross"),
                "discount_percent": Column(_LINE_DISCOUNT),
                "promotion_discount": Column("l.discount"),
                "below_floor": Column(_LINE_BELOW_FLOOR),
            },
            json={"cf": "l.custom", "product_cf": "p.custom"},
        )
    },
)
