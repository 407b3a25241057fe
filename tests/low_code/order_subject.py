"""An order-like subject for the tests: every type, in columns and in jsonb, on the order and on its lines."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from kernel.money import Money
from low_code.expressions import (
    BOOL,
    DATE,
    DATETIME,
    DURATION,
    MONEY,
    NUMBER,
    ROWS,
    STRING,
    Column,
    Environment,
    FieldSpec,
    RowsBinding,
    SqlBinding,
    Subject,
    list_of,
    option_of,
    ref_to,
)

CHANNELS = ("tmall", "shopify", "shop")
PRIORITIES = ("low", "high")
LABELS = ("gift", "fragile", "cold")
ENV = Environment(now=datetime(2026, 11, 22, 8, 0, tzinfo=UTC), today=date(2026, 11, 22))

ORDER = Subject(
    "order",
    {
        "order.total": FieldSpec(NUMBER, nullable=False, labels={"en": "order total", "zh-CN": "订单金额"}),
        "order.discount": FieldSpec(NUMBER, labels={"en": "discount", "zh-CN": "折扣"}),
        "order.note": FieldSpec(STRING, labels={"en": "note", "zh-CN": "备注"}),
        "order.number": FieldSpec(STRING, nullable=False, labels={"en": "order number", "zh-CN": "订单号"}),
        "order.channel": FieldSpec(
            option_of(CHANNELS),
            nullable=False,
            labels={"en": "channel", "zh-CN": "渠道"},
            options={"tmall": {"en": "Tmall", "zh-CN": "天猫"}, "shop": {"en": "our shop", "zh-CN": "门店"}},
        ),
        "order.gift": FieldSpec(BOOL, labels={"en": "gift", "zh-CN": "礼品"}),
        "order.paid": FieldSpec(MONEY, nullable=False, labels={"en": "amount paid", "zh-CN": "已付金额"}),
        "order.owed": FieldSpec(MONEY, labels={"en": "amount owed", "zh-CN": "欠款"}),
        "order.due_on": FieldSpec(DATE, labels={"en": "due date", "zh-CN": "到期日"}),
        "order.placed_at": FieldSpec(DATETIME, nullable=False, labels={"en": "placed", "zh-CN": "下单时间"}),
        "order.lead": FieldSpec(DURATION, labels={"en": "lead time", "zh-CN": "备货时长"}),
        "order.customer": FieldSpec(ref_to("customer"), labels={"en": "customer", "zh-CN": "客户"}),
        "order.tags": FieldSpec(list_of(STRING), labels={"en": "tags", "zh-CN": "标签"}),
        "order.lines": FieldSpec(ROWS, labels={"en": "order lines", "zh-CN": "订单行"}),
        "order.lines.qty": FieldSpec(NUMBER, nullable=False, labels={"en": "quantity", "zh-CN": "数量"}),
        "order.lines.sku": FieldSpec(STRING, nullable=False, labels={"en": "SKU", "zh-CN": "货号"}),
        "order.lines.price": FieldSpec(MONEY, labels={"en": "price", "zh-CN": "单价"}),
        "order.lines.ship_on": FieldSpec(DATE, labels={"en": "ship date", "zh-CN": "发货日"}),
    },
)
CUSTOM = {
    "order.cf.priority": FieldSpec(option_of(PRIORITIES), labels={"en": "priority", "zh-CN": "优先级"}),
    "order.cf.weight": FieldSpec(NUMBER),
    "order.cf.units": FieldSpec(NUMBER, nullable=False),
    "order.cf.memo": FieldSpec(STRING),
    "order.cf.vip": FieldSpec(BOOL),
    "order.cf.wanted_on": FieldSpec(DATE),
    "order.cf.seen_at": FieldSpec(DATETIME),
    "order.cf.budget": FieldSpec(MONEY),
    "order.cf.grace": FieldSpec(DURATION),
    "order.cf.labels": FieldSpec(list_of(option_of(LABELS)), labels={"en": "labels", "zh-CN": "标记"}),
    "order.lines.cf.colour": FieldSpec(option_of(("red", "blue"))),
    "order.lines.cf.extra": FieldSpec(NUMBER),
    "order.lines.cf.loose": FieldSpec(BOOL),
}
SUBJECT = ORDER.with_fields(CUSTOM)

BINDING = SqlBinding(
    columns={
        "order.total": Column("o.total"),
        "order.discount": Column("o.discount"),
        "order.note": Column("o.note"),
        "order.number": Column("o.number"),
        "order.channel": Column("o.channel"),
        "order.gift": Column("o.gift"),
        "order.paid": Column("o.paid", currency="o.currency"),
        "order.owed": Column("o.owed", currency="o.owed_currency"),
        "order.due_on": Column("o.due_on"),
        "order.placed_at": Column("o.placed_at"),
        "order.lead": Column("o.lead"),
        "order.customer": Column("o.customer::text"),
        "order.tags": Column("o.tags"),
    },
    json={"order.cf": "o.custom"},
    rows={
        "order.lines": RowsBinding(
            source="lines l",
            where="l.order_id = o.id",
            columns={
                "qty": Column("l.qty"),
                "sku": Column("l.sku"),
                "price": Column("l.price", currency="l.currency"),
                "ship_on": Column("l.ship_on"),
            },
            json={"cf": "l.custom"},
        )
    },
)

TABLES = """
CREATE TABLE orders (
  id integer PRIMARY KEY, total numeric(20,4) NOT NULL, discount numeric(20,8), note text,
  number text NOT NULL, channel text NOT NULL, gift boolean, paid numeric(20,4) NOT NULL,
  currency text NOT NULL, owed numeric(20,4), owed_currency text, due_on date,
  placed_at timestamptz NOT NULL, lead interval, customer uuid, tags text[], custom jsonb);
