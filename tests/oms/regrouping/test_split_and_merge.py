"""What a split, a merge and their undoing must leave true: to the cent, to the piece, with every promise and stop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.ids import new_id
from oms.changes.actions import AddLine
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.credit.book_exposure import book_exposure
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.errors import OrderNotOpen
from oms.orders.place_hold import PlaceHold, place_hold
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place import place
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.regrouping.errors import (
    MoveNotFound,
    MoveStands,
    NothingToSplit,
    OneOrder,
    OrdersDiffer,
    OrderSealed,
    TooManyUnits,
)
from oms.regrouping.merge_orders import OTHER_ACCOUNT, OTHER_ADDRESS, OTHER_BUYER, MergeOrders, merge_orders
from oms.regrouping.split_order import OrderSplit, SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from oms.regrouping.write_moves import retotal
from tests.support.builders import a_customer, a_location, a_policy, a_sku, an_allocation_policy, stock
from tests.support.configuration import an_order_type, publish_defaults

POLICY = a_policy(allocation=an_allocation_policy())


def goods(work: Work) -> None:
    """Tea in Hamburg, cups in Munich, and a third of a cent's trouble in the prices."""
    if not work.scalar("SELECT 1 FROM config_releases WHERE tenant_id = %(t)s", {"t": work.tenant_id}):
        publish_defaults(work)
    a_sku(work, "TEA", price="3.33", tax_rate="0.19")
    a_sku(work, "CUP", price="0.37", tax_rate="0.07")
    a_customer(work, limit="100000")
    ham, muc = a_location(work, "ham"), a_location(work, "muc")
    stock(work, "TEA", at=ham, on_hand="5")
    stock(work, "TEA", at=muc, on_hand="4")
    stock(work, "CUP", at=muc, on_hand="50")


def order(work: Work, *lines: tuple[str, str], **more: Any) -> OrderPlaced:
    wanted = tuple(LineRequest(sku=sku, quantity=Decimal(quantity)) for sku, quantity in lines)
    command = PlaceOrder(
        **{"order_type": "standard", "channel": "test", "lines": wanted, "customer_number": "C-1", **more}
    )
    return place_order(work, command, POLICY)


def rows(work: Work, sql: str, **parameters: Any) -> list[Any]:
    return list(work.rows(sql, {"t": work.tenant_id, **parameters}))


def lines_of(work: Work, order_id: UUID) -> list[Any]:
    return rows(
        work, "SELECT * FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY line_no", o=order_id
    )


def head(work: Work, order_id: UUID) -> Any:
    return rows(work, "SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(o)s", o=order_id)[0]


