"""Random lives of orders: each step is done to the product and to the book, then both are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import DomainError
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.changes.actions import SetQuantity
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.changes.preview_change import preview_change
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule, follow_release
from oms.placement.place import place
from oms.receivables.checks import disagreements
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from tests.oms.lives.reckoning import Book, Line, Order, Shelf
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.builders import a_credit_account, a_customer, a_location, a_sku, sku_id, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.faults import Fault, failing_at

PRICES = {"TEA": (Decimal("1.37"), Decimal("0.19")), "CUP": (Decimal("33.33"), Decimal("0.07"))}


@dataclass
class Move:
    """What a split or merge of the book was, so that it can be taken back in it too."""

    kind: str
    id: UUID
    order: Order
    other: Order
    lines: Sequence[Line]
    source: Line | None
    whole: bool
    paid: Decimal
    undone: bool = False


class Life:
    """Steps take two numbers that choose. Each is first tried with a fault in its middle, which must leave nothing."""

    def __init__(self, work: Work) -> None:
        self.work, self.book, self.moves = work, Book(), list[Move]()
        for code, (price, rate) in PRICES.items():
            a_sku(work, code, price=str(price), tax_rate=str(rate))
        types = {"order_type/standard": an_order_type(credit={"policy": "warn", "check_at": ["place"]})}
        publish_defaults(work, types)
        self.account = a_credit_account(work, "CA", limit="100")
        self.customer = a_customer(work, "C-1", account=self.account)
        self.place_ = a_location(work, "ham")
        for code, units in (("TEA", 30), ("CUP", 9)):
            stock(work, code, at=self.place_, on_hand=str(units))
            self.book.shelves[code] = Shelf(on_hand=units)
        self.refused = self.done = self.stops = 0

    # steps

    def place(self, one: int, two: int) -> None:
        wanted = [(sku, units) for sku, units in (("TEA", one % 13), ("CUP", two % 4)) if units] or [("TEA", 1)]
        command = PlaceOrder(
            order_type="standard", channel="console", customer_id=self.customer,
            lines=tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in wanted),
        )  # fmt: skip
        placed = self._do(lambda: place(self.work, command), one)
        names = [row.id for row in self._lines(placed.order_id)]
        lines = [Line(name, sku, *PRICES[sku], units) for name, (sku, units) in zip(names, wanted, strict=True)]
        self.book.place(Order(placed.order_id, lines))

    def cancel(self, one: int, two: int) -> None:
        order, line = self._line(one, two)
        if order is None or line is None:
            return
        units = two % line.counts + 1
        command = CancelOrder(order_id=order.name, reason=CancelReason.CUSTOMER, quantities={line.name: Decimal(units)})
        self._do(lambda: cancel_under_approval(self.work, command), one + two)
        self.book.cancel(order, line, units)

    def change(self, one: int, two: int) -> None:
        order, line = self._line(one, two)
        if order is None or line is None:
            return
        units = two % 17
        if not units and sum(each.counts for each in order.lines) == line.counts:
            units = 1
        action = SetQuantity(line_id=line.name, quantity=Decimal(units))
        preview = preview_change(self.work, order.name, (action,))

        def run() -> Any:
            opened = open_change(self.work, OpenChange(order_id=order.name, actions=(action,)))
            return confirm_change(self.work, CloseChange(order_id=order.name, change_id=opened))

        self._do(run, two)
        self.book.change(order, line, units)
        assert preview.total_after == order.total

    def split(self, one: int, two: int) -> None:
        order, line = self._line(one, two)
        if order is None or line is None:
            return
        units = one % line.counts + 1
        if units == sum(each.counts for each in order.lines):
            return
        command = SplitOrder(order_id=order.name, groups=(SplitOff(units={line.name: Decimal(units)}),))
        done = self._do(lambda: split_order(self.work, command), one)
        whole = units == line.ordered and not line.cancelled
        name = self._lines(done.orders[0].id)[0].id
        child = self.book.split(order, line, units, done.orders[0].id, name)
        source = None if whole else line
        self.moves.append(Move("split", done.move_id, order, child, list(child.lines), source, whole, Decimal(0)))

    def merge(self, one: int, two: int) -> None:
        placed = [order for order in self.book.orders if order.state == "placed"]
        if len(placed) < 2:
            return
        first, second = one % len(placed), two % len(placed)
        if first == second:
            return
        pair = [placed[first], placed[second]]
        command = MergeOrders(order_ids=tuple(order.name for order in pair))
        done = self._do(lambda: merge_orders(self.work, command), two)
        into = next(order for order in pair if order.name == done.order_id)
        other = next(order for order in pair if order is not into)
        paid = other.paid
        moved = self.book.merge(into, other)
        self.moves.append(Move("merge", done.move_id, into, other, moved, None, True, paid))

    def undo(self, one: int, _two: int) -> None:
        standing = [move for move in self.moves if not move.undone]
        if not standing:
            return
        move = standing[one % len(standing)]
        command = UndoMove(order_id=move.order.name, move_id=move.id)
        try:
            self._do(lambda: undo_move(self.work, command), one)
        except DomainError:
            self.refused += 1
            return
        move.undone = True
        if move.kind == "split":
            source = move.source or move.lines[0]
            self.book.join(move.order, move.other, source, move.lines[0], whole=move.whole)
        else:
            self.book.part(move.order, move.other, move.lines, move.paid)

    def hold(self, one: int, two: int) -> None:
        order = self._order(one)
        if order is None:
            return
        self.stops += 1
        command = PlaceHold(order_id=order.name, reason=f"wait {self.stops}")
        self._do(lambda: place_hold(self.work, command), two)
        order.stops.add(command.reason)

    def release(self, one: int, two: int) -> None:
        order = self._order(one, held=True)
        if order is None:
            return
        while hold := self.work.row(
            "SELECT id FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s AND released_at IS NULL LIMIT 1",
            {"t": self.work.tenant_id, "o": order.name},
        ):
            command = ReleaseHold(order_id=order.name, hold_id=hold.id, reason="go")
            self._do(lambda: follow_release(self.work, release_hold(self.work, command)), two)  # noqa: B023
        order.stops.clear()
        self.book.promise(order)

    def allocate(self, one: int, two: int) -> None:
        order = self._order(one, held=False)
        if order is None:
            return
        self._do(lambda: allocate_by_rule(self.work, order.name), two)
        self.book.promise(order)

    def deallocate(self, one: int, two: int) -> None:
        order = self._order(one)
        if order is None or not any(line.promised for line in order.lines):
            return
        self._do(lambda: deallocate_order(self.work, DeallocateOrder(order_id=order.name, reason="others")), two)
        self.book.take_back(order)

    def receive(self, one: int, two: int) -> None:
        sku = ("TEA", "CUP")[one % 2]
        command = ReceiveStock(sku_id=sku_id(self.work, sku), location_id=self.place_, quantity=Decimal(two % 9 + 1))
        self._do(lambda: receive_stock(self.work, command), two)
        self.book.shelves[sku].on_hand += two % 9 + 1

    def pay(self, one: int, two: int) -> None:
        order = self._order(one)
        if order is None:
            return
        amount = Decimal(two * 37 + 1) / 100
        command = ReceivePayment(order_id=order.name, amount=amount, method="bank")
        self._do(lambda: receive_payment(self.work, command), two)
        order.paid += amount

    # comparison

    def agrees(self) -> None:
        """To the cent and to the piece; and every ledger adds up."""
        for order in self.book.orders:
            row = self.work.row(
                "SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
                {"t": self.work.tenant_id, "o": order.name},
            )
            assert row is not None
            told = (row.status, row.total, row.credit_exposed, row.paid_total, bool(row.open_holds))
            assert told == (order.state, order.total, order.exposed, order.paid, order.held), order
            lines = {
                line.id: (line.ordered, line.cancelled, line.allocated, line.net, line.tax)
                for line in self._lines(order.name)
            }
            assert lines == {
                line.name: (line.ordered, line.cancelled, line.promised, line.net, line.tax) for line in order.lines
            }, order
        for sku, shelf in self.book.shelves.items():
            row = self.work.row(
                "SELECT on_hand, allocated FROM stock_positions WHERE tenant_id = %(t)s AND sku_id = %(s)s",
                {"t": self.work.tenant_id, "s": sku_id(self.work, sku)},
            )
            assert row is not None
            assert tuple(row) == (shelf.on_hand, shelf.promised), sku
        proof(self.work)
        found = disagreements(self.work)
        assert not found, found
        self.work.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.work.execute("SET CONSTRAINTS ALL DEFERRED")

    # helpers

    def _do(self, run: Callable[[], Any], number: int) -> Any:
        """With a fault before some statement first; what was written until then is rolled back, as a crash would."""
        with self._savepoint():
            with failing_at(number % 23 + 1):
                run()
        self.done += 1
        return run()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self.work.flush()
        savepoint = self.work.connection.begin_nested()
        try:
            yield
        except (Fault, DomainError):
            pass
        finally:
            savepoint.rollback()

    def _lines(self, order_id: UUID) -> list[Any]:
        return self.work.rows(
            "SELECT * FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY line_no",
            {"t": self.work.tenant_id, "o": order_id},
        )

    def _order(self, number: int, held: bool | None = None) -> Order | None:
        found = [
            order for order in self.book.orders if order.state == "placed" and (held is None or order.held == held)
        ]
        return found[number % len(found)] if found else None

    def _line(self, one: int, two: int) -> tuple[Order | None, Line | None]:
        order = self._order(one)
        lines = [line for line in order.lines if line.counts] if order else []
        return order, lines[two % len(lines)] if lines else None
