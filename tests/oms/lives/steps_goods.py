"""Steps that goods and customers take beside orders. What is on hand is kept by plain arithmetic."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.channel_stock.save_rule import SaveChannelRule, end_channel_rule, save_channel_rule
from oms.customer_merging.merge_customers import MergeCustomers, merge_customers
from oms.customer_merging.undo_merge import UndoMerge, undo_merge
from oms.inventory.change_status import ChangeStatus, change_status
from oms.inventory.jobs import watch_expiry
from oms.inventory.lots import find_lots
from oms.inventory.move_stock import AdjustStock, ReceiveStock, adjust_stock, receive_stock
from oms.placement.fill_waiting import fill_page
from oms.reservations.release_reservation import expire_reservations, release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.close_count import approve_count, submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import send_transfer
from tests.oms.lives.company import CUSTOMERS, PLACES, PRICES
from tests.oms.lives.whole import REFUSED, Base

SKUS = tuple(PRICES)
LOT_DAYS = {"L1": 4, "L2": 400}


class GoodsSteps(Base):
    def receive(self, one: int, two: int) -> None:
        """Goods arrive, and whoever waits for them is served."""
        sku, place, units = SKUS[one % 4], PLACES[two % 2], two % 13 + 1
        lot = ("L1", "L2")[one % 2] if sku == "CHEESE" else ""
        expires = self.start + timedelta(days=LOT_DAYS[lot]) if lot else None
        command = ReceiveStock(
            sku_id=self.ids.skus[sku], location_id=self.ids.places[place], quantity=Decimal(units), lot=lot,
            expires_on=expires,
        )  # fmt: skip
        if self.do(lambda: receive_stock(self.work, command), two) is REFUSED:
            return
        self.shelf[sku, place] += units
        if one % 3:
            self.fill(one, two)

    def fill(self, one: int, two: int) -> None:
        """As the worker does it, a page at a time, until nobody is left."""
        sku, after = SKUS[one % 4], None
        for _ in range(40):
            after = self.do(lambda after=after: fill_page(self.work, self.ids.skus[sku], after=after, most=3), two)  # type: ignore[misc]
            if after is None:
                return
        raise AssertionError("filling never ends")

    def adjust(self, one: int, two: int) -> None:
        sku, place, units = SKUS[one % 4], PLACES[two % 2], two % 3 + 1
        command = AdjustStock(
            sku_id=self.ids.skus[sku], location_id=self.ids.places[place], change=Decimal(-units), reason="r",
            cause="loss", lot_id=self.lot(sku, one),
        )  # fmt: skip
        if self.do(lambda: adjust_stock(self.work, command), two) is not REFUSED:
            self.shelf[sku, place] -= units

    def put_aside(self, one: int, two: int) -> None:
        sku, place, units = SKUS[one % 4], PLACES[two % 2], two % 4 + 1
        back = one % 5 == 0
        command = ChangeStatus(
            sku_id=self.ids.skus[sku], location_id=self.ids.places[place], quantity=Decimal(units),
            from_status="quarantined" if back else "good", to_status="good" if back else "quarantined",
            lot_id=self.lot(sku, one),
        )  # fmt: skip
        if self.do(lambda: change_status(self.work, command), two) is not REFUSED:
            self.shelf[sku, place] += units if back else -units

    def transfer(self, one: int, two: int) -> None:
        """Sent one day, and received another, not always whole."""
        if self.sent and one % 2:
            transfer, sku, target, left = self.sent.pop(0)
            came = min(two % 6, left)
            lost = left - came if two % 3 == 0 else 0
            row = ArrivedRow(line_no=1, arrived=Decimal(came), lost=Decimal(lost), loss_reason="fell" if lost else "")
            if self.do(lambda: receive_transfer(self.work, transfer, [row]), two) is REFUSED:
                assert not came + lost
                self.sent.append((transfer, sku, target, left))
                return
            self.shelf[sku, target] += came
            if left - came - lost:
                self.sent.append((transfer, sku, target, left - came - lost))
            return
        sku, place, units = SKUS[one % 4], PLACES[two % 2], two % 5 + 1
        target = PLACES[(two + 1) % 2]
        lot = ("L1", "L2")[one % 2] if sku == "CHEESE" else ""
        rows = [TransferRow(sku=sku, quantity=Decimal(units), lot=lot)]

        def send() -> UUID:
            drafted = draft_transfer(self.work, DraftTransfer(from_location=place, to_location=target, rows=rows))
            send_transfer(self.work, drafted.transfer_id)
            return drafted.transfer_id

        done = self.do(send, two)
        if done is not REFUSED:
            self.shelf[sku, place] -= units
            self.sent.append((done, sku, target, units))

    def count(self, one: int, two: int) -> None:
        """What is on the shelf is what was found, unless promises would break."""
        sku, place = ("TEA", "CUP", "PIN")[one % 3], PLACES[two % 2]
        found = max(self.shelf[sku, place] + two % 5 - 2, 0)

        def run() -> None:
            started = start_count(self.work, StartCount(location_id=self.ids.places[place]))
            enter_counted(self.work, started.count_id, [CountedRow(sku=sku, counted=Decimal(found))])
            if submit_count(self.work, started.count_id).state == "review":
                approve_count(self.work, started.count_id)

        if self.do(run, two) is not REFUSED:
            self.shelf[sku, place] = found

    def reserve(self, one: int, two: int) -> None:
        command = ReserveStock(
            sku_id=self.ids.skus[SKUS[one % 4]], quantity=Decimal(two % 4 + 1), purpose="cart", minutes=60 * 24 * 3,
            customer_id=self.ids.customers[CUSTOMERS[two % 3]] if one % 2 else None,
        )  # fmt: skip
        done = self.do(lambda: reserve_stock(self.work, command), two)
        if done is not REFUSED:
            self.reservations.append(done.reservation_id)

    def unreserve(self, one: int, two: int) -> None:
        if one % 3 == 0:
            self.do(lambda: expire_reservations(self.work), two)
        elif self.reservations:
            key = self.reservations.pop(one % len(self.reservations))
            self.do(lambda: release_reservation(self.work, key), two)

    def buffer(self, one: int, two: int) -> None:
        """The channel leaves some pieces alone, until it no longer does."""
        if self.rules and one % 2:
            rule = self.rules.pop()
            self.do(lambda: end_channel_rule(self.work, rule), two)
            return
        command = SaveChannelRule(
            channel="console", kind="buffer", quantity=Decimal(two % 4), sku_id=self.ids.skus["TEA"]
        )
        done = self.do(lambda: save_channel_rule(self.work, command), two)
        if done is not REFUSED:
            self.rules.append(done)

    def expire(self, one: int, two: int) -> None:
        """A night goes by: lots that expired are put aside."""
        self.work.now += timedelta(days=one % 3)
        self.do(lambda: watch_expiry(self.work), two)
        for place in PLACES:
            good = self.work.scalar(
                "SELECT on_hand FROM stock_positions WHERE tenant_id = %(t)s AND sku_id = %(s)s AND location_id = %(l)s",
                {"t": self.work.tenant_id, "s": self.ids.skus["CHEESE"], "l": self.ids.places[place]},
            )
            self.shelf["CHEESE", place] = int(good or 0)

    def merge_customers(self, one: int, two: int) -> None:
        winner, loser = CUSTOMERS[one % 3], CUSTOMERS[(one + two % 2 + 1) % 3]
        account = self.ids.accounts.get(self.buyers.account[winner] or "")
        command = MergeCustomers(
            winner_id=self.ids.customers[winner], loser_id=self.ids.customers[loser], credit_account=account
        )
        before = self.all()
        done = self.do(lambda: merge_customers(self.work, command), two)
        if done is REFUSED:
            return
        self.merged.append((done.merge_id, self.buyers))
        self.buyers = self.buyers.merge(winner, loser)
        after = self.all()
        assert [(one.id, one.total, one.paid, one.billed) for one in after.values()] == [
            (one.id, one.total, one.paid, one.billed) for one in before.values()
        ]
        assert not any(one.customer == self.ids.customers[loser] for one in after.values())
        if two % 3:
            self.part_customers(one, two)

    def part_customers(self, one: int, two: int) -> None:
        if not self.merged:
            return
        merge, buyers = self.merged[-1]
        before = {order.id: order.total for order in self.all().values()}
        if self.do(lambda: undo_merge(self.work, UndoMerge(merge_id=merge)), two) is not REFUSED:
            self.merged.pop()
            self.buyers = buyers
        assert {order.id: order.total for order in self.all().values()} == before

    def lot(self, sku: str, number: int) -> Any:
        if sku != "CHEESE":
            return None
        name = ("L1", "L2")[number % 2]
        return find_lots(self.work, [(self.ids.skus[sku], name)]).get((self.ids.skus[sku], name))