def proof(work: Work) -> None:
    """Every sum that must hold whatever happened."""
    assert not rows(
        work,
        """SELECT o.number FROM orders o LEFT JOIN (SELECT order_id, net, tax FROM order_lines UNION ALL
          SELECT order_id, net, tax FROM order_charges) l ON l.order_id = o.id
        WHERE o.tenant_id = %(t)s GROUP BY o.tenant_id, o.id
        HAVING (o.net_total, o.tax_total) <> (coalesce(sum(l.net), 0), coalesce(sum(l.tax), 0))""",
    ), "totals are the lines' and charges'"
    assert not rows(
        work,
        """SELECT l.sku FROM order_lines l WHERE l.tenant_id = %(t)s AND l.discount <> coalesce((SELECT sum(a.amount)
          FROM order_adjustments a WHERE a.tenant_id = %(t)s AND a.line_id = l.id AND a.order_id = l.order_id), 0)""",
    ), "a line's discount is what its adjustments say"
    assert not rows(
        work,
        """SELECT a.source FROM order_adjustments a LEFT JOIN promotion_redemptions r ON r.tenant_id = %(t)s
          AND r.order_id = a.order_id AND a.source = 'promotion/' || r.promotion
        WHERE a.tenant_id = %(t)s AND a.source = 'promotion/spring'
        GROUP BY a.order_id, a.source, r.amount HAVING sum(a.amount) IS DISTINCT FROM r.amount""",
    ), "an order has redeemed what it takes off"
    assert not rows(
        work,
        """SELECT l.sku FROM order_lines l WHERE l.tenant_id = %(t)s AND l.allocated <> coalesce((SELECT
          sum(a.quantity - a.released) FROM allocations a WHERE a.tenant_id = %(t)s AND a.line_id = l.id
          AND a.order_id = l.order_id), 0)""",
    ), "a line is promised what its allocations say"
    assert not rows(
        work,
        """SELECT o.number FROM orders o WHERE o.tenant_id = %(t)s AND coalesce((SELECT sum(m.allocated_change)
          FROM stock_movements m WHERE m.tenant_id = %(t)s AND m.order_id = o.id), 0) <> coalesce((SELECT
          sum(l.allocated - l.shipped) FROM order_lines l WHERE l.tenant_id = %(t)s AND l.order_id = o.id), 0)""",
    ), "an order's movements add up to what it is promised"
    assert not rows(
        work,
        """SELECT p.sku_id FROM stock_positions p WHERE p.tenant_id = %(t)s AND p.allocated <> coalesce((SELECT
          sum(a.quantity - a.released - a.shipped) FROM allocations a WHERE a.tenant_id = %(t)s AND a.sku_id = p.sku_id
          AND a.location_id = p.location_id), 0)""",
    ), "positions are promised what allocations say"
    assert not rows(
        work,
        """SELECT o.number FROM orders o WHERE o.tenant_id = %(t)s AND o.credit_exposed <> coalesce((SELECT
          sum(e.amount) FROM credit_entries e WHERE e.tenant_id = %(t)s AND e.order_id = o.id
          AND e.account_id = o.credit_account_id AND e.bucket = 'open_orders'), 0)""",
    ), "what an order counts is what was booked for it"
    assert not rows(
        work,
        """SELECT a.number FROM credit_accounts a WHERE a.tenant_id = %(t)s AND a.open_orders <> coalesce((SELECT
          sum(o.credit_exposed) FROM orders o WHERE o.tenant_id = %(t)s AND o.credit_account_id = a.id), 0)
          AND NOT EXISTS (SELECT FROM credit_accounts b WHERE b.tenant_id = %(t)s AND b.parent_id = a.id)""",
    ), "an account counts what its orders do"


def split(work: Work, placed: OrderPlaced, *units: dict[int, str], **more: Any) -> OrderSplit:
    lines = {line.line_no: line.id for line in lines_of(work, placed.order_id)}
    groups = tuple(SplitOff(units={lines[no]: Decimal(n) for no, n in group.items()}) for group in units)
    return split_order(work, SplitOrder(order_id=placed.order_id, groups=groups, **more))


def test_a_split_keeps_every_cent_piece_and_promise(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "10"), ("CUP", "7"))
    before = lines_of(work, placed.order_id)
    outcome = split(work, placed, {1: "3"}, {1: "2", 2: "7"})
    assert [one.number for one in outcome.orders] == [f"{placed.number}-2", f"{placed.number}-3"]
    assert outcome.total + sum(one.total for one in outcome.orders) == placed.total
    parts = [lines_of(work, order_id) for order_id in (placed.order_id, *(one.id for one in outcome.orders))]
    tea = [line for group in parts for line in group if line.sku == "TEA"]
    assert [line.ordered for line in tea] == [5, 3, 2]
    for column in ("ordered", "allocated", "backordered", "net", "tax", "gross", "unit_quantity"):
        assert sum(getattr(line, column) for line in tea) == getattr(before[0], column), column
    assert tea[1].backordered == 1, "what nobody has promised goes first"
    assert parts[2][1].id == before[1].id, "a whole line keeps its row"
    assert {head(work, one.id).parent_id for one in outcome.orders} == {placed.order_id}
    proof(work)


def test_by_promise_a_location_gets_its_own_order(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "8"), ("CUP", "7"))
    munich = rows(
        work,
        """SELECT a.id, a.quantity FROM allocations a JOIN locations l ON l.tenant_id = %(t)s AND l.id = a.location_id
        WHERE a.tenant_id = %(t)s AND a.order_id = %(o)s AND l.key = 'muc'""",
        o=placed.order_id,
    )
    group = SplitOff(promised={row.id: row.quantity for row in munich}, label="muc")
    outcome = split_order(work, SplitOrder(order_id=placed.order_id, groups=(group,)))
    keys = rows(
        work,
        """SELECT DISTINCT o.number, l.key FROM allocations a JOIN orders o ON o.tenant_id = %(t)s AND o.id = a.order_id
        JOIN locations l ON l.tenant_id = %(t)s AND l.id = a.location_id
        WHERE a.tenant_id = %(t)s AND a.released < a.quantity ORDER BY 1""",
    )
    assert [row.key for row in keys] == ["ham", "muc"]
    assert outcome.total + outcome.orders[0].total == placed.total
    proof(work)


