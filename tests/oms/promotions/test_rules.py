"""What promotions promise, order by order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import OrderInvalid
from oms.placement.place_order import place_order
from oms.placement.policy import FloorPolicy, OrderPolicy
from oms.placement.quote_order import quote_order
from oms.pricing.amounts import Rounding
from tests.support.builders import a_customer, a_policy, a_sku, names_of
from tests.support.promotions import a_coupon, a_freight, a_promotion, for_sku, from_total


def order(*lines: tuple[str, str], customer: str = "C-1", **more: Any) -> PlaceOrder:
    return PlaceOrder(
        order_type="standard", channel="test", customer_number=customer,
        lines=tuple(LineRequest(sku=sku, quantity=Decimal(quantity)) for sku, quantity in lines), **more,
    )  # fmt: skip


def money(work: Work, placed: OrderPlaced) -> list[tuple[str, Decimal, Decimal]]:
    rows = work.rows(
        "SELECT sku, discount, net FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY line_no",
        {"t": work.tenant_id, "o": placed.order_id},
    )
    return [(row.sku, row.discount, row.net) for row in rows]


def one(work: Work, sql: str, placed: OrderPlaced) -> Any:
    return work.scalar(sql, {"t": work.tenant_id, "o": placed.order_id})


@pytest.fixture
def shop(work: Work) -> Work:
    a_sku(work, "TEA", price="10.00")
    a_sku(work, "MUG", price="4.00")
    a_customer(work, "C-1")
    a_customer(work, "C-2")
    return work


def a_shop_policy(*promotions: Any, **more: Any) -> OrderPolicy:
    return a_policy(promotions=promotions, credit="ignore", allocation=None, **more)


def test_a_bundle_costs_its_price_and_no_cent_is_lost(shop: Work) -> None:
    parts = [
        {"id": "p1", "lines": for_sku("TEA"), "quantity": 2},
        {"id": "p2", "lines": for_sku("MUG"), "quantity": 1},
    ]
    policy = a_shop_policy(a_promotion("set", "bundle", effect={"parts": parts, "price": "20"}))

    placed = place_order(shop, order(("TEA", "5"), ("MUG", "2")), policy)

    assert sum(off for _, off, _ in money(shop, placed)) == 2 * (24 - 20)
    assert sum(net for _, _, net in money(shop, placed)) == 58 - 8


def test_others_get_cheaper_for_what_is_bought(shop: Work) -> None:
    effect = {"buy": 3, "get": 1, "of": for_sku("MUG")}
    policy = a_shop_policy(a_promotion("mug", "buy_get", lines=for_sku("TEA"), effect=effect))

    placed = place_order(shop, order(("TEA", "7"), ("MUG", "3")), policy)

    assert money(shop, placed) == [("TEA", 0, 70), ("MUG", 8, 4)]


def test_freight_is_taxed_and_counts_to_the_total(shop: Work) -> None:
    policy = a_shop_policy(freight=a_freight(("100", "0"), ("0", "5.00")))

    small, large = place_order(shop, order(("TEA", "1")), policy), place_order(shop, order(("TEA", "10")), policy)

    assert small.total == Decimal("11.90") + Decimal("5.95")
    assert large.total == Decimal(119)
    charge = shop.row("SELECT * FROM order_charges WHERE order_id = %(o)s", {"o": small.order_id})
    assert charge and (charge.net, charge.gross, charge.source) == (5, Decimal("5.95"), "decision_table/freight#r2")


def test_freight_reads_the_order_after_its_discounts_and_can_be_waived(shop: Work) -> None:
    half = a_promotion("half", "percent", effect={"value": "50"}, priority=5)
    waive = a_promotion("free", "waive", effect={"charge": "freight"}, when=from_total("100"))
    policy = a_shop_policy(half, waive, freight=a_freight(("100", "0"), ("0", "5.00")))

    placed = place_order(shop, order(("TEA", "10")), policy)  # 50 after the discount: freight is due, and waived

    assert placed.total == Decimal("59.50")
    charge = shop.row("SELECT * FROM order_charges WHERE order_id = %(o)s", {"o": placed.order_id})
    assert charge and (charge.price, charge.discount, charge.gross, charge.waived_by) == (5, 5, 0, "promotion/free")
    used = shop.rows(
        "SELECT promotion, amount FROM promotion_redemptions WHERE order_id = %(o)s ORDER BY promotion",
        {"o": placed.order_id},
    )
    assert [(row.promotion, row.amount) for row in used] == [("free", 5), ("half", 50)]


def test_freight_whose_class_has_no_rate_is_refused(shop: Work) -> None:
    policy = a_shop_policy(freight=a_freight(("0", "5.00"), tax_class="nowhere"))

    with pytest.raises(OrderInvalid) as refused:
        place_order(shop, order(("TEA", "1")), policy)

    assert names_of(refused.value.problems) == [("/ship_to", "no_freight_tax_rate")]


def test_the_trace_names_winner_and_losers_with_reasons(shop: Work) -> None:
    policy = a_shop_policy(
        a_promotion("ten", "percent", effect={"value": "10"}, group="sale"),
        a_promotion("third", "percent", effect={"value": "30"}, group="sale"),
        a_promotion("late", "percent", effect={"value": "1"}, **{"from": "2999-01-01"}),
        a_promotion("code", "percent", effect={"value": "1"}, coupon=True),
        a_promotion("rich", "percent", effect={"value": "1"}, when=from_total("999")),
        a_promotion("alone", "percent", effect={"value": "90"}, exclusive=True, priority=-1),
    )

    placed = place_order(shop, order(("TEA", "1")), policy)

    trace = one(shop, "SELECT trace FROM decisions WHERE order_id = %(o)s AND kind = 'price'", placed)
    said = {each["promotion"]: (each["applied"], each["because"]) for each in trace["promotions"]}
    assert said == {
        "third": (True, "It applies."),
        "ten": (False, "Another promotion of its group takes more off."),
        "late": (False, "It is not valid today."),
        "code": (False, "Its coupon was not given."),
        "rich": (False, "Its condition does not hold."),
        "alone": (False, "It stands alone, and another promotion was applied before it."),
    }


@pytest.mark.parametrize(
    ("code", "columns", "fault"),
    [
        ("NONE", None, "coupon_unknown"),
        ("OLD", {"valid_to": date(2020, 1, 1)}, "coupon_expired"),
        ("OFF", {"active": False}, "coupon_expired"),
        ("ELSE", {"promotion": "other"}, "coupon_not_here"),
    ],
)
def test_a_coupon_that_does_not_hold_is_named(shop: Work, code: str, columns: Any, fault: str) -> None:
    if columns is not None:
        a_coupon(shop, code, **{"promotion": "code", **columns})
    policy = a_shop_policy(a_promotion("code", "percent", effect={"value": "10"}, coupon=True))

    with pytest.raises(OrderInvalid) as refused:
        place_order(shop, order(("TEA", "1"), coupons=(code.lower(),)), policy)

    assert names_of(refused.value.problems) == [("/coupons/0", fault)]
    quote = quote_order(shop, order(("TEA", "1"), coupons=(code,)), policy)
    assert names_of(quote.problems) == [("/coupons/0", fault)] and quote.order is not None


def test_a_coupon_that_takes_nothing_off_is_refused_rather_than_wasted(shop: Work) -> None:
    a_coupon(shop, "MUGS", "code")
    policy = a_shop_policy(a_promotion("code", "percent", effect={"value": "10"}, coupon=True, lines=for_sku("MUG")))

    with pytest.raises(OrderInvalid) as refused:
        place_order(shop, order(("TEA", "1"), coupons=("MUGS",)), policy)

    assert names_of(refused.value.problems) == [("/coupons/0", "coupon_without_effect")]


def test_a_coupon_is_used_as_often_as_it_may_be_by_each_and_by_all(shop: Work) -> None:
    a_coupon(shop, "SPRING", "code", most_uses=2, most_per_customer=1)
    policy = a_shop_policy(a_promotion("code", "percent", effect={"value": "10"}, coupon=True))
    first = place_order(shop, order(("TEA", "1"), coupons=("spring",)), policy)

    for customer in ("C-1",):
        with pytest.raises(OrderInvalid) as refused:
            place_order(shop, order(("TEA", "1"), customer=customer, coupons=("SPRING",)), policy)
        assert names_of(refused.value.problems) == [("/coupons/0", "coupon_used_up")]
    assert place_order(shop, order(("TEA", "1"), customer="C-2", coupons=("SPRING",)), policy).total < first.total + 1

    cancel_order(shop, CancelOrder(order_id=first.order_id, reason=CancelReason.CUSTOMER), Rounding())
    again = place_order(shop, order(("TEA", "1"), coupons=("SPRING",)), policy)
    assert again.total == first.total


def test_a_budget_ends_a_promotion_and_a_cancelled_order_gives_it_back(shop: Work) -> None:
    policy = a_shop_policy(a_promotion("sale", "percent", effect={"value": "50"}, budget={"amount": "12"}))

    totals = [place_order(shop, order(("TEA", "1")), policy) for _ in range(4)]

    assert [placed.total for placed in totals] == [Decimal("5.95"), Decimal("5.95"), Decimal("11.90"), Decimal("11.90")]
    cancel_order(shop, CancelOrder(order_id=totals[0].order_id, reason=CancelReason.CUSTOMER), Rounding())
    assert place_order(shop, order(("TEA", "1")), policy).total == Decimal("5.95")


def test_units_that_are_cancelled_take_their_share_of_the_discount_with_them(shop: Work) -> None:
    policy = a_shop_policy(a_promotion("off", "amount", effect={"value": "10"}), freight=a_freight(("0", "5.00")))
    placed = place_order(shop, order(("TEA", "3")), policy)
    line = one(shop, "SELECT id FROM order_lines WHERE order_id = %(o)s", placed)
    left = []

    for _ in range(3):
        command = CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER, quantities={line: Decimal(1)})
        cancel_order(shop, command, Rounding())
        shop.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the trigger looks now
        shop.execute("SET CONSTRAINTS ALL DEFERRED")
        total = one(shop, "SELECT total FROM orders WHERE id = %(o)s", placed)
        left.append((*money(shop, placed)[0][1:], total))

    assert left == [
        (Decimal("6.67"), Decimal("13.33"), Decimal("15.86") + Decimal("5.95")),
        (Decimal("3.34"), Decimal("6.66"), Decimal("7.93") + Decimal("5.95")),
        (0, 0, 0),
    ]
    assert one(shop, "SELECT count(*) FROM order_adjustments WHERE order_id = %(o)s", placed) == 0
    assert one(shop, "SELECT given_back_at FROM promotion_redemptions WHERE order_id = %(o)s", placed) is not None


def test_a_discount_without_its_reason_is_refused_by_the_database(shop: Work) -> None:
    placed = place_order(shop, order(("TEA", "1")), a_shop_policy())
    savepoint = shop.session.begin_nested()

    shop.execute("UPDATE order_lines SET discount = 1 WHERE order_id = %(o)s", {"o": placed.order_id})
    with pytest.raises(Exception, match="but adjustments of"):
        shop.execute("SET CONSTRAINTS ALL IMMEDIATE")

    savepoint.rollback()


def test_a_price_below_its_floor_is_held_and_rules_may_read_it(shop: Work) -> None:
    policy = a_shop_policy(
        a_promotion("deep", "percent", effect={"value": "40"}, lines=for_sku("TEA")),
        floor=FloorPolicy(below_list_percent=Decimal(30), hold=True),
    )

    placed, fine = place_order(shop, order(("TEA", "1")), policy), place_order(shop, order(("MUG", "1")), policy)

    assert [(hold.type, hold.reason) for hold in placed.holds] == [("review", "a price is below its floor")]
    assert fine.holds == ()
    assert one(shop, "SELECT floor_price FROM order_lines WHERE order_id = %(o)s", placed) == 7


def test_an_expired_day_is_the_first_on_which_it_does_not_hold(shop: Work) -> None:
    today = shop.today
    until = {"to": today.isoformat()}
    tomorrow = {"to": (today + timedelta(days=1)).isoformat()}

    over = place_order(
        shop, order(("TEA", "1")), a_shop_policy(a_promotion("p", "percent", effect={"value": "50"}, **until))
    )
    last = place_order(
        shop, order(("TEA", "1")), a_shop_policy(a_promotion("p", "percent", effect={"value": "50"}, **tomorrow))
    )

    assert (over.total, last.total) == (Decimal("11.90"), Decimal("5.95"))


def test_freight_that_cannot_be_taxed_is_said_and_leaves_the_goods_their_prices(shop: Work) -> None:
    policy = a_shop_policy(freight=a_freight(("0", "5"), tax_class="nowhere"))

    quote = quote_order(shop, order(("TEA", "2"), ("MUG", "1")), policy)

    assert names_of(quote.problems) == [("/ship_to", "no_freight_tax_rate")]
    assert quote.order is not None and quote.order.net_total == 24 and quote.order.charges == ()
    with pytest.raises(OrderInvalid) as refused:
        place_order(shop, order(("TEA", "2")), policy)
    assert names_of(refused.value.problems) == [("/ship_to", "no_freight_tax_rate")]
