"""Steps that orders take, each beside what it must make of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.backorders.ask_buyer import AskBuyer, ask_buyer
from oms.changes.actions import AddLine, SetQuantity
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.changes.preview_change import preview_change
from oms.instalments.plan import Instalment
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.allocate_batch import AllocateBatch, allocate_batch
from oms.placement.allocate_due import allocate_due_deliveries, orders_with_due_deliveries
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule, follow_release
from oms.placement.place import place
from oms.placement.refuse_location import RefuseLocation, refuse_location
from oms.placement.set_priority import SetPriority, set_priority
from oms.placement.short_close import ShortClose, short_close
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from tests.oms.lives.company import BOX, CUSTOMERS, DEPOSIT, PLACES, PRICES, price_of
from tests.oms.lives.paper import Line, Order
from tests.oms.lives.pencil import Priced, Ware, Written, bill, priced, remains, shares
from tests.oms.lives.whole import REFUSED, Base


class OrderSteps(Base):
    moves: list[tuple[UUID, UUID]]

    def place(self, one: int, two: int) -> None:
        self._place(one, two, "standard")

    def place_prepaid(self, one: int, two: int) -> None:
        self._place(one, two, "prepaid")

    def place_deposit(self, one: int, two: int) -> None:
        self._place(one, two, "deposit")

    def place_planned(self, one: int, two: int) -> None:
        """Two deliveries of one line, the second beyond what is promised ahead."""
        self._place(one, two, "standard", planned=True)

    def _place(self, one: int, two: int, kind: str, *, planned: bool = False) -> None:
        customer = CUSTOMERS[(one + two) % 3]
        buyer = self.buyers.stands[customer]
        boxes = one % 3 if one % 4 == 1 else 0
        wanted = [("TEA", one % 29, boxes), ("CUP", two % 5, 0), ("CHEESE", (one + two) % 4, 0), ("PIN", two % 7, 0)]
        wanted = [each for each in wanted if each[1] + each[2]] or [("TEA", 1, 0)]
        requests, wares = [], []
        for sku, units, packed in wanted:
            if packed:
                requests.append(LineRequest(sku=sku, quantity=Decimal(packed), unit="box"))
                units = packed * BOX
            elif planned and units > 1:
                later = self.work.today + timedelta(days=9)
                plan = (
                    Instalment(due_on=self.work.today, quantity=Decimal(1)),
                    Instalment(due_on=later, quantity=Decimal(units - 1)),
                )
                requests.append(LineRequest(sku=sku, quantity=Decimal(units), instalments=plan))
            else:
                requests.append(LineRequest(sku=sku, quantity=Decimal(units)))
            wares.append(Ware(sku, units, price_of(sku, units, agreed=buyer == self.buyers.agreed), self.rate(sku)))
        coupon = two % 3 == 0 and any(ware.sku in {"TEA", "CUP"} for ware in wares)
        expected = bill(wares, self.way, coupon=coupon)
        used = self.coupon_uses()
        command = PlaceOrder(
            order_type=kind, channel="console", customer_number=customer, lines=tuple(requests),
            coupons=("SPRING",) if coupon else (), priority=two % 10,
        )  # fmt: skip
        done = self.do(lambda: place(self.work, command), one)
        if done is REFUSED:
            assert coupon and (used >= 6 or not expected.uses.get("spring")), self.refusal
            return
        order = self.read(done.order_id)
        assert not coupon or used < 6
        assert [(line.sku, line.ordered, line.off, line.net, line.tax) for line in order.lines.values()] == [
            (ware.sku, ware.units, each.off, each.net, each.tax)
            for ware, each in zip(wares, expected.lines, strict=True)
        ]
        assert (order.freight, order.takes) == ((expected.freight.net, expected.freight.tax), expected.uses)
        assert order.total == expected.total
        assert order.exposed == (expected.total if kind != "prepaid" and self.buyers.account[buyer] else 0)
        share = {"standard": Fraction(0), "prepaid": Fraction(1), "deposit": Fraction(DEPOSIT, 100)}[kind]
        assert order.required == int(expected.total * share + Fraction(1, 2))

    def cancel(self, one: int, two: int) -> None:
        picked = self.line(one, two)
        if picked is None:
            return
        order, key, line = picked
        units = two % line.counts + 1
        command = CancelOrder(order_id=order.id, reason=CancelReason.CUSTOMER, quantities={key: Decimal(units)})
        if self.do(lambda: cancel_under_approval(self.work, command), one + two) is REFUSED:
            assert units > line.counts - line.invoiced
            return
        self.cancelled(order, {key: units})

    def cancel_all(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is None or two % 4:
            return
        gone = {key: line.counts - line.invoiced for key, line in order.lines.items() if line.counts > line.invoiced}
        command = CancelOrder(order_id=order.id, reason=CancelReason.OTHER)
        if self.do(lambda: cancel_under_approval(self.work, command), one) is REFUSED:
            assert not gone
            return
        self.cancelled(order, gone)

    def close_short(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is None or two % 3:
            return
        gone = {key: line.counts - line.promised for key, line in order.lines.items() if line.counts > line.promised}
        if self.do(lambda: short_close(self.work, ShortClose(order_id=order.id)), two) is REFUSED:
            assert not gone or any(
                gone[key] > line.counts - line.invoiced for key, line in order.lines.items() if key in gone
            )
            return
        self.cancelled(order, gone)

    def cancelled(self, before: Order, gone: dict[UUID, int]) -> None:
        """Who goes takes his share of the discount with him; what is left is rounded as the whole was."""
        after = self.read(before.id)
        for key, line in before.lines.items():
            now, units = after.lines[key], gone.get(key, 0)
            expected = (line.ordered, line.cancelled + units, min(line.promised, line.counts - units))
            assert (now.ordered, now.cancelled, now.promised) == expected
            if not units:
                assert (now.off, now.net, now.tax) == (line.off, line.net, line.tax)
                continue
            left = line.ware(line.counts - units)
            cost = priced(left, remains(line.off, line.counts, left, self.way), self.way)
            if left.units and left.units == line.invoiced:
                assert (now.net, now.tax) == (line.invoiced_net, line.invoiced_tax)
            else:
                assert (now.off, now.net, now.tax) == (cost.off, cost.net, cost.tax)
        nothing = not after.counts
        assert after.state == ("cancelled" if nothing else "placed")
        assert after.freight == ((0, 0) if nothing else before.freight)
        assert after.total == after.lines_total
        assert not nothing or (after.held, after.exposed) == (0, 0)

    def change(self, one: int, two: int) -> None:
        picked = self.line(one, two)
        if picked is None:
            return
        order, key, line = picked
        units = two % 31
        if not units and order.counts == line.counts:
            units = 1
        added = ("CUP", "TEA", "PIN")[one % 3] if two % 5 == 0 else None
        actions: tuple[Any, ...] = (SetQuantity(line_id=key, quantity=Decimal(units)),)
        if added:
            actions += (AddLine(sku=added, quantity=Decimal(2)),)
        preview = None
        if units >= line.invoiced:
            preview = preview_change(self.work, order.id, actions)

        def run() -> Any:
            opened = open_change(self.work, OpenChange(order_id=order.id, actions=actions))
            return confirm_change(self.work, CloseChange(order_id=order.id, change_id=opened))

        if self.do(run, two) is REFUSED:
            assert units < line.invoiced, self.refusal
            return
        assert units >= line.invoiced and preview is not None
        self.changed(order, key, units, added)
        assert self.way.of(preview.total_after) == self.read(order.id).total

    def changed(self, before: Order, key: UUID, units: int, added: str | None) -> None:
        """Agreed prices stay; promotions and freight are decided anew, for the order as it is now."""
        after = self.read(before.id)
        stays = {
            at: line.ware(units if at == key else None)
            for at, line in before.lines.items()
            if (units if at == key else line.counts)
        }
        wares = list(stays.values())
        written = {
            index: self.written(before.lines[at], ware)
            for index, (at, ware) in enumerate(stays.items())
            if ware.units == before.lines[at].invoiced
        }
        if added:
            number = self.customer_number(before.customer)
            of_sku = 2 + sum(ware.units for ware in wares if ware.sku == added)
            wares.append(Ware(added, 2, price_of(added, of_sku, agreed=number == self.buyers.agreed), self.rate(added)))
        expected = bill(wares, self.way, coupon=before.coupon, written=written)
        lines = [line for line in after.lines.values() if line.counts]
        assert [(line.sku, line.counts) for line in lines] == [(ware.sku, ware.units) for ware in wares]
        assert [(line.off, line.net, line.tax) for line in lines] == [
            (cost.off, cost.net, cost.tax) for cost in expected.lines
        ]
        assert after.takes == expected.uses and after.total == expected.total
        assert after.freight == (expected.freight.net, expected.freight.tax)
        assert after.total == after.lines_total
        now = after.lines[key]
        had = before.lines[key]
        assert now.ordered == had.ordered + max(units - had.counts, 0)
        assert now.cancelled == had.cancelled + max(had.counts - units, 0)
        assert now.promised >= min(had.promised, units)

    def written(self, line: Line, ware: Ware) -> Written:
        """What an invoice names stands. Who goes without being invoiced takes his share of the discount with him."""
        left = line.off if ware.units == line.counts else remains(line.off, line.counts, ware, self.way)
        takes = dict(zip(line.takes, shares(left, list(line.takes.values())), strict=True)) if line.takes else {}
        return Written(Priced(line.invoiced_net, line.invoiced_tax, left), takes)

    def split(self, one: int, two: int) -> None:
        picked = self.line(one, two)
        if picked is None:
            return
        order, key, line = picked
        units = one % line.counts + 1
        command = SplitOrder(order_id=order.id, groups=(SplitOff(units={key: Decimal(units)}),))
        done = self.do(lambda: split_order(self.work, command), one)
        if done is REFUSED:
            assert units == order.counts or order.billed or any(each.invoiced for each in order.lines.values()), (
                self.refusal
            )
            return
        self.moves.append((order.id, done.move_id))
        stays, goes = self.read(order.id), self.read(done.orders[0].id)
        self.same_sums([order], [stays, goes])
        (part,) = goes.lines.values()
        if units == line.ordered and not line.cancelled:
            assert list(goes.lines) == [key] and (part.off, part.net, part.tax) == (line.off, line.net, line.tax)
        else:
            weights = [line.counts - units, units]
            assert [shares(each, weights)[1] for each in (line.off, line.net, line.tax)] == [
                part.off,
                part.net,
                part.tax,
            ]
        assert part.promised == max(units - (line.counts - line.promised), 0), "free units go first"
        assert stays.freight == order.freight and goes.freight == (0, 0)

    def merge(self, one: int, two: int) -> None:
        found = self.orders()
        if not found:
            return
        first, second = found[one % len(found)], found[two % len(found)]
        if first.id == second.id:
            return
        command = MergeOrders(order_ids=(first.id, second.id))
        done = self.do(lambda: merge_orders(self.work, command), two)
        if done is REFUSED:
            return
        self.moves.append((done.order_id, done.move_id))
        into, other = (
            self.read(each) for each in (done.order_id, first.id if done.order_id == second.id else second.id)
        )
        self.same_sums([first, second], [into, other])
        assert other.state == "closed" and other.total == 0 and not other.counts
        assert first.customer == second.customer and first.prepaid == second.prepaid

    def undo(self, one: int, two: int) -> None:
        if not self.moves:
            return
        order, move = self.moves[one % len(self.moves)]
        before = self.all()
        if self.do(lambda: undo_move(self.work, UndoMove(order_id=order, move_id=move)), one) is REFUSED:
            return
        self.moves.remove((order, move))
        self.same_sums(list(before.values()), list(self.all().values()))

    def same_sums(self, before: list[Order], after: list[Order]) -> None:
        """To the coin and to the piece, together."""

        def sums(orders: list[Order]) -> dict[str, Any]:
            lines = [line for order in orders for line in order.lines.values()]
            names = (
                [name for name in asdict(lines[0]) if name not in {"sku", "price", "rate", "at", "takes"}]
                if lines
                else []
            )
            found: dict[str, Any] = {name: sum(getattr(line, name) for line in lines) for name in names}
            for name in ("total", "paid", "billed"):
                found[f"order {name}"] = sum(getattr(order, name) for order in orders)
            # One that was merged remembers what was asked for it in advance; what is paid too much counts nowhere.
            found["order required"] = sum(order.required for order in orders if order.state == "placed")
            found["order exposed"] = sum(order.exposed for order in orders if not order.required)
            found["freight"] = [sum(order.freight[at] for order in orders) for at in (0, 1)]
            for key in ("spring", "bulk", "free"):
                found[key] = sum(order.takes.get(key, 0) for order in orders)
            for key in PLACES:
                found[key] = sum(line.at.get(key, 0) for line in lines)
            return found

        assert sums(after) == sums(before)

    def hold(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is not None and two % 2:
            self.do(lambda: place_hold(self.work, PlaceHold(order_id=order.id, reason="wait")), two)

    def release(self, one: int, two: int) -> None:
        order = self.order(one, held=True)
        if order is None:
            return
        hold = self.work.row(
            "SELECT id FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s AND released_at IS NULL"
            " ORDER BY id LIMIT 1",
            {"t": self.work.tenant_id, "o": order.id},
        )
        assert hold is not None
        command = ReleaseHold(order_id=order.id, hold_id=hold.id, reason="go")
        self.do(lambda: follow_release(self.work, release_hold(self.work, command)), two)
        assert self.read(order.id).held == order.held - 1 or self.refusal

    def allocate(self, one: int, two: int) -> None:
        order = self.order(one, held=False)
        if order is not None:
            self.do(lambda: allocate_by_rule(self.work, order.id), two)

    def deallocate(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is None or two % 2:
            return
        command = DeallocateOrder(order_id=order.id, reason="others")
        if self.do(lambda: deallocate_order(self.work, command), two) is not REFUSED:
            assert not any(line.promised for line in self.read(order.id).lines.values())

    def batch(self, one: int, two: int) -> None:
        found = [order.id for order in self.orders()][: one % 6 + 1]
        mode: Any = "optimise" if two % 4 == 0 else "rules"
        if found:
            self.do(lambda: allocate_batch(self.work, AllocateBatch(order_ids=tuple(found), mode=mode)), two)

    def prioritise(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is None:
            return
        promised = sum(line.promised for line in order.lines.values())
        if (
            self.do(lambda: set_priority(self.work, SetPriority(order_id=order.id, priority=two % 10)), two)
            is not REFUSED
        ):
            assert sum(line.promised for line in self.read(order.id).lines.values()) >= promised

    def refuse(self, one: int, two: int) -> None:
        order = self.order(one, held=False)
        if order is None or two % 3:
            return
        place = PLACES[one % 2]
        command = RefuseLocation(order_id=order.id, location=place, reason="flood")
        if self.do(lambda: refuse_location(self.work, command), two) is not REFUSED:
            assert not any(line.at.get(place) for line in self.read(order.id).lines.values())

    def ask(self, one: int, two: int) -> None:
        """What waits: its buyer is asked, and answers."""
        order = self.order(one)
        if order is None:
            return
        asked = self.do(lambda: ask_buyer(self.work, AskBuyer(order_id=order.id)), two)
        if asked is REFUSED or not asked:
            return
        answer = ("wait", "cancel")[two % 2]
        command = AnswerQuestion(question_id=asked[0], answer=answer)
        self.do(lambda: answer_question(self.work, command), one)

    def due(self, one: int, two: int) -> None:
        """Days go by, and planned deliveries come near."""
        self.work.now += timedelta(days=one % 4)
        for order in orders_with_due_deliveries(self.work):
            self.do(lambda order=order: allocate_due_deliveries(self.work, order), two)  # type: ignore[misc]

    # helpers

    def rate(self, sku: str) -> Fraction:
        return PRICES[sku][1]

    def line(self, one: int, two: int) -> tuple[Order, UUID, Line] | None:
        order = self.order(one)
        lines = [(key, line) for key, line in order.lines.items() if line.counts] if order else []
        return (order, *lines[two % len(lines)]) if order and lines else None