def test_a_split_takes_the_stops_along(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "4"))
    place_hold(work, PlaceHold(order_id=placed.order_id, reason="Call first", type="address"))
    child = split(work, placed, {1: "1"}).orders[0]
    holds = rows(work, "SELECT type, reason FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s", o=child.id)
    assert [tuple(hold) for hold in holds] == [("address", "Call first")]
    assert head(work, child.id).open_holds == 1


@pytest.mark.parametrize(
    ("units", "refusal"), [([{1: "4"}], NothingToSplit), ([{}], NothingToSplit), ([{1: "5"}], TooManyUnits),
                           ([{1: "3"}, {1: "2"}], TooManyUnits)],
)  # fmt: skip
def test_what_cannot_be_split_is_refused(work: Work, units: list[dict[int, str]], refusal: type[Exception]) -> None:
    goods(work)
    placed = order(work, ("TEA", "4"))
    with pytest.raises(refusal):
        split(work, placed, *units)


def test_a_sealed_order_says_why(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "4"))
    work.execute("UPDATE orders SET sealed = 'cash on delivery' WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    with pytest.raises(OrderSealed) as refused:
        split(work, placed, {1: "1"})
    assert refused.value.facts["because"] == "cash on delivery"


def test_a_merge_takes_lines_money_promises_and_notes(work: Work) -> None:
    goods(work)
    first = order(work, ("TEA", "3"), buyer_note="Ring twice", tags=("a",))
    second = order(work, ("TEA", "8"), ("CUP", "2"), buyer_note="Back door", tags=("b", "a"))
    place_hold(work, PlaceHold(order_id=second.order_id, reason="Address?", type="address"))
    merged = merge_orders(work, MergeOrders(order_ids=(second.order_id, first.order_id)))
    assert merged.order_id == first.order_id
    assert merged.total == first.total + second.total
    into, gone = head(work, first.order_id), head(work, second.order_id)
    assert (into.buyer_note, into.tags, into.open_holds) == ("Ring twice\nBack door", ["a", "b"], 1)
    assert (gone.status, gone.merged_into, gone.total, gone.credit_exposed) == ("closed", first.order_id, 0, 0)
    assert [line.line_no for line in lines_of(work, first.order_id)] == [1, 2, 3]
    proof(work)


def test_orders_that_differ_are_not_merged(work: Work) -> None:
    goods(work)
    a_customer(work, "C-2")
    one = order(work, ("TEA", "1"))
    other_buyer = order(work, ("TEA", "1"), customer_number="C-2")
    address = {"recipient": "Bo", "street": "2 Side St", "city": "Kiel", "country": "DE"}
    other_address = order(work, ("TEA", "1"), ship_to=address)
    unpaid = order(work, ("TEA", "1"))  # as one that waits for payment in advance
    work.execute(
        "UPDATE orders SET credit_account_id = NULL, credit_exposed = 0 WHERE tenant_id = %(t)s AND id = %(o)s",
        {"t": work.tenant_id, "o": unpaid.order_id},
    )
    for other, because in ((other_buyer, OTHER_BUYER), (other_address, OTHER_ADDRESS), (unpaid, OTHER_ACCOUNT)):
        with pytest.raises(OrdersDiffer) as refused:
            merge_orders(work, MergeOrders(order_ids=(one.order_id, other.order_id)))
        assert refused.value.facts["because"] == because
    with pytest.raises(OneOrder):
        merge_orders(work, MergeOrders(order_ids=(one.order_id, one.order_id)))


def test_where_the_receiver_is_hidden_only_the_channels_key_counts(work: Work) -> None:
    goods(work)
    one, two, three = (order(work, ("TEA", "1")) for _ in range(3))
    for placed, key in ((one, "w47-a"), (two, "w47-b"), (three, "w47-a")):
        work.execute(
            "UPDATE orders SET receiver_hidden = true, merge_key = %(key)s WHERE tenant_id = %(t)s AND id = %(o)s",
            {"t": work.tenant_id, "o": placed.order_id, "key": key},
        )
    with pytest.raises(OrdersDiffer):
        merge_orders(work, MergeOrders(order_ids=(one.order_id, two.order_id)))
    assert merge_orders(work, MergeOrders(order_ids=(one.order_id, three.order_id))).order_id == one.order_id


def discounted(work: Work, placed: OrderPlaced, **off: str) -> None:
    """As if two promotions had taken `off` from the lines of these SKUs, and 4.90 of freight were charged."""
    given = {"t": work.tenant_id, "o": placed.order_id}
    for line in lines_of(work, placed.order_id):
        amount = Decimal(off.get(line.sku, "0"))
        if amount:
            work.execute(
                "UPDATE order_lines SET discount = %(a)s, net = net - %(a)s, gross = gross - %(a)s"
                " WHERE tenant_id = %(t)s AND id = %(l)s", {**given, "l": line.id, "a": amount},
            )  # fmt: skip
            for source, part in (("promotion/spring", amount - Decimal("0.01")), ("promotion/cent", Decimal("0.01"))):
                work.execute(
                    "INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, amount)"
                    " VALUES (%(t)s, %(id)s, %(o)s, %(l)s, %(source)s, '{}', %(a)s)",
                    {**given, "id": new_id(), "l": line.id, "source": source, "a": part},
                )
    work.execute(
        "INSERT INTO order_charges (tenant_id, id, order_id, position, kind, label, source, price, tax_class, tax_rate,"
        " net, tax, gross) VALUES (%(t)s, %(id)s, %(o)s, 1, 'freight', '{}', 'test', 4.9, 'f', 0, 4.9, 0, 4.9)",
        {**given, "id": new_id()},
    )
    work.execute(
        "INSERT INTO promotion_redemptions (tenant_id, id, order_id, customer_id, promotion, amount, redeemed_at)"
        " SELECT %(t)s, %(id)s, o.id, o.customer_id, 'spring', (SELECT sum(amount) FROM order_adjustments a"
        " WHERE a.tenant_id = %(t)s AND a.order_id = o.id AND a.source = 'promotion/spring'), now()"
        " FROM orders o WHERE o.tenant_id = %(t)s AND o.id = %(o)s",
        {**given, "id": new_id()},
    )
    before = head(work, placed.order_id)
    total = retotal(work, [placed.order_id])[placed.order_id]
    book_exposure(
        work, before.credit_account_id, "open_orders", total - before.total, cause="test", order_id=placed.order_id
    )
    work.execute("UPDATE orders SET credit_exposed = total WHERE tenant_id = %(t)s AND id = %(o)s", given)
    work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work.execute("SET CONSTRAINTS ALL DEFERRED")


def test_discounts_charges_and_redemptions_go_along_and_come_back(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "7"), ("CUP", "9")), order(work, ("TEA", "3"))
    discounted(work, first, TEA="2.00", CUP="0.50")
    discounted(work, second, TEA="1.00")
    before, whole = comparable(work), head(work, first.order_id).total + head(work, second.order_id).total
    merged = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    assert merged.total == whole
    proof(work)
    outcome = split(work, first, {1: "2", 2: "4"}, {1: "1", 3: "3"})
    assert outcome.total + sum(one.total for one in outcome.orders) == whole
    proof(work)
    undo_move(work, UndoMove(order_id=first.order_id, move_id=outcome.move_id))
    proof(work)
    undo_move(work, UndoMove(order_id=first.order_id, move_id=merged.move_id))
    proof(work)
    work.execute("SET CONSTRAINTS ALL IMMEDIATE")
    work.execute("SET CONSTRAINTS ALL DEFERRED")
    assert comparable(work) == before


