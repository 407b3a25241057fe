"""Price tables and review conditions of many recorded orders at once, by the SQL that documents compile to.

Recomputed prices stand in temporary tables beside the orders, one set for each of the two configurations, so that a
condition on a total reads what that configuration would have charged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.expressions import Column, RowsBinding, Sql, SqlBinding
from low_code.kinds.order_type.compile import OrderType
from low_code.kinds.review_rules.compile import ReviewRules
from low_code.kinds.tables import DocumentTable
from low_code.rules.model import Hit
from low_code.rules.table_sql import table_sql
from oms.orders.order_values import discount_percent, is_below_floor
from oms.orders.subject import LINE_SOURCE, ORDER_SOURCE, ORDER_SQL
from oms.placement.plan import apply_adjustments
from oms.placement.policy import OrderPolicy, PriceAdjustment
from oms.trial.decide import Priced, Side, Stop, settled_at
from oms.trial.recorded import RecordedOrder

# In both, the moment is the order's own.
_BEFORE_PRICES = {
    path: ORDER_SQL.columns[path]
    for path in ORDER_SQL.columns
    if path.startswith(("order.customer.", "order.ship_to."))
    or path in {"order.channel", "order.order_type", "order.requested_on"}
}
LINE_BINDING = SqlBinding(
    columns={
        **_BEFORE_PRICES,
        "line.sku": Column("l.sku"),
        "line.product": Column("p.code"),
        "line.category": Column("p.category"),
        "line.brand": Column("p.brand"),
        "line.quantity": Column("l.ordered"),
        "line.unit_price": Column("l.list_price"),
        "line.amount": Column("(l.list_price * l.ordered)"),
    },
    json={"order.cf": "o.custom", "order.customer.cf": "c.custom", "line.cf": "l.custom"},
    now="o.placed_at",
    today="o.placed_on",
)
_LINES = f"{ORDER_SOURCE} JOIN ({LINE_SOURCE}) ON l.tenant_id = o.tenant_id AND l.order_id = o.id"
ORDER_BINDING = replace(
    ORDER_SQL,
    columns={
        **ORDER_SQL.columns,
        "order.net_total": Column("x.net"),
        "order.tax_total": Column("x.tax"),
        "order.total": Column("(x.net + x.tax)"),
        "order.line_count": Column("x.line_count"),
        "order.quantity": Column("x.quantity"),
        "order.discount_percent": Column("x.discount"),
        "order.promotion_discount": Column("x.promotion_discount"),
        "order.below_floor": Column("x.below_floor"),
    },
    rows={
        "order.lines": RowsBinding(
            source="trial_lines y",
            where="y.side = x.side AND y.order_id = x.id",
            columns={
                **{name: Column(f"y.{name}") for name in ("sku", "product", "category", "brand", "net", "gross")},
                "quantity": Column("y.quantity"),
                "unit_price": Column("y.price"),
                "amount": Column("(y.price * y.quantity)"),
                "discount_percent": Column("y.discount"),
                "promotion_discount": Column("y.promotion_discount"),
                "below_floor": Column("y.below_floor"),
            },
            json={"cf": "y.custom"},
        )
    },
    now="o.placed_at",
    today="o.placed_on",
)
_ORDERS = f"trial_orders x JOIN ({ORDER_SOURCE}) ON o.tenant_id = x.tenant_id AND o.id = x.id"

_TEMPORARY = (
    "CREATE TEMP TABLE trial_orders (side int, tenant_id uuid, id uuid, net numeric, tax numeric, line_count numeric,"
    " quantity numeric, discount numeric, promotion_discount numeric, below_floor boolean) ON COMMIT DROP",
    "CREATE TEMP TABLE trial_lines (side int, order_id uuid, price numeric, net numeric, gross numeric,"
    " discount numeric, promotion_discount numeric, below_floor boolean,"
    " sku text, product text, category text, brand text, quantity numeric, custom jsonb)"
    " ON COMMIT DROP",
    "CREATE INDEX ON trial_lines (order_id, side)",
)
_PUT_ORDERS = """
INSERT INTO trial_orders SELECT %(side)s, %(tenant)s, * FROM unnest(%(ids)s::uuid[], %(net)s::numeric[],
  %(tax)s::numeric[], %(count)s::numeric[], %(quantity)s::numeric[], %(discount)s::numeric[],
  %(promotion_discount)s::numeric[], %(below_floor)s::boolean[])
