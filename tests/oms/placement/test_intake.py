"""Duplicates, risk, planned deliveries and the document as received, as an order is placed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from kernel.db import Work
from kernel.db.engine import counting_statements
from oms.instalments.plan import Instalment
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.allocate_due import allocate_due_deliveries, orders_with_due_deliveries
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder, Received
from oms.placement.errors import OrderInvalid, OrderRefused
from oms.placement.find_duplicates import LOOKS_LIKE
from oms.placement.place import place
from oms.placement.place_order import place_order
from oms.placement.policy import DuplicatePolicy, OrderPolicy
from oms.pricing.amounts import Rounding
from tests.support.builders import a_customer, a_location, a_policy, a_sku, names_of, stock
from tests.support.configuration import an_order_type, publish_defaults

HOUR = timedelta(hours=1)


def shop(work: Work, on_hand: str = "100") -> None:
    for code in ("TEA", "CUP"):
        a_sku(work, code, price="10.00", tax_rate="0")
    a_customer(work, "C-1", limit="100000")
    a_customer(work, "C-2", limit="100000")
    place_of_stock = a_location(work, "ham")
    for code in ("TEA", "CUP"):
        stock(work, code, at=place_of_stock, on_hand=on_hand)


def ordered(
    work: Work, policy: OrderPolicy, *lines: tuple[str, str], customer: str = "C-1", **more: Any
) -> OrderPlaced:
    requests = tuple(LineRequest(sku=sku, quantity=Decimal(quantity)) for sku, quantity in lines or (("TEA", "2"),))
    command = PlaceOrder(order_type="standard", channel="test", lines=requests, customer_number=customer, **more)
    return place_order(work, command, policy)


def alike(*same: str, hold: bool = True) -> OrderPolicy:
    return a_policy(duplicates=DuplicatePolicy(window=24 * HOUR, same=frozenset(same), hold=hold))


def other_of(work: Work, placed: OrderPlaced) -> Any:
    return work.scalar(
        "SELECT other_order_id FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s",
        {"t": work.tenant_id, "o": placed.order_id},
    )


def test_an_order_of_the_same_buyer_and_goods_is_held_with_a_link_to_the_other(work: Work) -> None:
    shop(work)
    policy = alike("buyer", "goods")
    first = ordered(work, policy, ("TEA", "2"), ("CUP", "1"))

    again = ordered(work, policy, ("CUP", "1"), ("TEA", "1"), ("TEA", "1.0"))

    assert not first.holds and [(hold.type, hold.reason) for hold in again.holds] == [("review", LOOKS_LIKE)]
    assert other_of(work, again) == first.order_id
    for lines, customer in (((("TEA", "2"),), "C-1"), ((("TEA", "2"), ("CUP", "1")), "C-2")):
        assert not ordered(work, policy, *lines, customer=customer).holds


def test_what_was_cancelled_or_is_too_long_ago_is_no_duplicate(work: Work) -> None:
    shop(work)
    policy = alike("buyer", "goods")
    first = ordered(work, policy)
    cancel_order(work, CancelOrder(order_id=first.order_id, reason=CancelReason.CUSTOMER), Rounding())

    second = ordered(work, policy)
    work.now += 25 * HOUR
    third = ordered(work, policy)

    assert not second.holds and not third.holds


def test_a_duplicate_may_only_be_noted(work: Work) -> None:
    shop(work)
    policy = alike("goods", hold=False)
    first = ordered(work, policy)

    again = ordered(work, policy, customer="C-2")

    facts = work.scalar(
        "SELECT facts FROM order_events WHERE tenant_id = %(t)s AND order_id = %(o)s AND kind = 'noted'",
        {"t": work.tenant_id, "o": again.order_id},
    )
    assert not again.holds and facts["order"] == first.number


def test_an_address_that_says_nothing_makes_no_duplicate(work: Work) -> None:
    shop(work)
    policy = alike("buyer", "address")
    home = {"recipient": "Ann", "street": "1 Main St", "city": "Bonn", "country": "DE"}
    ordered(work, policy, ship_to=home)

    assert ordered(work, policy, ("CUP", "1"), ship_to={**home, "city": "BONN"}).holds
    assert not ordered(work, policy, ship_to={**home, "street": "2 Main St"}).holds


def test_looking_for_duplicates_takes_one_statement_and_nothing_where_nobody_asks(work: Work) -> None:
    shop(work)
    # Each twentieth number takes a new block, by statements of its own; gapless, each order takes its number alike.
    gapless = replace(a_policy().numbering, key="each alike", gapless=True)
    plainly = a_policy(numbering=gapless)
    ordered(work, plainly)

    with counting_statements() as plain:
        ordered(work, plainly, received=Received(body=b"{}", content_type="application/json"))
    with counting_statements() as compared:  # none is alike, so all else is the same
        ordered(work, replace(alike("buyer", "amount", "goods"), numbering=gapless), customer="C-2")

    assert compared.count == plain.count + 1


def scoring(work: Work, **risk: Any) -> None:
    def points(rule: str, least: str, units: int) -> dict[str, Any]:
        when = {">=": [{"var": "order.total"}, {"dec": least}]}
        return {"id": rule, "name": {"en": rule}, "when": when, "outcome": {"do": "score", "points": units}}

    rules = {"name": {"en": "R"}, "rules": [points("some", "50", 30), points("more", "100", 40)], "risk": risk}
    order_type = an_order_type(channels=["api"], credit={"policy": "ignore"}, review_rules="standard")
    publish_defaults(work, {"review_rules/standard": rules, "order_type/standard": order_type})


def by_rules(work: Work, quantity: str) -> OrderPlaced:
    line = LineRequest(sku="TEA", quantity=Decimal(quantity))
    return place(work, PlaceOrder(order_type="standard", channel="api", lines=(line,), customer_number="C-1"))


def score_of(work: Work, placed: OrderPlaced) -> int:
    return int(
        work.scalar(
            "SELECT risk_score FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
            {"t": work.tenant_id, "o": placed.order_id},
        )
    )


def test_points_add_up_to_a_score_that_holds_and_refuses(work: Work) -> None:
    shop(work)
    scoring(work, hold_from=30, refuse_from=70, hold_type="review", reason={"en": "too risky"})

    harmless, risky = by_rules(work, "1"), by_rules(work, "5")

    assert (score_of(work, harmless), harmless.holds) == (0, ())
    assert score_of(work, risky) == 30 and [hold.reason for hold in risky.holds] == ["too risky"]
    with pytest.raises(OrderRefused):
        by_rules(work, "10")


def planned(*days_and_units: tuple[int, str], today: Any) -> tuple[Instalment, ...]:
    return tuple(
        Instalment(due_on=today + timedelta(days=days), quantity=Decimal(units)) for days, units in days_and_units
    )


def with_plan(work: Work, quantity: str, *plan: tuple[int, str], ahead: int = 0) -> OrderPlaced:
    line = LineRequest(sku="TEA", quantity=Decimal(quantity), instalments=planned(*plan, today=work.today))
    policy = a_policy()
    assert policy.allocation is not None
    policy = replace(policy, allocation=replace(policy.allocation, days_ahead=ahead))
    command = PlaceOrder(order_type="standard", channel="test", lines=(line,), customer_number="C-1")
    return place_order(work, command, policy)


def plan_of(work: Work, placed: OrderPlaced) -> list[Decimal]:
    work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work.execute("SET CONSTRAINTS ALL DEFERRED")
    return [
        row.quantity
        for row in work.rows(
            "SELECT quantity FROM order_instalments WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY due_on",
            {"t": work.tenant_id, "o": placed.order_id},
        )
    ]


def test_only_what_is_due_is_promised(work: Work) -> None:
    shop(work, on_hand="7")

    placed = with_plan(work, "12", (0, "3"), (5, "3"), (40, "6"), ahead=7)

    assert (placed.allocated, placed.short, plan_of(work, placed)) == (6, 0, [3, 3, 6])


def test_a_plan_that_does_not_add_up_or_lies_in_the_past_is_refused_by_row(work: Work) -> None:
    shop(work)

    with pytest.raises(OrderInvalid) as wrong:
        with_plan(work, "12", (-1, "3"), (3, "3"), (3, "2"))

    assert names_of(wrong.value.problems) == [
        ("/lines/0/instalments/0", "day_past"),
        ("/lines/0/instalments/2", "day_repeated"),
        ("/lines/0/instalments", "instalments_do_not_add_up"),
    ]


def test_cancelling_shortens_the_last_deliveries_and_the_database_holds_the_sum(work: Work) -> None:
    shop(work)
    placed = with_plan(work, "12", (0, "3"), (5, "3"), (40, "6"))
    line = work.scalar("SELECT id FROM order_lines WHERE tenant_id = %(t)s", {"t": work.tenant_id})

    cancel_order(
        work,
        CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER, quantities={line: Decimal(7)}),
        Rounding(),
    )

    assert plan_of(work, placed) == [3, 2]
    work.execute("UPDATE order_instalments SET quantity = quantity + 1")
    with pytest.raises(Exception, match="instalments"):
        work.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_delivery_is_promised_once_its_day_comes(work: Work) -> None:
    shop(work)
    publish_defaults(work, {"order_type/standard": an_order_type(channels=["api"], credit={"policy": "ignore"})})
    line = LineRequest(sku="TEA", quantity=Decimal(10), instalments=planned((0, "4"), (30, "6"), today=work.today))
    placed = place(work, PlaceOrder(order_type="standard", channel="api", lines=(line,), customer_number="C-1"))
    assert placed.allocated == 4 and orders_with_due_deliveries(work) == []

    work.now += timedelta(days=30)

    assert orders_with_due_deliveries(work) == [placed.order_id]
    assert allocate_due_deliveries(work, placed.order_id) and not allocate_due_deliveries(work, placed.order_id)
    assert orders_with_due_deliveries(work) == []


def test_what_the_channel_sent_is_kept_as_it_came_and_never_changed(work: Work) -> None:
    shop(work)
    body = b'{"lines": [ {"sku":"TEA"} ]}\x00\xff'

    placed = ordered(work, a_policy(), received=Received(body=body, content_type="application/json"))

    row = work.row("SELECT * FROM channel_documents WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert row is not None and bytes(row.body) == body and row.order_id == placed.order_id
    assert (row.size, row.sha256) == (len(body), sha256(body).hexdigest())
    with pytest.raises(Exception, match="permission denied"):
        work.execute("UPDATE channel_documents SET origin = 'x'")
