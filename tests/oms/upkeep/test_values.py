"""Computed values follow what they read: when an order is placed, changed, or the formula is."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Actor, Work
from kernel.errors import Invalid
from kernel.ids import new_id
from oms.customers.save_customer import SaveCustomer, save_customer
from oms.mass.place_chunk import ImportSettings, place_chunk
from oms.mass.stage_file import StageFile, stage_file
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import OrderInvalid
from oms.placement.place import place
from oms.placement.policy_for import policy_for
from oms.upkeep.change_order_fields import ChangeOrderFields, change_order_fields
from oms.upkeep.compute_fields import compute_batch
from tests.support.builders import a_customer, a_sku
from tests.support.custom_fields import field, option, publish_fields

ORDER = [
    field("grade", "option", options=[option("a"), option("b")], default="a"),
    field("level", "lookup", result="text", lookup={"path": "order.customer.cf.level"}),
    field("fee", "formula", result="decimal", scale=2, formula={"*": [{"var": "order.net_total"}, {"dec": "0.015"}]}),
    field("heavy", "rollup", rollup={"op": "sum", "of": "order.lines.cf.weight"}),
    field("why", required_when={">": [{"var": "order.cf.heavy"}, 50]}),
    field("ticket", "auto_number", number={"prefix": "T-"}),
    field("partner", "reference", to="customer"),
    field("partner_name", "lookup", result="text", lookup={"through": "partner", "field": "name"}),
]
LINE = [
    field("each", "decimal", default="2.5"),
    field("weight", "formula", result="decimal", formula={"*": [{"var": "line.cf.each"}, {"var": "line.quantity"}]}),
    field("share", "formula", result="decimal", scale=1,
          formula={"/": [{"*": [{"var": "line.cf.weight"}, 100]}, {"var": "order.cf.heavy"}]}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def master_data(work: Work) -> None:
    publish_fields(work, order=ORDER, order_line=LINE, customer=[field("level")])
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_sku(work, "MUG", price="3.00", tax_rate="0")
    a_customer(work, "C-1")
    work.execute("UPDATE customers SET custom = '{\"level\": \"gold\"}' WHERE number = 'C-1'")


def order(work: Work, *lines: tuple[str, str, dict[str, Any]], **custom: Any) -> UUID:
    return place(work, PlaceOrder(
        order_type="standard", channel="api", customer_number="C-1", custom=custom,
        lines=tuple(LineRequest(sku=sku, quantity=Decimal(units), custom=own) for sku, units, own in lines),
    )).order_id  # fmt: skip


def kept(work: Work) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    rows = work.rows(
        "SELECT o.custom, (SELECT jsonb_agg(l.custom ORDER BY l.line_no) FROM order_lines l WHERE l.order_id = o.id) AS lines"
        " FROM orders o ORDER BY o.id"
    )
    return [({key: value for key, value in row.custom.items() if key != "ticket"}, row.lines) for row in rows]


def test_an_order_is_completed_from_prices_lines_and_customer(work: Work) -> None:
    order(work, ("TEA", "4", {}), ("MUG", "2", {"each": "5"}), partner="C-1")

    ((custom, lines),) = kept(work)
    assert custom == {
        "grade": "a", "level": "gold", "fee": Decimal("0.69"), "heavy": 20, "partner": "C-1", "partner_name": "Customer C-1",
    }  # fmt: skip
    assert lines == [
        {"each": Decimal("2.5"), "weight": 10, "share": 50},
        {"each": 5, "weight": 10, "share": 50},
    ]


def test_what_is_wrong_only_after_prices_is_said_too(work: Work) -> None:
    with pytest.raises(OrderInvalid) as refused:
        order(work, ("TEA", "40", {}), partner="C-9")

    found = {(problem.pointer, problem.code) for problem in refused.value.problems}
    assert found == {("/custom/why", "required"), ("/custom/partner", "reference_unknown")}


def test_a_file_and_single_orders_come_to_the_same_values(work: Work) -> None:
    order(work, ("TEA", "4", {}), ("MUG", "2", {"each": "5"}), grade="b", partner="C-1")
    text = "order number,customer number,sku,quantity,cf.grade,partner,line.cf.each\nX,C-1,TEA,4,b,C-1,\nX,C-1,MUG,2,,,5\nY,C-1,TEA,40,zzz,,\n"
    command = StageFile(file_name="x.csv", channel="file", order_type="standard", check_only=False)
    file = stage_file(
        work, command, io.BytesIO(text.encode()), [one["key"] for one in ORDER], [one["key"] for one in LINE]
    )
    settings = ImportSettings(
        run_id=file.run_id, channel="file", order_type="standard", create_customers=False, create_skus=False
    )

    outcome = place_chunk(work, settings, range(1, 3), policy_for(work, "standard"), check_only=False)

    first, second = kept(work)
    assert first == second
    assert (outcome.done, outcome.bad) == (1, 1)
    faults = work.rows("SELECT row_no, field, code FROM import_problems ORDER BY field, code")
    assert [tuple(row) for row in faults] == [(4, "custom.grade", "option_unknown"), (4, "custom.why", "required")]
    tickets = {row.t for row in work.rows("SELECT custom ->> 'ticket' AS t FROM orders")}
    assert len(tickets) == 2 and None not in tickets


def test_a_check_of_a_file_finds_what_placing_would(work: Work) -> None:
    text = "order number,customer number,sku,quantity\nY,C-1,TEA,40\n"
    command = StageFile(file_name="x.csv", channel="file", order_type="standard")
    file = stage_file(work, command, io.BytesIO(text.encode()))
    settings = ImportSettings(
        run_id=file.run_id, channel="file", order_type="standard", create_customers=False, create_skus=False
    )

    outcome = place_chunk(work, settings, range(1, 2), policy_for(work, "standard"), check_only=True)

    assert (outcome.done, outcome.bad) == (0, 1)


def test_a_change_computes_order_and_lines_anew(work: Work) -> None:
    order_id = order(work, ("TEA", "4", {}), ("MUG", "2", {"each": "5"}))
    line = work.scalar("SELECT id FROM order_lines WHERE line_no = 1")

    outcome = change_order_fields(work, ChangeOrderFields(order_id=order_id, lines={line: {"each": "7.5"}}))

    assert set(outcome.keys) == {"heavy", "line.each", "line.weight", "line.share"}
    ((custom, lines),) = kept(work)
    assert (custom["heavy"], [one["share"] for one in lines]) == (40, [75, 25])
    again = change_order_fields(work, ChangeOrderFields(order_id=order_id, lines={line: {"each": "7.5"}}))
    assert again.keys == ()


def test_a_new_formula_is_computed_for_rows_that_are_there(work: Work) -> None:
    order(work, ("TEA", "4", {}))
    doubled = {**ORDER[2], "formula": {"*": [{"var": "order.net_total"}, {"dec": "0.03"}]}}
    publish_fields(work, order=[*ORDER[:2], doubled, *ORDER[3:]], order_line=LINE, customer=[field("level")])

    asked = work.scalar("SELECT state FROM field_runs WHERE entity = 'order' AND work = 'compute'")
    version = work.scalar("SELECT version FROM orders")
    compute_batch(work, "order", None)

    assert asked == "waiting"
    assert kept(work)[0][0]["fee"] == Decimal("1.2")
    assert work.scalar("SELECT version FROM orders") == version


def test_a_customer_keeps_values_that_a_save_leaves_out_and_refuses_wrong_ones(work: Work) -> None:
    save_customer(work, SaveCustomer(number="C-1", name="New name"))
    assert work.scalar("SELECT custom FROM customers WHERE number = 'C-1'") == {"level": "gold"}

    with pytest.raises(Invalid) as refused:
        save_customer(work, SaveCustomer(number="C-1", name="x", custom={"level": 5, "nope": 1}))
    assert {problem.pointer for problem in refused.value.problems} == {"/custom/level", "/custom/nope"}


def test_a_row_that_is_out_of_reach_is_named_no_more_than_one_that_is_not_there(work: Work) -> None:
    a_customer(work, "C-2")
    own = work.scalar("SELECT id FROM customers WHERE number = 'C-1'")
    work.actor = Actor(kind="staff", id=new_id(), name="Rep", reach={"customer": frozenset({own})}, roles=frozenset())

    for partner in ("C-2", "C-9"):
        with pytest.raises(OrderInvalid) as refused:
            order(work, ("TEA", "1", {}), partner=partner)
        assert [problem.code for problem in refused.value.problems] == ["reference_unknown"]