CREATE TABLE lines (
  order_id integer NOT NULL, qty integer NOT NULL, sku text NOT NULL, price numeric(20,8), currency text,
  ship_on date, custom jsonb);
CREATE INDEX ON lines (order_id);
CREATE INDEX orders_custom ON orders USING gin (custom jsonb_path_ops);
"""

NUMBERS = [Decimal(n) for n in ("0", "1", "-1", "2.5", "-2.5", "0.125", "3", "7", "10", "1000.00", "-0.005")]
TEXTS = [" \u3000pad\t", "", "a", "A", "ab", "b%", "é", "ß", "中文", "aab", "\U0001f600", "\uff5e"]
DATES = [date(2026, 1, 31), date(2026, 11, 22), date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)]
INSTANTS = [datetime(2026, 11, 22, 8, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)]
LENGTHS = [timedelta(0), timedelta(days=2), timedelta(hours=36, microseconds=1), timedelta(minutes=1)]
CUSTOMERS = [UUID(int=1), UUID(int=2)]
WRONG: list[Any] = [
    "x",
    "",
    Decimal(3),
    True,
    [],
    {},
    ["gift", Decimal(1)],
    "2026-02-30",
    "P1M",
    None,
    ["gift"],
]


def random_order(rng: random.Random) -> dict[str, Any]:
    """Values of one order, any of the nullable ones empty, some custom ones of another type than they say."""
    money = rng.choice(["CNY", "USD"])
    return {
        "total": rng.choice(NUMBERS),
        "discount": _maybe(rng, NUMBERS),
        "note": _maybe(rng, TEXTS),
        "number": rng.choice(TEXTS),
        "channel": rng.choice(CHANNELS),
        "gift": _maybe(rng, [True, False]),
        "paid": Money(rng.choice(NUMBERS), money),
        "owed": _maybe(rng, [Money(n, c) for n in NUMBERS for c in ("CNY", "USD")]),
        "due_on": _maybe(rng, DATES),
        "placed_at": rng.choice(INSTANTS),
        "lead": _maybe(rng, LENGTHS),
        "customer": _maybe(rng, CUSTOMERS),
        "tags": _maybe(rng, [[], ["gift"], ["gift", "a"], ["cold", "fragile"]]),
        "cf": _random_custom(rng),
        "lines": [_random_line(rng) for _ in range(rng.choice([0, 0, 1, 2, 3]))],
    }


def _random_line(rng: random.Random) -> dict[str, Any]:
    custom = {
        "colour": rng.choice(["red", "blue", *WRONG]),
        "extra": rng.choice([*NUMBERS, *WRONG]),
        "loose": rng.choice([True, False, *WRONG]),
    }
    return {
        "qty": rng.choice([1, 2, 10, 12]),
        "sku": rng.choice(TEXTS),
        "price": _maybe(rng, [Money(n, c) for n in NUMBERS for c in ("CNY", "CNY", "USD")]),
        "ship_on": _maybe(rng, DATES),
        "cf": _with_gaps(rng, custom),
    }


def _random_custom(rng: random.Random) -> dict[str, Any] | None:
    money = {"amount": str(rng.choice(NUMBERS)), "currency": rng.choice(["CNY", "USD", "usd"])}
    huge = [Decimal("1e40"), Decimal("1e-25"), Decimal("123456789012345678901234567890.01")]
    custom = {
        "priority": rng.choice([*PRIORITIES, *WRONG]),
        "weight": rng.choice([*NUMBERS, *huge, *WRONG]),
        "units": rng.choice([*NUMBERS, *WRONG]),
        "memo": rng.choice([*TEXTS, *WRONG]),
        "vip": rng.choice([True, False, *WRONG]),
        "wanted_on": rng.choice([*(d.isoformat() for d in DATES), *WRONG, "0000-01-01", "2026-11-22 "]),
        "seen_at": rng.choice(["2026-11-22T08:00:00Z", "2026-11-22T16:00:00.5+08:00", "2026-02-30T00:00:00Z", *WRONG]),
        "budget": rng.choice([money, money, *WRONG]),
        "grace": rng.choice(["P2D", "PT1.5S", "P1W", "P", "PT", "P9999W", *WRONG]),
        "labels": rng.choice([["gift"], ["gift", "cold"], list(LABELS), [["gift"]], *WRONG]),
    }
    return None if rng.random() < 0.05 else _with_gaps(rng, custom)


def _with_gaps(rng: random.Random, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if rng.random() > 0.15}


def _maybe(rng: random.Random, values: list[Any]) -> Any:
    return None if rng.random() < 0.25 else rng.choice(values)


def store(connection: psycopg.Connection[Any], orders: list[dict[str, Any]]) -> None:
    """The orders as rows, their ids in order from 0."""
    connection.execute("DROP TABLE IF EXISTS language.orders, language.lines")
    connection.execute(TABLES)
    for number, order in enumerate(orders):
        owed = order["owed"] or Money(0, "")
        row = [order[name] for name in ("total", "discount", "note", "number", "channel", "gift")]
        row += [order["paid"].amount, order["paid"].currency]
        row += [owed.amount, owed.currency] if order["owed"] else [None, None]
        row += [order[name] for name in ("due_on", "placed_at", "lead", "customer", "tags")]
        _insert(connection, "orders", [number, *row, to_json(order["cf"])])
        for line in order["lines"]:
            price = [line["price"].amount, line["price"].currency] if line["price"] else [None, None]
            row = [line["qty"], line["sku"], *price, line["ship_on"], to_json(line["cf"])]
            _insert(connection, "lines", [number, *row])
    connection.execute("ANALYZE orders")


def _insert(connection: psycopg.Connection[Any], table: str, row: list[Any]) -> None:
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)


def to_json(value: Any) -> str | None:
    """JSON text with exact numbers, as a jsonb column takes it."""
    if value is None:
        return None
    return _json(value)


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value)
