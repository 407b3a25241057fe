"""Planned deliveries of a placed order, planned anew."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from kernel.db import Work
from oms.instalments.errors import PlanInvalid
from oms.instalments.fit_instalments import read_plans
from oms.instalments.plan import Instalment
from oms.orders.errors import LineNotFound, OrderChanged, OrderNotOpen
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place import place
from oms.placement.plan_deliveries import PlanDeliveries, plan_deliveries
from tests.oms.placement.test_intake import planned, shop
from tests.support.configuration import an_order_type, publish_defaults


def an_order(work: Work, quantity: str, *plan: tuple[int, str], ahead: int = 0) -> tuple[OrderPlaced, UUID]:
    publish_defaults(work, {
        "order_type/standard": an_order_type(
            channels=["api"], credit={"policy": "ignore"}, allocate_days_ahead=ahead, allow_backorder=True
        ),
    })  # fmt: skip
    line = LineRequest(sku="TEA", quantity=Decimal(quantity), instalments=planned(*plan, today=work.today))
    order = place(work, PlaceOrder(order_type="standard", channel="api", lines=(line,), customer_number="C-1"))
    line_id = work.scalar(
        "SELECT id FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s",
        {"t": work.tenant_id, "o": order.order_id},
    )
    return order, line_id


def plan(work: Work, order: OrderPlaced, line: UUID, *days: tuple[int, str]) -> Decimal:
    command = PlanDeliveries(order_id=order.order_id, plans={line: planned(*days, today=work.today)})
    done = plan_deliveries(work, command)
    work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work.execute("SET CONSTRAINTS ALL DEFERRED")
    return done.allocated


def codes(error: PlanInvalid) -> list[str]:
    return [problem.code for problem in error.problems]


def ledger(work: Work, line: UUID) -> tuple[Decimal, Decimal]:
    row = work.row(
        "SELECT allocated, backordered FROM order_lines WHERE tenant_id = %(t)s AND id = %(l)s",
        {"t": work.tenant_id, "l": line},
    )
    assert row is not None
    return row.allocated, row.backordered


def test_days_move_and_what_is_due_now_is_promised_at_once(work: Work) -> None:
    shop(work, on_hand="100")
    order, line = an_order(work, "10", (20, "4"), (40, "6"))

    allocated = plan(work, order, line, (0, "3"), (40, "7"))

    assert allocated == 3 and ledger(work, line) == (3, 0)
    assert [one.quantity for one in read_plans(work, [line])[line]] == [3, 7]
    kinds = [
        row.kind for row in work.rows("SELECT kind FROM order_events WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    ]
    assert "deliveries_planned" in kinds


def test_what_is_promised_keeps_its_day(work: Work) -> None:
    shop(work, on_hand="100")
    order, line = an_order(work, "10", (0, "4"), (40, "6"))

    for wrong in (((5, "4"), (40, "6")), ((0, "3"), (40, "7")), ((60, "10"),)):
        with pytest.raises(PlanInvalid) as refused:
            plan(work, order, line, *wrong)
        assert codes(refused.value) == ["units_promised"]

    plan(work, order, line, (0, "4"), (50, "2"), (60, "4"))
    assert len(read_plans(work, [line])[line]) == 3
    plan(work, order, line)
    assert ledger(work, line) == (10, 0) and read_plans(work, [line]) == {}


def test_a_line_wanted_at_once_gets_days_for_what_nobody_promised(work: Work) -> None:
    shop(work, on_hand="4")
    order, line = an_order(work, "10")
    assert ledger(work, line) == (4, 6)

    with pytest.raises(PlanInvalid) as refused:
        plan(work, order, line, (0, "3"), (30, "7"))
    assert codes(refused.value) == ["units_promised"]
    plan(work, order, line, (0, "5"), (30, "5"))

    assert ledger(work, line) == (4, 1)


def test_every_fault_is_named(work: Work) -> None:
    shop(work)
    order, line = an_order(work, "10", (20, "10"))

    with pytest.raises(PlanInvalid) as refused:
        plan(work, order, line, (-1, "2"), (3, "2"), (3, "2"))

    assert sorted(codes(refused.value)) == ["day_past", "day_repeated", "instalments_do_not_add_up"]
    with pytest.raises(LineNotFound):
        plan(work, order, order.order_id, (1, "10"))
    stale = PlanDeliveries(order_id=order.order_id, plans={line: ()}, expected_version=99)
    with pytest.raises(OrderChanged):
        plan_deliveries(work, stale)


def test_the_same_plan_again_changes_nothing_and_a_past_day_may_stay(work: Work) -> None:
    shop(work, on_hand="0")
    order, line = an_order(work, "10", (1, "4"), (40, "6"))
    work.now += timedelta(days=5)
    first, second = read_plans(work, [line])[line]

    done = plan_deliveries(work, PlanDeliveries(order_id=order.order_id, plans={line: (first, second)}))
    assert done.lines == 0
    later = Instalment(due_on=second.due_on + timedelta(days=9), quantity=second.quantity)
    assert plan_deliveries(work, PlanDeliveries(order_id=order.order_id, plans={line: (first, later)})).lines == 1

    work.execute("UPDATE orders SET status = 'closed' WHERE id = %(o)s", {"o": order.order_id})
    with pytest.raises(OrderNotOpen):
        plan_deliveries(work, PlanDeliveries(order_id=order.order_id, plans={line: ()}))