def test_payments_are_shared_and_come_back(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "7")), order(work, ("TEA", "3"))
    before = [(head(work, one.order_id).total, head(work, one.order_id).payment_status) for one in (first, second)]
    for placed, amount in ((first, "10.01"), (second, "3.33")):
        receive_payment(work, ReceivePayment(order_id=placed.order_id, amount=Decimal(amount), method="bank"))
    outcome = split(work, first, {1: "2"}, {1: "1"})
    paid = [head(work, one).paid_total for one in (first.order_id, *(one.id for one in outcome.orders))]
    assert sum(paid) == Decimal("10.01") and min(paid) > 1
    proof(work)
    undo_move(work, UndoMove(order_id=first.order_id, move_id=outcome.move_id))
    assert head(work, first.order_id).paid_total == Decimal("10.01")
    merged = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    assert head(work, first.order_id).paid_total == Decimal("13.34")
    assert head(work, first.order_id).payment_status == "partially_paid"
    undo_move(work, UndoMove(order_id=first.order_id, move_id=merged.move_id))
    assert [head(work, one.order_id).paid_total for one in (first, second)] == [Decimal("10.01"), Decimal("3.33")]
    assert [head(work, one.order_id).total for one in (first, second)] == [total for total, _ in before]
    books = rows(
        work,
        """SELECT sum(credit) - sum(debit) AS deposits FROM ledger_entries
        WHERE tenant_id = %(t)s AND account = 'deposits'""",
    )
    assert books[0].deposits == Decimal("13.34")
    proof(work)