"""
_PUT_LINES = f"""
INSERT INTO trial_lines SELECT %(side)s, u.order_id, u.price, u.net, u.gross, u.discount, u.off,
  u.below, l.sku, p.code, p.category,
  p.brand, l.ordered, l.custom
FROM unnest(%(orders)s::uuid[], %(ids)s::uuid[], %(price)s::numeric[], %(net)s::numeric[], %(gross)s::numeric[],
  %(discount)s::numeric[], %(promotion_discount)s::numeric[], %(below_floor)s::boolean[])
  AS u (order_id, line_id, price, net, gross, discount, off, below)
JOIN ({LINE_SOURCE}) ON l.tenant_id = %(tenant)s AND l.id = u.line_id
"""
# Without them the planner takes the tables for empty.
_ANALYZE = ("ANALYZE trial_orders", "ANALYZE trial_lines")


def make_tables(work: Work) -> None:
    """The temporary tables of one chunk; they go with its transaction."""
    for statement in _TEMPORARY:
        work.execute(statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfType:
    """Orders of one type, and what one configuration says of the type."""

    key: str
    policy: OrderPolicy
    orders: Sequence[RecordedOrder]


def price_all(work: Work, side: Side, group: OfType) -> dict[UUID, Priced]:
    """Order id -> its prices and amounts: `oms.trial.decide.price`, each price table as one statement."""
    order_type: OrderType = side.documents.compiled("order_type", group.key)
    adjustments: dict[UUID, list[PriceAdjustment]] = {}
    for key in order_type.price_rules:
        table: DocumentTable = side.documents.compiled("price_rule", key)
        for line_id, adjustment in _adjust(work, key, table, [order.id for order in group.orders]):
            adjustments.setdefault(line_id, []).append(adjustment)
    priced = {}
    for order in group.orders:
        prices = tuple(apply_adjustments(line.list_price, adjustments.get(line.id, ())) for line in order.lines)
        priced[order.id] = settled_at(order, prices, group.policy)
    return priced


def _adjust(
    work: Work, key: str, document: DocumentTable, order_ids: Sequence[UUID]
) -> list[tuple[UUID, PriceAdjustment]]:
    """What one price table gives each line, as `oms.placement.price_tables` reads it."""
    table = document.table.table
    where = "o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s)"
    made = table_sql(table, LINE_BINDING, source=_LINES, key="l.id", where=where)
    rows = work.mappings(made.text, {**made.params, "tenant": work.tenant_id, "orders": list(order_ids)})
    several = table.hit in {Hit.RULE_ORDER, Hit.OUTPUT_ORDER, Hit.COLLECT}
    found = []
    for row in rows:
        if several and row["place"] != 1:
            continue
        outputs = {name: row[column] for name, column in made.names.items()}
        if any(value is not None for value in outputs.values()):
            found.append(
                (
                    row["key"],
                    PriceAdjustment(
                        source=f"price_rule/{key}", discount_percent=_number(outputs.get("discount_percent")),
                        unit_price=_number(outputs.get("unit_price")), surcharge=_number(outputs.get("surcharge")),
                    ),
                )
            )  # fmt: skip
    return found


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def put_prices(work: Work, number: int, orders: Sequence[RecordedOrder], priced: Mapping[UUID, Priced]) -> None:
    """Writes what one configuration charges beside the orders. number: 0 before, 1 after"""
    discounts = {
        order.id: [
            discount_percent(line.list_price, price)
            for line, price in zip(order.lines, priced[order.id].prices, strict=True)
        ]
        for order in orders
    }
    common = {"side": number, "tenant": work.tenant_id}
    work.execute(
        _PUT_ORDERS,
        {
            **common,
            "ids": [order.id for order in orders],
            "net": [priced[order.id].net for order in orders],
            "tax": [priced[order.id].tax for order in orders],
            "count": [len(order.lines) for order in orders],
            "quantity": [sum((line.ordered for line in order.lines), Decimal(0)) for order in orders],
            "discount": [max(discounts[order.id], default=Decimal(0)) for order in orders],
            "promotion_discount": [sum(priced[order.id].discounts, Decimal(0)) for order in orders],
            "below_floor": [
                order.is_below_floor(priced[order.id].prices, priced[order.id].discounts) for order in orders
            ],
        },
    )
    work.execute(
        _PUT_LINES,
        {
            **common,
            "orders": [order.id for order in orders for _ in order.lines],
            "ids": [line.id for order in orders for line in order.lines],
            "price": [price for order in orders for price in priced[order.id].prices],
            "net": [each.net for order in orders for each in priced[order.id].amounts],
            "gross": [each.gross for order in orders for each in priced[order.id].amounts],
            "discount": [discount for order in orders for discount in discounts[order.id]],
            "promotion_discount": [off for order in orders for off in priced[order.id].discounts],
            "below_floor": [
                is_below_floor(price, line.ordered, off, line.floor_price)
                for order in orders
                for line, price, off in zip(
                    order.lines, priced[order.id].prices, priced[order.id].discounts, strict=True
                )
            ],
        },
    )
    for statement in _ANALYZE:
        work.execute(statement)


def review_all(
    work: Work, side: Side, number: int, rules_key: str, order_ids: Sequence[UUID]
) -> dict[UUID, tuple[Stop, ...]]:
    """Order id -> the rules that apply, in rank order: `ReviewRules.evaluate`, all conditions in one statement."""
    rules: ReviewRules = side.documents.compiled("review_rules", rules_key)
    conditions = rules.sql(ORDER_BINDING)
    if not conditions:
        return {order_id: () for order_id in order_ids}
    stops = tuple(
        Stop(
            rule=rule.id, outcome=rule.outcome.do, hold_type=rule.outcome.hold_type,
            reason=_said(rule.outcome.texts, side.locale) or _said(rule.names, side.locale),
            points=rule.outcome.points,
        )
        for rule in rules.rules
    )  # fmt: skip
    columns = ", ".join(f"({each.condition.text}) IS TRUE" for each in conditions)
    params = _params([each.condition for each in conditions])
    rows = work.rows(
        f"SELECT o.id, ARRAY[{columns}] AS holds FROM {_ORDERS} WHERE x.side = %(side)s AND o.id = ANY(%(orders)s)",
        {**params, "side": number, "orders": list(order_ids)},
    )
    ends = [each.ends for each in conditions]
    outcomes = {rule.id: rule.outcome for rule in rules.rules}

    def with_score(reached: tuple[Stop, ...]) -> tuple[Stop, ...]:
        hit = rules.on_score(outcomes[stop.rule] for stop in reached)
        if hit is None:
            return reached
        reason = _said(hit.outcome.texts, side.locale)
        stop = Stop(
            rule=hit.rule_id, outcome=hit.outcome.do, hold_type=hit.outcome.hold_type, reason=reason,
            points=hit.outcome.points,
        )  # fmt: skip
        return (*reached, stop)

    return {row.id: with_score(_reached(stops, ends, row.holds)) for row in rows}


def _reached(stops: Sequence[Stop], ends: Sequence[bool], holds: Sequence[bool]) -> tuple[Stop, ...]:
    found = []
    for stop, ending, applies in zip(stops, ends, holds, strict=True):
        if applies:
            found.append(stop)
            if ending:
                break
    return tuple(found)


def _params(conditions: Sequence[Sql]) -> dict[str, object]:
    return {name: value for each in conditions for name, value in each.params.items()}


def _said(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(locale) or texts.get("en") or next(iter(texts.values()), "")
