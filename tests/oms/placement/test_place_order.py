"""What placing an order promises, with an order type made by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from kernel.db.engine import counting_statements
from kernel.ids import new_id
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import CreditRefused, CustomerUnknown, OrderExists, OrderInvalid, StockShort
from oms.placement.place import place
from oms.placement.place_order import place_order
from tests.support.builders import (
    a_customer,
    a_location,
    a_policy,
    a_price,
    a_sku,
    an_allocation_policy,
    names_of,
    stock,
)
from tests.support.configuration import an_order_type, publish_defaults


def order(*lines: tuple[str, str] | LineRequest, customer: str = "C-1", **columns: Any) -> PlaceOrder:
    requests = tuple(
        line if isinstance(line, LineRequest) else LineRequest(sku=line[0], quantity=Decimal(line[1])) for line in lines
    )
    return PlaceOrder(order_type="standard", channel="test", lines=requests, customer_number=customer, **columns)


def stored(work: Work, placed: OrderPlaced) -> Any:
    return work.row(
        "SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(id)s", {"t": work.tenant_id, "id": placed.order_id}
    )


def stored_lines(work: Work, placed: OrderPlaced) -> list[Any]:
    return work.rows(
        "SELECT * FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(id)s ORDER BY line_no",
        {"t": work.tenant_id, "id": placed.order_id},
    )


def test_an_order_is_priced_taxed_promised_and_numbered(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", tax_rate="0.19")
    a_customer(work, limit="1000")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="5")

    placed = place_order(work, order(("TEA", "3")), a_policy())

    row, (line,) = stored(work, placed), stored_lines(work, placed)
    assert (row.net_total, row.tax_total, row.total) == (Decimal(30), Decimal("5.70"), Decimal("35.70"))
    assert (line.allocated, line.backordered) == (3, 0)
    assert row.number.startswith("SO-") and row.status == "placed" and row.open_holds == 0
    assert work.scalar("SELECT allocated FROM stock_positions WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 3
    assert work.scalar(
        "SELECT open_orders FROM credit_accounts WHERE tenant_id = %(t)s", {"t": work.tenant_id}
    ) == Decimal("35.70")


def test_placing_takes_three_statements_however_many_lines(work: Work) -> None:
    for code in ("A", "B", "C"):
        a_sku(work, code)
        stock(work, code, at=a_location(work, f"loc-{code}"), on_hand="9")
    a_customer(work, limit="1000")
    # A series of its own: that of other tests may have come to the end of its block, and a new one takes two more.
    policy = a_policy(numbering=replace(a_policy().numbering, key=f"series-{new_id()}"))
    place_order(work, order(("A", "1")), policy)  # reserves the block of numbers

    with counting_statements() as log:
        place_order(work, order(("A", "1"), ("B", "1"), ("C", "1")), policy)

    assert log.count <= 3, log.statements


def test_prices_come_with_the_reason_why(work: Work) -> None:
    a_sku(work, "TEA", price="10.00")
    customer = a_customer(work, limit="1000")
    a_price(work, "TEA", "9.00", list_key="contract", scope="contract", customer=customer)
    a_price(work, "TEA", "8.00", list_key="contract", from_quantity="12")

    placed = place_order(work, order(("TEA", "3")), a_policy(allocation=None))

    assert stored_lines(work, placed)[0].unit_price == Decimal("9.00")
    trace = work.scalar(
        "SELECT trace FROM decisions WHERE order_id = %(id)s AND kind = 'price'", {"id": placed.order_id}
    )
    (line,) = trace["lines"]
    assert line["winner"]["list"] == "contract"
    assert [(loser["list"], loser["because"]) for loser in line["losers"]] == [
        ("contract", "no tier starts at or below the quantity"),
        ("base", "a narrower list comes first"),
    ]


def test_a_tier_counts_what_all_lines_take_of_the_sku(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", units={"box": "12"})
    a_customer(work, limit="10000")
    a_price(work, "TEA", "8.00", from_quantity="20")

    box = LineRequest(sku="TEA", quantity=Decimal(1), unit="box")
    placed = place_order(work, order(("TEA", "8"), box), a_policy(allocation=None))

    lines = stored_lines(work, placed)
    assert [(line.ordered, line.unit_price) for line in lines] == [(8, Decimal(8)), (12, Decimal(8))]


def test_every_fault_is_named_at_once(work: Work) -> None:
    a_sku(work, "OLD", active=False)
    a_sku(work, "BULK", minimum="10", multiple="4")
    a_sku(work, "FREE", price=None)
    a_customer(work)
    lines = [
        ("NONE", "1"), ("OLD", "1"), ("BULK", "6"), ("FREE", "0"),
        LineRequest(sku="BULK", quantity=Decimal(12), unit="pallet"),
        LineRequest(sku="BULK", quantity=Decimal(12), unit_price=Decimal(1)),
    ]  # fmt: skip

    with pytest.raises(OrderInvalid) as refused:
        place_order(work, order(*lines), a_policy())

    assert names_of(refused.value.problems) == [
        ("/lines/0/sku", "sku_unknown"),
        ("/lines/1/sku", "sku_inactive"),
        ("/lines/2/quantity", "below_minimum"),
        ("/lines/2/quantity", "not_a_multiple"),
        ("/lines/3/quantity", "quantity_not_positive"),
        ("/lines/4/unit", "unit_unknown"),
        ("/lines/5/unit_price", "price_not_taken"),
    ]


def test_a_sku_without_a_price_is_not_sold_for_nothing(work: Work) -> None:
    a_sku(work, "FREE", price=None)
    a_customer(work)

    with pytest.raises(OrderInvalid) as refused:
        place_order(work, order(("FREE", "1")), a_policy())

    assert names_of(refused.value.problems) == [("/lines/0/sku", "no_price")]


def test_an_unknown_customer_is_not_found(work: Work) -> None:
    a_sku(work, "TEA")
    with pytest.raises(CustomerUnknown):
        place_order(work, order(("TEA", "1"), customer="nobody"), a_policy())


def test_above_the_limit_the_order_stands_on_hold_and_takes_no_stock(work: Work) -> None:
    a_sku(work, "TEA", price="100.00", tax_rate="0")
    a_customer(work, limit="150")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="5")

    first = place_order(work, order(("TEA", "1")), a_policy())
    second = place_order(work, order(("TEA", "1")), a_policy())

    assert first.holds == ()
    assert [hold.type for hold in second.holds] == ["credit"]
    assert (stored(work, second).open_holds, second.allocated) == (1, 0)


def test_an_order_type_may_block_instead(work: Work) -> None:
    a_sku(work, "TEA", price="100.00")
    a_customer(work, limit="50")

    with pytest.raises(CreditRefused):
        place_order(work, order(("TEA", "1")), a_policy(credit="block"))


def test_what_one_location_cannot_give_another_does_and_the_rest_waits(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, limit="10000")
    near, far = a_location(work, "near", priority=1), a_location(work, "far", priority=2)
    stock(work, "TEA", at=near, on_hand="4", safety="1")
    stock(work, "TEA", at=far, on_hand="2")

    placed = place_order(work, order(("TEA", "10")), a_policy())

    (line,) = stored_lines(work, placed)
    assert (line.allocated, line.backordered) == (5, 5)
    assert stored(work, placed).backordered is True
    picks = work.rows("SELECT location_id, quantity FROM allocations WHERE order_id = %(id)s", {"id": placed.order_id})
    assert {(pick.location_id, pick.quantity) for pick in picks} == {(near, 3), (far, 2)}


def test_an_order_that_may_not_be_split_waits_whole(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, limit="10000")
    for key in ("one", "two"):
        stock(work, "TEA", at=a_location(work, key), on_hand="4")

    placed = place_order(work, order(("TEA", "5")), a_policy(allocation=an_allocation_policy(allow_split=False)))

    assert (placed.allocated, placed.short) == (0, 5)


def test_an_order_type_may_refuse_what_cannot_be_promised(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, limit="10000")

    with pytest.raises(StockShort) as refused:
        place_order(work, order(("TEA", "5")), a_policy(allocation=an_allocation_policy(on_short="reject")))

    assert "TEA (5)" in str(refused.value)


def test_a_number_of_a_channel_names_one_order_for_ever(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, limit="1000")
    first = place_order(work, order(("TEA", "1"), outside_number="W-1"), a_policy())

    with pytest.raises(OrderExists) as refused:
        place_order(work, order(("TEA", "1"), outside_number="W-1"), a_policy())

    assert refused.value.facts["order_id"].endswith(first.to_json()["order_id"][-26:])


def test_a_channel_may_bring_its_own_amounts(work: Work) -> None:
    a_sku(work, "TEA", price=None, tax_rate="0")
    a_customer(work)
    line = LineRequest(sku="TEA", quantity=Decimal(3), amount=Decimal("10.00"))

    placed = place_order(work, order(line), a_policy(price_source="given", credit="ignore", allocation=None))

    assert stored(work, placed).total == Decimal("10.00")


def test_the_event_leaves_with_the_order(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, limit="1000")

    placed = place_order(work, order(("TEA", "1")), a_policy())

    payload = work.scalar(
        "SELECT payload FROM outbox_messages WHERE topic = 'order.placed' AND tenant_id = %(t)s", {"t": work.tenant_id}
    )
    assert payload["number"] == placed.number


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("unit_price", "1" + "0" * 25),
        ("unit_price", "1" + "0" * 14),
        ("surcharge", "1" + "0" * 12),
        ("discount_percent", "-1" + "0" * 25),
        ("unit_price", {"/": [{"var": "line.quantity"}, {"dec": "0.00000000000000000001"}]}),
    ],
)
def test_a_price_table_may_give_any_number_and_the_order_is_refused_with_the_reason(
    work: Work, output: str, value: Any
) -> None:
    table = {
        "hit": "F",
        "inputs": [{"id": "q", "expr": {"var": "line.quantity"}}],
        "outputs": [{"id": "o", "name": output, "type": "number"}],
        "rows": [{"id": "r", "when": {}, "then": {"o": value}}],
    }
    publish_defaults(
        work,
        {
            "order_type/standard": an_order_type(price_rules=["steep"]),
            "price_rule/steep": {"name": {"en": "Steep"}, "table": table},
        },
    )
    a_customer(work, limit="1000")
    a_sku(work, "TEA", price="10")

    with pytest.raises(OrderInvalid) as refused:
        place(work, replace(order(("TEA", "1")), channel="portal"))

    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/lines/0/sku", "price_too_large")]


def test_an_amount_that_no_order_can_hold_is_refused_at_its_line(work: Work) -> None:
    a_customer(work, limit="1000")
    a_sku(work, "TEA", price="99999999")

    with pytest.raises(OrderInvalid) as refused:
        place_order(work, order(("TEA", "1"), ("TEA", "9999999999999")), a_policy())

    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/lines/1/quantity", "amount_too_large")]
