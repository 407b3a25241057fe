"""Changes of placed orders: what confirming does, and that the preview said so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.ids import to_text
from oms.changes.actions import Action, actions_from_json
from oms.changes.change_sets import (
    CloseChange,
    OpenChange,
    change_sets_of,
    confirm_change,
    decline_change,
    open_change,
    rewrite_change,
    withdraw_change,
)
from oms.changes.differences import version_difference, versions_of
from oms.changes.errors import ChangeClosed, ChangeInvalid, ChangeNotFound, ChangeOpen, VersionNotFound
from oms.changes.preview_change import preview_change
from oms.orders.errors import OrderNotOpen
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import CreditRefused
from oms.placement.place import place
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from tenants.access.built_in_roles import put_built_in_roles
from tests.oms.regrouping.test_split_and_merge import head, lines_of, proof, rows
from tests.support.builders import a_customer, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults


def shop(work: Work, *, limit: str = "1000", **order_type: Any) -> OrderPlaced:
    """Tea at 10.00 (8.00 from 10 on) and cups at 2.50; an order of 5 tea and 4 cups."""
    publish_defaults(work, {"order_type/standard": an_order_type(**order_type)})
    a_sku(work, "TEA", price="10.00", tax_rate="0.1")
    a_price(work, "TEA", "8.00", from_quantity="10")
    a_sku(work, "CUP", price="2.50", tax_rate="0.1")
    a_customer(work, limit=limit)
    ham = a_location(work, "ham")
    stock(work, "TEA", at=ham, on_hand="20")
    stock(work, "CUP", at=ham, on_hand="6")
    return order(work, ("TEA", "5"), ("CUP", "4"))


def order(work: Work, *lines: tuple[str, str]) -> OrderPlaced:
    wanted = tuple(LineRequest(sku=sku, quantity=Decimal(quantity)) for sku, quantity in lines)
    return place(work, PlaceOrder(order_type="standard", channel="api", lines=wanted, customer_number="C-1"))


def actions(work: Work, placed: OrderPlaced, *rows_: dict[str, Any]) -> tuple[Action, ...]:
    """Actions from JSON, lines named by their number."""
    ids = {line.line_no: to_text("lin", line.id) for line in lines_of(work, placed.order_id)}
    named = [{**row, "line": ids[row["line"]]} if "line" in row else row for row in rows_]
    found, problems = actions_from_json(named)
    assert not problems, problems
    return found


def change(work: Work, placed: OrderPlaced, *rows_: dict[str, Any]) -> Any:
    wanted = actions(work, placed, *rows_)
    preview = preview_change(work, placed.order_id, wanted)
    untouched = head(work, placed.order_id)
    opened = open_change(work, OpenChange(order_id=placed.order_id, actions=wanted, reason="asked by phone"))
    assert head(work, placed.order_id) == untouched, "a preview and an open change leave the order alone"
    done = confirm_change(work, CloseChange(order_id=placed.order_id, change_id=opened))
    after = head(work, placed.order_id)
    assert (preview.total_after, preview.tax_after) == (after.total, after.tax_total)
    assert preview.total_before == untouched.total
    assert (preview.done.released, preview.done.allocated, preview.done.short) == (
        done.released, done.allocated, done.short,
    )  # fmt: skip
    proof(work)
    return done


def test_quantities_lines_and_address_change_together(work: Work) -> None:
    placed = shop(work)
    address = {"recipient": "Bo", "street": "2 Side St", "city": "Kiel", "country": "DE"}
    done = change(
        work, placed, {"do": "set_quantity", "line": 1, "quantity": "3"}, {"do": "remove_line", "line": 2},
        {"do": "add_line", "sku": "CUP", "quantity": "8"}, {"do": "set_address", "ship_to": address},
        {"do": "set_note", "buyer_note": "Ring twice"}, {"do": "set_requested_on", "requested_on": "2026-12-24"},
    )  # fmt: skip
    tea, cups, more = lines_of(work, placed.order_id)
    assert (tea.ordered, tea.cancelled, tea.allocated) == (5, 2, 3)
    assert (cups.cancelled, cups.gross, cups.allocated) == (4, 0, 0)
    assert (more.ordered, more.allocated, more.backordered, more.line_no) == (8, 6, 2, 3)
    after = head(work, placed.order_id)
    assert after.total == Decimal("55.00") and after.ship_to["city"] == "Kiel"
    assert (after.buyer_note, str(after.requested_on)) == ("Ring twice", "2026-12-24")
    assert (done.released, done.allocated, done.short) == (6, 6, 2)


def test_the_agreed_price_stays_unless_the_order_type_says_otherwise(work: Work) -> None:
    placed = shop(work)
    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "12"})
    assert lines_of(work, placed.order_id)[0].unit_price == 10


def test_where_the_order_type_prices_anew_tiers_hold(work: Work) -> None:
    placed = shop(work, prices={"source": "lists", "on_change": "reprice"})
    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "12"})
    assert lines_of(work, placed.order_id)[0].unit_price == 8


def test_a_price_agreed_by_hand_holds(work: Work) -> None:
    placed = shop(work, prices={"source": "lists", "on_change": "reprice"})
    change(work, placed, {"do": "set_price", "line": 1, "unit_price": "7.77"})
    assert head(work, placed.order_id).total == Decimal("53.74")  # 5 × 7.77 + 4 × 2.50, 10 % each


def test_a_substitute_takes_the_place_of_what_is_short(work: Work) -> None:
    placed = shop(work)
    change(work, placed, {"do": "substitute", "line": 2, "sku": "TEA"})
    _, second, third = lines_of(work, placed.order_id)
    assert (second.ordered - second.cancelled, third.sku, third.ordered) == (0, "TEA", 4)


def test_credit_is_asked_for_what_is_more(work: Work) -> None:
    placed = shop(work, limit="100")
    done = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "9"})
    assert [hold.type for hold in done.holds] == ["credit"]
    assert head(work, placed.order_id).open_holds == 1
    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "1"})
    assert head(work, placed.order_id).credit_exposed == head(work, placed.order_id).total


def test_credit_that_blocks_refuses_and_leaves_nothing_behind(work: Work) -> None:
    placed = shop(work, limit="100", credit={"policy": "block", "check_at": ["place"]})
    wanted = actions(work, placed, {"do": "set_quantity", "line": 1, "quantity": "19"})
    before = (head(work, placed.order_id), lines_of(work, placed.order_id))
    with pytest.raises(CreditRefused):
        preview_change(work, placed.order_id, wanted)
    assert (head(work, placed.order_id), lines_of(work, placed.order_id)) == before
    proof(work)


def test_review_rules_look_at_the_order_as_it_is_now(work: Work) -> None:
    hold = {"do": "hold", "hold_type": "review", "reason": {"en": "Large"}}
    rule = {"id": "large", "name": {"en": "Large"}, "when": {">": [{"var": "order.total"}, 100]}, "outcome": hold}
    publish_defaults(work, {"review_rules/large": {"name": {"en": "L"}, "rules": [rule]},
                            "order_type/standard": an_order_type(review_rules="large")})  # fmt: skip
    a_sku(work, "TEA", price="10.00", tax_rate="0.1")
    a_customer(work, limit="10000")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="20")
    placed = order(work, ("TEA", "5"))
    done = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "15"})
    assert [(one.type, one.reason) for one in done.holds] == [("review", "Large")]
    again = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "16"})
    assert not again.holds, "a stop that stands is not put up twice"


def test_approval_is_asked_again_where_what_was_approved_changes(work: Work) -> None:
    put_built_in_roles(work)
    flow = {"name": {"en": "Big"}, "subject": {"of": "order"}, "trigger": {"when": {">": [{"var": "order.total"}, 100]}},
            "steps": [{"id": "n1", "type": "approve", "who": [{"role": "admin"}]}]}  # fmt: skip
    publish_defaults(work, {"approval_flow/big": flow, "order_type/standard": an_order_type(approvals=["big"])})
    a_sku(work, "TEA", price="10.00", tax_rate="0.1")
    a_customer(work, limit="10000")
    placed = order(work, ("TEA", "5"))
    done = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "50"})
    assert done.approval == "big"
    assert head(work, placed.order_id).open_holds == 1
    noted = change(work, placed, {"do": "set_note", "buyer_note": "hello"})
    assert noted.approval is None


@pytest.mark.parametrize(
    ("row", "code", "pointer"),
    [
        ({"do": "set_quantity", "line": 1, "quantity": "0.00001"}, "quantity_too_fine", "/actions/0/quantity"),
        ({"do": "add_line", "sku": "NONE", "quantity": "1"}, "sku_unknown", "/actions/0/sku"),
        ({"do": "add_line", "sku": "TEA", "quantity": "0"}, "quantity_not_positive", "/actions/0/quantity"),
        ({"do": "add_line", "sku": "TEA", "quantity": "1", "unit": "crate"}, "unit_unknown", "/actions/0/unit"),
    ],
)
def test_faults_name_the_action(work: Work, row: dict[str, Any], code: str, pointer: str) -> None:
    placed = shop(work)
    with pytest.raises(ChangeInvalid) as refused:
        preview_change(work, placed.order_id, actions(work, placed, row))
    assert [(one.pointer, one.code) for one in refused.value.problems] == [(pointer, code)]


def test_an_order_cannot_be_changed_into_nothing(work: Work) -> None:
    placed = shop(work)
    wanted = actions(work, placed, {"do": "remove_line", "line": 1}, {"do": "remove_line", "line": 2})
    with pytest.raises(ChangeInvalid) as refused:
        preview_change(work, placed.order_id, wanted)
    assert [one.code for one in refused.value.problems] == ["nothing_left"]


def test_what_is_no_action_is_named() -> None:
    found, problems = actions_from_json(
        [{"do": "dance"}, {"do": "set_quantity"}, {"do": "add_line", "sku": "", "quantity": "x"}, 7,
         {"do": "set_requested_on", "requested_on": "tomorrow"}, {"do": "set_address", "ship_to": {"city": "Kiel"}}]
    )  # fmt: skip
    assert not found
    assert {(one.pointer, one.code) for one in problems} >= {
        ("/actions/0/do", "action_unknown"), ("/actions/1/line", "field_missing"),
        ("/actions/1/quantity", "field_missing"), ("/actions/2/sku", "field_missing"),
        ("/actions/2/quantity", "not_a_number"), ("/actions/3/do", "action_unknown"),
        ("/actions/4/requested_on", "not_a_day"), ("/actions/5/ship_to/street", "field_missing"),
    }  # fmt: skip
    assert actions_from_json([])[1] and actions_from_json("x")[1] and actions_from_json(None)[1]


def test_one_change_at_a_time_and_each_ends_once(work: Work) -> None:
    placed = shop(work)
    first = open_change(work, OpenChange(order_id=placed.order_id))
    with pytest.raises(ChangeOpen):
        open_change(work, OpenChange(order_id=placed.order_id))
    with pytest.raises(ChangeInvalid):
        confirm_change(work, CloseChange(order_id=placed.order_id, change_id=first))
    note = actions(work, placed, {"do": "set_note", "buyer_note": "x"})
    rewrite_change(work, placed.order_id, first, note, "why")
    withdraw_change(work, CloseChange(order_id=placed.order_id, change_id=first))
    asked = open_change(work, OpenChange(order_id=placed.order_id, actions=note, by_customer=True))
    decline_change(work, CloseChange(order_id=placed.order_id, change_id=asked, note="too late"))
    assert [one.status for one in change_sets_of(work, placed.order_id)] == ["declined", "withdrawn"]
    with pytest.raises(ChangeClosed):
        confirm_change(work, CloseChange(order_id=placed.order_id, change_id=asked))
    with pytest.raises(ChangeNotFound):
        confirm_change(work, CloseChange(order_id=placed.order_id, change_id=UUID(int=1)))


def test_versions_tell_what_was_different(work: Work) -> None:
    placed = shop(work)
    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "3"}, {"do": "set_note", "buyer_note": "Hi"})
    kept = versions_of(work, placed.order_id)
    assert [one.cause for one in kept] == ["before", "changed"]
    found = {(one.what, one.line): (one.before, one.after) for one in version_difference(
        work, placed.order_id, kept[0].number, kept[-1].number)}  # fmt: skip
    assert found[("buyer_note", None)] == ("", "Hi")
    assert found[("ordered", 1)] == ("5.0000", "3.0000")
    with pytest.raises(VersionNotFound):
        version_difference(work, placed.order_id, 1, 999)


def test_a_cancelled_order_stays_as_it_is(work: Work) -> None:
    from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
    from oms.pricing.amounts import Rounding

    placed = shop(work)
    cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.STAFF), Rounding())
    with pytest.raises(OrderNotOpen):
        open_change(work, OpenChange(order_id=placed.order_id))
    assert rows(work, "SELECT 1 FROM change_sets WHERE tenant_id = %(t)s") == []


def test_what_is_to_be_paid_in_advance_follows_the_total(work: Work) -> None:
    placed = shop(work, prepayment_percent=50, credit={"policy": "ignore"})
    first = head(work, placed.order_id)
    assert first.prepay_required == first.total / 2
    receive_payment(work, ReceivePayment(order_id=placed.order_id, amount=first.prepay_required, method="bank"))
    assert head(work, placed.order_id).open_holds == 0
    done = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "10"})
    after = head(work, placed.order_id)
    assert after.prepay_required == after.total / 2
    assert [hold.type for hold in done.holds] == ["payment"]
    less = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "1"})
    assert not less.holds
    assert head(work, placed.order_id).prepay_required == head(work, placed.order_id).total / 2