def test_what_was_paid_for_a_part_in_advance_counts_once_when_the_parts_are_one_again(work: Work) -> None:
    prepaid = an_order_type(prepayment_percent=100, credit={"policy": "ignore"})
    publish_defaults(work, {"order_type/standard": prepaid})
    goods(work)
    lines = (LineRequest(sku="TEA", quantity=Decimal(4)),)
    placed = place(work, PlaceOrder(order_type="standard", channel="api", customer_number="C-1", lines=lines))
    outcome = split(work, placed, {1: "1"})
    child = outcome.orders[0]
    receive_payment(work, ReceivePayment(order_id=child.id, amount=child.total, method="bank"))
    assert head(work, child.id).credit_exposed == child.total and head(work, placed.order_id).credit_exposed == 0

    undo_move(work, UndoMove(order_id=placed.order_id, move_id=outcome.move_id))

    assert (head(work, child.id).credit_exposed, head(work, placed.order_id).credit_exposed) == (0, child.total)
    proof(work)


def comparable(work: Work) -> list[tuple[Any, ...]]:
    """All that an undoing must bring back."""
    found = rows(
        work,
        """SELECT o.number, o.status, o.total, o.credit_exposed, o.fulfilment_status, o.backordered, o.open_holds,
          l.line_no, l.sku, l.ordered, l.unit, l.unit_quantity, l.allocated, l.backordered AS waits, l.net, l.tax
        FROM orders o JOIN order_lines l ON l.tenant_id = %(t)s AND l.order_id = o.id AND l.ordered > 0
        WHERE o.tenant_id = %(t)s ORDER BY o.number, l.line_no""",
    )
    return [tuple(row) for row in found]


def test_a_split_can_be_taken_back(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "10"), ("CUP", "7"))
    place_hold(work, PlaceHold(order_id=placed.order_id, reason="Wait"))
    before = comparable(work)
    outcome = split(work, placed, {1: "3"}, {1: "2", 2: "7"})
    undone = undo_move(work, UndoMove(order_id=placed.order_id, move_id=outcome.move_id))
    assert undone.total == placed.total
    assert comparable(work) == before
    assert {head(work, one.id).merged_into for one in outcome.orders} == {placed.order_id}
    proof(work)
    with pytest.raises(MoveStands):
        undo_move(work, UndoMove(order_id=placed.order_id, move_id=outcome.move_id))


def test_a_merge_can_be_taken_back(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "3")), order(work, ("TEA", "8"), ("CUP", "2"))
    before = comparable(work)
    merged = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    undo_move(work, UndoMove(order_id=first.order_id, move_id=merged.move_id))
    assert comparable(work) == before
    proof(work)


