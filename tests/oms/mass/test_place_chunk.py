"""Orders from a file: the same promise as one order at a time, and every fault named."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from kernel.i18n import translate
from oms.mass.errors import ColumnsMissing, FileEmpty, FileUnreadable
from oms.mass.mapping import FIELDS, map_headers
from oms.mass.place_chunk import ChunkOutcome, ImportSettings, place_chunk
from oms.mass.stage_file import FileStaged, StageFile, stage_file
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from oms.placement.policy import FloorPolicy, OrderPolicy, ReviewHit
from oms.pricing.amounts import Rounding
from tests.support.builders import (
    ADDRESS,
    a_customer,
    a_group,
    a_location,
    a_policy,
    a_price,
    a_rate,
    a_sku,
    stock,
)
from tests.support.promotions import a_freight, a_promotion, for_sku, from_total

HEADER = "Order number,Customer number,SKU,Quantity,Unit,Date\n"


def staged(work: Work, text: str, name: str = "orders.csv", **options: Any) -> FileStaged:
    command = StageFile(file_name=name, channel="file", order_type="standard", **options)
    return stage_file(work, command, io.BytesIO(text.encode()))


def run(work: Work, text: str, policy: OrderPolicy, *, check_only: bool = False, **options: bool) -> ChunkOutcome:
    file = staged(work, text)
    count = work.scalar("SELECT count(*) FROM import_orders WHERE run_id = %(r)s", {"r": file.run_id})
    settings = ImportSettings(
        run_id=file.run_id, channel="file", order_type="standard",
        create_customers=options.get("create_customers", False), create_skus=options.get("create_skus", False),
    )  # fmt: skip
    return place_chunk(work, settings, range(1, count + 1), policy, check_only=check_only)


def problems(work: Work) -> list[tuple[int, str, str]]:
    rows = work.rows(
        "SELECT row_no, field, code FROM import_problems WHERE tenant_id = %(t)s ORDER BY row_no, code",
        {"t": work.tenant_id},
    )
    return [(row.row_no, row.field, row.code) for row in rows]


def test_every_fault_names_row_field_and_reason(work: Work) -> None:
    a_sku(work, "TEA", minimum="2")
    a_sku(work, "FREE", price=None)
    a_customer(work, "C-1")
    text = HEADER + (
        "A,C-1,TEA,2,,2026-01-02 10:00\n"
        "B,C-9,TEA,2,,\n"
        "C,C-1,NONE,2,,\n"
        "D,C-1,TEA,many,,\n"
        "E,C-1,TEA,-1,,\n"
        "F,C-1,TEA,1,box,yesterday\n"
        ",C-1,TEA,2,,\n"
        "G,C-1,FREE,2,,\n"
        "H,C-1,TEA,1,,\n"
        "I,C-1,TEA,0,,\n"
    )

    outcome = run(work, text, a_policy())

    assert (outcome.done, outcome.bad) == (1, 9)
    assert problems(work) == [
        (3, "customer_number", "customer_unknown"),
        (4, "sku", "sku_unknown"),
        (5, "quantity", "quantity_not_a_number"),
        (6, "quantity", "quantity_negative"),
        (7, "placed_at", "time_invalid"),
        (7, "unit", "unit_unknown"),
        (8, "outside_number", "number_missing"),
        (9, "sku", "no_price"),
        (10, "quantity", "below_minimum"),
        (11, "", "no_lines"),
        (11, "quantity", "quantity_zero"),
    ]


def test_a_check_places_nothing_and_finds_the_same(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, "C-1")

    outcome = run(work, HEADER + "A,C-1,TEA,2,,\nB,C-1,NONE,1,,\n", a_policy(), check_only=True)

    assert (outcome.done, outcome.bad) == (1, 1)
    assert problems(work) == [(3, "sku", "sku_unknown")]
    assert work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 0


def test_quantity_zero_is_left_out_and_repeated_products_add_up(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_sku(work, "MUG", price="1.00", tax_rate="0")
    a_customer(work, "C-1")

    outcome = run(work, HEADER + "A,C-1,TEA,2,,\nA,C-1,MUG,0,,\nA,C-1,TEA,1.5,,\n", a_policy(credit="ignore"))

    assert (outcome.done, outcome.lines, outcome.skipped, outcome.merged) == (0, 0, 1, 1)
    assert (4, "quantity", "not_a_multiple") not in problems(work)
    assert (2, "quantity", "not_a_multiple") in problems(work)


def test_repeated_products_are_one_line(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_customer(work, "C-1")

    run(work, HEADER + "A,C-1,TEA,2,,\nA,C-1,TEA,3,,\n", a_policy(credit="ignore"))

    lines = work.rows("SELECT ordered, gross FROM order_lines WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert [(line.ordered, line.gross) for line in lines] == [(5, 50)]


def test_the_same_file_again_places_nothing_twice(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, "C-1")
    text = HEADER + "A,C-1,TEA,2,,\nB,C-1,TEA,2,,\n"

    first, second = run(work, text, a_policy()), run(work, text, a_policy())

    assert (first.done, second.done, second.known) == (2, 0, 2)


def test_unknown_customers_and_skus_may_be_made(work: Work) -> None:
    a_sku(work, "TEA", tax_rate="0")
    work.execute(
        "INSERT INTO tax_rates (tenant_id, id, tax_class, rate) VALUES (%(t)s, new_id(), 'standard', 0.1)",
        {"t": work.tenant_id},
    )
    text = "basket_id,household_id,product_id,quantity,sales_value\n77,900,1095275,2,3.00\n"

    policy = a_policy(price_source="given", credit="ignore", allocation=None)
    outcome = run(work, text, policy, create_customers=True, create_skus=True)

    assert outcome.done == 1
    row = work.row("SELECT total, outside_number FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert row is not None and (row.total, row.outside_number) == (Decimal("3.30"), "77")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("orders.csv", "Order number,SKU\n1,2\n", ColumnsMissing),
        ("orders.csv", HEADER, FileEmpty),
        ("orders.csv", "", ColumnsMissing),
        ("orders.pdf", HEADER, FileUnreadable),
        ("orders.xlsx", "not a workbook", FileUnreadable),
    ],
)
def test_a_file_that_is_none_is_refused(work: Work, name: str, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        staged(work, text, name)


class HoldsTea:
    """A review rule made by hand: more than five of TEA is looked at."""

    source = "review_rules/test"

    def evaluate(self, values: Mapping[str, Any], *, now: Any, today: Any) -> list[ReviewHit]:
        tea = sum(line["quantity"] for line in values["order"]["lines"] if line["sku"] == "TEA")
        return [ReviewHit(rule_id="r1", outcome="hold", hold_type="review", reason="much tea")] if tea > 5 else []


POLICIES = {
    "on top": a_policy(),
    "inclusive": a_policy(prices_include_tax=True),
    "by unit": a_policy(rounding=Rounding(level="unit"), prices_include_tax=True),
    "by total": a_policy(rounding=Rounding(level="total")),
    "reviewed": a_policy(review=HoldsTea()),
    "ignores credit": a_policy(credit="ignore"),
    "promoted": a_policy(
        promotions=(
            a_promotion("tea", "percent", effect={"value": "12.5"}, lines=for_sku("TEA"), group="g"),
            a_promotion("all", "amount", effect={"value": "7"}, group="g", when=from_total("40")),
            a_promotion("few", "percent", effect={"value": "3"}, budget={"uses": 4, "per_customer": 2}, priority=3),
            a_promotion("free", "waive", effect={"charge": "freight"}, when=from_total("90")),
        ),
        freight=a_freight(("150", "0"), ("0", "6.90")),
    ),
    "promoted, inclusive": a_policy(
        prices_include_tax=True,
        rounding=Rounding(level="total"),
        promotions=(
            a_promotion("mug", "buy_get", effect={"buy": 2, "get": 1}, lines=for_sku("MUG", "POT")),
            a_promotion("rest", "percent", effect={"value": "9.9"}, budget={"amount": "30"}),
        ),
    ),
    "floors and other currencies": a_policy(
        convert_prices=True,
        floor=FloorPolicy(below_list_percent=Decimal(5), hold=True),
        promotions=(a_promotion("tea", "percent", effect={"value": "9"}, lines=for_sku("TEA")),),
        freight=a_freight(("0", "4.50")),
    ),
}


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", range(3))
def test_a_file_and_single_orders_come_to_the_same(work: Work, name: str, seed: int) -> None:
    """Prices, amounts, holds, promises and exposure of random orders, placed one by one and as one chunk."""
    policy, chance = POLICIES[name], random.Random(f"{name}{seed}")
    for code, price, rate in (("TEA", "9.995", "0.19"), ("MUG", "4.333", "0.07"), ("POT", "21.5", "0.19")):
        a_sku(work, code, price=price, tax_rate=rate, units={"box": "12"})
    gold = a_group(work)
    customers = [
        a_customer(work, "C-1", limit="300"),
        a_customer(work, "C-2", limit="9999", group=gold),
        a_customer(work, "C-3", address={**ADDRESS, "region": "HH"}),
    ]
    a_price(work, "TEA", "8.5", from_quantity="10")
    a_price(work, "TEA", "8.1", list_key="gold", scope="customer_group", group=gold)
    a_price(work, "MUG", "3.3", list_key="deal", scope="contract", customer=customers[0])
    a_price(work, "MUG", "3.9", list_key="file", scope="channel", channel="file", from_quantity="3")
    a_price(work, "POT", "199.99", list_key="abroad", scope="region", country="DE", region="hh", unit="box")
    a_price(work, "POT", "17.20", list_key="euros", scope="region", country="DE", currency="EUR", floor="16.50")
    a_rate(work, "EUR", "USD", "1.0837")
    for key, rank in (("near", 1), ("far", 2)):
        location = a_location(work, key, priority=rank)
        for code in ("TEA", "MUG", "POT"):
            stock(work, code, at=location, on_hand=str(chance.randint(5, 40)))
    orders = [
        (f"N-{number}", chance.choice(["C-1", "C-2", "C-3"]), {
            sku: (chance.randint(1, 9), chance.choice([None, None, "box"]))
            for sku in chance.sample(["TEA", "MUG", "POT"], chance.randint(1, 3))
        })
        for number in range(12)
    ]  # fmt: skip

    def outcome() -> list[Any]:
        return work.rows(
            """SELECT o.outside_number, o.total, o.net_total, o.open_holds, o.fulfilment_status, o.backordered, o.credit_exposed,
              (SELECT array_agg(h.type || h.reason ORDER BY h.type) FROM order_holds h WHERE h.order_id = o.id) AS holds,
              (SELECT jsonb_agg(jsonb_build_array(l.sku, l.unit, l.ordered, l.unit_price, l.net, l.tax, l.allocated, l.backordered,
                  l.discount, l.floor_price)
                ORDER BY l.sku) FROM order_lines l WHERE l.order_id = o.id) AS lines,
              (SELECT jsonb_agg(jsonb_build_array(k.key, a.quantity) ORDER BY k.key, a.quantity) FROM allocations a
                JOIN locations k ON k.id = a.location_id WHERE a.order_id = o.id) AS picks,
              (SELECT jsonb_agg(jsonb_build_array(j.source, j.amount) ORDER BY j.source, j.amount)
                FROM order_adjustments j WHERE j.order_id = o.id) AS adjustments,
              (SELECT jsonb_agg(jsonb_build_array(k.price, k.discount, k.net, k.tax, k.source, k.waived_by))
                FROM order_charges k WHERE k.order_id = o.id) AS charges,
              (SELECT jsonb_agg(jsonb_build_array(r.promotion, r.amount) ORDER BY r.promotion)
                FROM promotion_redemptions r WHERE r.order_id = o.id) AS redeemed,
              (SELECT d.trace FROM decisions d WHERE d.order_id = o.id AND d.kind = 'price') AS why,
              (SELECT jsonb_agg(d.kind || d.outcome ORDER BY d.kind) FROM decisions d WHERE d.order_id = o.id) AS decisions
            FROM orders o WHERE o.tenant_id = %(t)s ORDER BY o.outside_number""",
            {"t": work.tenant_id},
        )

    savepoint = work.session.begin_nested()
    for number, customer, lines in orders:
        requests = tuple(LineRequest(sku=sku, quantity=Decimal(q), unit=unit) for sku, (q, unit) in lines.items())
        place_order(
            work,
            PlaceOrder(
                order_type="standard", channel="file", customer_number=customer, outside_number=number, lines=requests
            ),
            policy,
        )
    one_by_one = outcome()
    savepoint.rollback()

    rows = [
        f"{number},{customer},{sku},{q},{unit or ''},"
        for number, customer, lines in orders
        for sku, (q, unit) in lines.items()
    ]
    run(work, HEADER + "\n".join(rows), policy)

    assert problems(work) == []
    assert outcome() == one_by_one


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_column_may_be_called_what_the_page_calls_it(locale: str) -> None:
    named = {field: translate(label, locale) for field, (label, _headers) in FIELDS.items()}

    assert list(map_headers(list(named.values())).columns.values()) == list(named)
