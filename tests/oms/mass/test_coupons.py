"""Coupons in a file: the same prices, the same refusals and the same limits as order by order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import OrderInvalid
from oms.placement.place_order import place_order
from oms.placement.policy import OrderPolicy
from tests.oms.mass.test_place_chunk import problems, run
from tests.support.builders import a_customer, a_policy, a_sku, names_of
from tests.support.promotions import a_coupon, a_promotion, for_sku

HEADER = "Order number,Customer number,SKU,Quantity,Coupon\n"
ORDERS = (
    ("A", "TEA", "2", "spring"), ("B", "TEA", "1", "SPRING"), ("C", "TEA", "1", "NONE"), ("D", "TEA", "1", "MUGS"),
    ("E", "MUG", "3", "mugs, SPRING"), ("F", "TEA", "1", ""),
)  # fmt: skip


@pytest.fixture
def policy(work: Work) -> OrderPolicy:
    """SPRING holds once in all; MUGS takes off mugs alone."""
    for sku in ("TEA", "MUG"):
        a_sku(work, sku, price="10.00", tax_rate="0")
    a_customer(work, "C-1")
    a_coupon(work, "SPRING", "spring", most_uses=1)
    a_coupon(work, "MUGS", "mugs")
    promotions = (
        a_promotion("spring", "percent", effect={"value": "10"}, coupon=True),
        a_promotion("mugs", "percent", effect={"value": "50"}, coupon=True, lines=for_sku("MUG")),
    )
    return a_policy(promotions=promotions, credit="ignore", allocation=None)


def placed(work: Work) -> list[Any]:
    return work.rows(
        """SELECT o.outside_number, o.total, (SELECT array_agg(r.coupon ORDER BY r.coupon) FROM promotion_redemptions r
          WHERE r.tenant_id = o.tenant_id AND r.order_id = o.id) AS coupons
        FROM orders o WHERE o.tenant_id = %(t)s ORDER BY 1""",
        {"t": work.tenant_id},
    )


def test_a_file_gives_what_single_orders_with_coupons_give(work: Work, policy: OrderPolicy) -> None:
    savepoint = work.connection.begin_nested()
    text = HEADER + "".join(f'{number},C-1,{sku},{units},"{codes}"\n' for number, sku, units, codes in ORDERS)
    outcome = run(work, text, policy)
    by_file, faults = placed(work), problems(work)
    savepoint.rollback()

    refused = {}
    for row, (number, sku, units, codes) in enumerate(ORDERS, start=2):
        command = PlaceOrder(
            order_type="standard", channel="file", customer_number="C-1", outside_number=number,
            lines=(LineRequest(sku=sku, quantity=Decimal(units)),), coupons=tuple(codes.replace(",", " ").split()),
        )  # fmt: skip
        try:
            place_order(work, command, policy)
        except OrderInvalid as error:
            refused[row] = [code for _pointer, code in names_of(error.problems)]

    assert by_file == placed(work)
    assert [(row.outside_number, row.total) for row in by_file] == [("A", 18), ("F", 10)]
    assert outcome.done == 2 and {row for row, _field, _code in faults} == set(refused)
    assert sorted((row, "coupons", code) for row, codes in refused.items() for code in codes) == sorted(faults)


def test_a_check_names_the_same_faults_and_uses_nothing_up(work: Work, policy: OrderPolicy) -> None:
    text = HEADER + "A,C-1,TEA,1,NONE\nB,C-1,TEA,1,SPRING\n"

    outcome = run(work, text, policy, check_only=True)

    assert (outcome.done, problems(work)) == (1, [(2, "coupons", "coupon_unknown")])
    assert placed(work) == []
    assert work.scalar("SELECT count(*) FROM promotion_counters WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 0


def test_a_coupon_of_an_order_type_without_promotions_is_a_fault(work: Work, policy: OrderPolicy) -> None:
    outcome = run(work, HEADER + "A,C-1,TEA,1,SPRING\n", a_policy(credit="ignore", allocation=None))

    assert (outcome.done, problems(work)) == (0, [(2, "coupons", "coupon_not_here")])