def test_stops_go_back_with_the_order_that_brought_them(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "3")), order(work, ("TEA", "8"))
    place_hold(work, PlaceHold(order_id=first.order_id, reason="Own"))
    place_hold(work, PlaceHold(order_id=first.order_id, reason="Both"))
    place_hold(work, PlaceHold(order_id=second.order_id, reason="Both"))
    place_hold(work, PlaceHold(order_id=second.order_id, reason="Brought", type="address"))
    before = comparable(work)
    merged = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    assert standing(work, first.order_id) == ["Both", "Brought", "Own"]

    undo_move(work, UndoMove(order_id=first.order_id, move_id=merged.move_id))

    assert (standing(work, first.order_id), standing(work, second.order_id)) == (["Both", "Own"], ["Both", "Brought"])
    assert comparable(work) == before
    proof(work)


def test_a_stop_placed_on_a_merged_order_stands_on_both_when_it_comes_apart(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "3")), order(work, ("TEA", "8"))
    merged = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    place_hold(work, PlaceHold(order_id=first.order_id, reason="Call"))

    undo_move(work, UndoMove(order_id=first.order_id, move_id=merged.move_id))

    assert standing(work, first.order_id) == standing(work, second.order_id) == ["Call"]


def standing(work: Work, order_id: UUID) -> list[str]:
    """Reasons of the stops that stand, in the order of the alphabet."""
    query = """SELECT reason FROM order_holds
        WHERE tenant_id = %(t)s AND order_id = %(o)s AND released_at IS NULL ORDER BY reason"""
    return [row.reason for row in rows(work, query, o=order_id)]


def test_nothing_that_moved_on_is_taken_back(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "6"))
    outcome = split(work, placed, {1: "3"})
    child = outcome.orders[0]
    line = lines_of(work, child.id)[0]
    cancel_order(
        work, CancelOrder(order_id=child.id, reason=CancelReason.STAFF, quantities={line.id: Decimal(1)}), Rounding()
    )
    proof(work)
    with pytest.raises(MoveStands):
        undo_move(work, UndoMove(order_id=placed.order_id, move_id=outcome.move_id))
    with pytest.raises(MoveNotFound):
        undo_move(work, UndoMove(order_id=child.id, move_id=outcome.move_id))


@pytest.mark.parametrize("invoiced", ["parent", "child", "merged"])
def test_what_was_invoiced_since_stays_where_its_invoice_names_it(work: Work, invoiced: str) -> None:
    goods(work)
    first, second = order(work, ("TEA", "6")), order(work, ("TEA", "2"))
    if invoiced == "merged":
        move = merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id))).move_id
        of = first.order_id
    else:
        outcome = split(work, first, {1: "3"})
        move, of = outcome.move_id, first.order_id if invoiced == "parent" else outcome.orders[0].id
    invoice = invoice_order(work, InvoiceOrder(order_id=of))
    with pytest.raises(MoveStands):
        undo_move(work, UndoMove(order_id=first.order_id, move_id=move))

    credit_invoice(work, CreditInvoice(invoice_id=invoice.invoice_id, reason="wrong address", void=True))
    undo_move(work, UndoMove(order_id=first.order_id, move_id=move))

    proof(work)


def test_a_line_comes_back_behind_the_others_where_its_number_is_taken(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "2"), ("CUP", "3"))
    outcome = split(work, placed, {2: "3"})
    change = open_change(work, OpenChange(order_id=placed.order_id, actions=(AddLine(sku="CUP", quantity=Decimal(1)),)))
    confirm_change(work, CloseChange(order_id=placed.order_id, change_id=change))

    undo_move(work, UndoMove(order_id=placed.order_id, move_id=outcome.move_id))

    assert [(line.line_no, line.sku, line.ordered) for line in lines_of(work, placed.order_id)] == [
        (1, "TEA", 2), (2, "CUP", 1), (3, "CUP", 3),
    ]  # fmt: skip
    proof(work)


def test_a_closed_order_is_left_alone(work: Work) -> None:
    goods(work)
    first, second = order(work, ("TEA", "3")), order(work, ("CUP", "2"))
    merge_orders(work, MergeOrders(order_ids=(first.order_id, second.order_id)))
    with pytest.raises(OrderSealed):
        split(work, second, {1: "1"}) if lines_of(work, second.order_id) else split_order(
            work, SplitOrder(order_id=second.order_id, groups=())
        )
    with pytest.raises(OrderNotOpen):
        cancel_order(work, CancelOrder(order_id=second.order_id, reason=CancelReason.STAFF), Rounding())
