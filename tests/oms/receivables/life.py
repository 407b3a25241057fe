"""Random lives of debtors against a model in plain Python: no database, no code of the product but rounding."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import DomainError
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.pricing.amounts import Rounding
from oms.receivables.apply_payment import ApplyPayment, apply_oldest_first, apply_payment, unapply_payment
from oms.receivables.checks import disagreements
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.dun import dun_overdue
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.jobs import age_receivables
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.receivables.refund_payment import RefundPayment, WriteOff, refund_payment, write_off
from oms.receivables.save_steps import Step, save_steps
from tests.support.builders import a_credit_account, a_customer, a_sku
from tests.support.configuration import an_order_type, publish_defaults

ZERO, CENT = Decimal(0), Decimal("0.01")
PRICES = {"TEA": (Decimal("1.37"), Decimal("0.19")), "CUP": (Decimal("33.33"), Decimal("0.07"))}
REFUSED = object()


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Line:
    id: UUID
    sku: str
    live: int
    invoiced: int = 0
    invoiced_net: Decimal = ZERO
    invoiced_tax: Decimal = ZERO
    fixed: tuple[Decimal, Decimal] | None = None  # what a cancellation left: invoiced units alone, at their amounts

    def money(self) -> tuple[Decimal, Decimal]:
        if self.fixed is not None:
            return self.fixed
        price, rate = PRICES[self.sku]
        net = cents(price * self.live)
        return net, cents(net * rate)


@dataclass
class Order:
    id: UUID
    prepaid: bool
    lines: list[Line]
    exposed: Decimal = ZERO

    def total(self) -> Decimal:
        return sum((sum(line.money()) for line in self.lines), ZERO)


@dataclass
class Invoice:
    id: UUID
    order: Order | None
    net: Decimal
    tax: Decimal
    due: date
    lines: list[
        list[Any]
    ]  # [receivable line's order line, units, net, tax, units credited, net credited, tax credited]
    billed: Decimal = ZERO
    credited: Decimal = ZERO
    written_off: Decimal = ZERO
    voided: bool = False
    aged: bool = False
    settled: dict[UUID, Decimal] = field(default_factory=dict)

    @property
    def open(self) -> Decimal:
        return self.net + self.tax - self.written_off - sum(self.settled.values(), ZERO)


@dataclass
class Money:
    """A payment or a credit note."""

    id: UUID
    amount: Decimal
    order: Order | None
    is_payment: bool
    refunded: Decimal = ZERO
    used: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        return self.amount - self.refunded - self.used


class Life:
    """Does each step to the database and to the model, and says whether they agree."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.orders: list[Order] = []
        self.invoices: list[Invoice] = []
        self.money: list[Money] = []
        self.steps = 0
        for code, (price, rate) in PRICES.items():
            a_sku(work, code, price=str(price), tax_rate=str(rate))
        prepaid = an_order_type(name={"en": "Prepaid"}, prepayment_percent=100, credit={"policy": "ignore"})
        types = {"order_type/standard": an_order_type(credit={"policy": "warn", "check_at": ["place"]})}
        publish_defaults(work, {**types, "order_type/prepaid": prepaid})
        company = a_credit_account(work, "COMPANY", limit="100000")
        self.account = a_credit_account(work, "CA", limit="1000")
        work.execute("UPDATE credit_accounts SET parent_id = %(p)s WHERE id = %(a)s", {"p": company, "a": self.account})
        self.customer = a_customer(work, "C-1", account=self.account)
        save_steps(work, [Step(after_days=1), Step(after_days=20, stop=True)])

    # steps: each takes two numbers that choose

    def place(self, one: int, two: int) -> None:
        self._place(one, two, "standard")

    def place_prepaid(self, one: int, two: int) -> None:
        self._place(one, two, "prepaid")

    def _place(self, one: int, two: int, kind: str) -> None:
        wanted = [("TEA", one % 40 + 1), ("CUP", two % 7)]
        placed = place(self.work, PlaceOrder(
            order_type=kind, channel="console", customer_id=self.customer,
            lines=tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in wanted if units),
        ))  # fmt: skip
        rows = self.work.rows(
            "SELECT id, sku, ordered FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY line_no",
            {"t": self.work.tenant_id, "o": placed.order_id},
        )
        order = Order(placed.order_id, kind == "prepaid", [Line(row.id, row.sku, int(row.ordered)) for row in rows])
        order.exposed = ZERO if order.prepaid else order.total()
        self.orders.append(order)

    def cancel(self, one: int, two: int) -> None:
        order = self._pick(self.orders, one)
        line = self._pick(order.lines, two) if order else None
        if order is None or line is None:
            return
        units = two % 5 + 1
        before = order.total()
        if self._try(lambda: cancel_order(
            self.work, CancelOrder(order_id=order.id, reason=CancelReason.OTHER, quantities={line.id: Decimal(units)}),
            Rounding(),
        )) is REFUSED:  # fmt: skip
            assert units > line.live - line.invoiced or not any(each.live for each in order.lines)
            return
        assert units <= line.live - line.invoiced
        line.live -= units
        for each in order.lines:
            alone = each.live and each.live == each.invoiced
            each.fixed = (each.invoiced_net, each.invoiced_tax) if alone else None
        left = max(order.total() - self._invoiced(order), ZERO)
        if order.prepaid:
            order.exposed = min(order.exposed, left)
        else:
            order.exposed = min(max(order.exposed - (before - order.total()), ZERO), left)

    def invoice(self, one: int, two: int) -> None:
        order = self._pick(self.orders, one)
        if order is None:
            return
        whole = two % 3 == 0
        wanted = {
            line.id: min(line.live - line.invoiced, line.live - line.invoiced if whole else (two + index) % 4)
            for index, line in enumerate(order.lines)
        }
        done = self._try(lambda: invoice_order(self.work, InvoiceOrder(
            order_id=order.id, quantities=None if whole else {key: Decimal(units) for key, units in wanted.items()},
            due_on=self.work.today + timedelta(days=two % 60 - 30),
        )))  # fmt: skip
        if done is REFUSED:
            assert not any(wanted.values()) or not any(line.live for line in order.lines)
            return
        lines: list[list[Any]] = []
        for line in order.lines:
            units = wanted[line.id]
            if not units:
                continue
            net, tax = line.money()
            upto = line.invoiced + units
            part_net = (net if upto == line.live else cents(net * upto / line.live)) - line.invoiced_net
            part_tax = (tax if upto == line.live else cents(tax * upto / line.live)) - line.invoiced_tax
            if upto != line.live:
                part_net, part_tax = max(part_net, ZERO), max(part_tax, ZERO)
            line.invoiced, line.invoiced_net = upto, line.invoiced_net + part_net
            line.invoiced_tax += part_tax
            lines.append([line, units, part_net, part_tax, 0, ZERO, ZERO])
        invoice = Invoice(
            done.invoice_id, order, sum((one[2] for one in lines), ZERO), sum((one[3] for one in lines), ZERO),
            done.due_on, lines,
        )  # fmt: skip
        assert done.amount == invoice.net + invoice.tax
        if not order.prepaid:
            invoice.billed = min(order.exposed, done.amount)
            order.exposed -= invoice.billed
        self.invoices.append(invoice)
        self._expose(order)

    def credit(self, one: int, two: int) -> None:
        """Some units of one line of an invoice."""
        invoice = self._pick(self.invoices, one)
        if invoice is None:
            return
        entry = self._pick(invoice.lines, two)
        units = two % 3 + 1
        stored = self.work.rows(
            "SELECT id, order_line_id FROM receivable_lines WHERE tenant_id = %(t)s AND receivable_id = %(i)s",
            {"t": self.work.tenant_id, "i": invoice.id},
        )
        key = next(row.id for row in stored if row.order_line_id == entry[0].id)
        done = self._try(lambda: credit_invoice(
            self.work, CreditInvoice(invoice_id=invoice.id, reason="broken", quantities={key: Decimal(units)})
        ))  # fmt: skip
        upto = entry[4] + units
        if done is REFUSED:
            worth = sum((self._credit_share(entry, upto, part) for part in (0, 1)), ZERO) if upto <= entry[1] else ZERO
            assert upto > entry[1] or invoice.voided or worth <= 0
            return
        net, tax = self._credit_share(entry, upto, 0), self._credit_share(entry, upto, 1)
        entry[4], entry[5], entry[6] = upto, entry[5] + net, entry[6] + tax
        self._credited(invoice, done, net + tax)

    @staticmethod
    def _credit_share(entry: list[Any], upto: int, part: int) -> Decimal:
        total, done = entry[2 + part], entry[5 + part]
        return total - done if upto == entry[1] else max(cents(total * upto / entry[1]) - done, ZERO)

    def void(self, one: int, _: int) -> None:
        invoice = self._pick(self.invoices, one)
        if invoice is None:
            return
        done = self._try(lambda: credit_invoice(
            self.work, CreditInvoice(invoice_id=invoice.id, reason="wrong address", void=True)
        ))  # fmt: skip
        if done is REFUSED:
            assert invoice.voided or invoice.credited or invoice.open != invoice.net + invoice.tax
            return
        invoice.voided = True
        for line, units, net, tax, *_rest in invoice.lines:
            line.invoiced -= units
            line.invoiced_net -= net
            line.invoiced_tax -= tax
        for entry in invoice.lines:
            entry[4], entry[5], entry[6] = entry[1], entry[2], entry[3]
        order = invoice.order
        assert order is not None
        if any(line.live for line in order.lines):
            order.exposed += invoice.billed
        self._credited(invoice, done, invoice.net + invoice.tax)

    def _credited(self, invoice: Invoice, done: Any, gross: Decimal) -> None:
        assert done.amount == gross
        note = Money(done.credit_note_id, gross, invoice.order, is_payment=False)
        self.money.append(note)
        applied = min(gross, invoice.open)
        assert done.applied == applied
        invoice.credited += gross
        self._settle(invoice, note, applied)
        self._expose(invoice.order)

    def pay(self, one: int, two: int) -> None:
        order = self._pick(self.orders, two) if two % 2 else None
        self._pay(Decimal(one * 7 + 1) / 10, order)

    def pay_order(self, one: int, two: int) -> None:
        """All of an order, or a little more."""
        order = self._pick(self.orders, one)
        if order is not None and order.total():
            self._pay(order.total() + two % 2, order)

    def _pay(self, amount: Decimal, order: Order | None) -> None:
        self.steps += 1
        command = ReceivePayment(
            amount=amount, method="bank", customer_id=None if order else self.customer, order_id=order.id if order else None,
            reference=f"ref-{self.steps}",
        )  # fmt: skip
        done = receive_payment(self.work, command)
        again = receive_payment(self.work, command)
        assert again.repeated and again.payment_id == done.payment_id
        self.money.append(Money(done.payment_id, amount, order, is_payment=True))
        self._expose(order)

    def apply(self, one: int, two: int) -> None:
        invoice, money = self._pick(self.invoices, one), self._pick(self.money, two)
        if invoice is None or money is None:
            return
        amount = Decimal(two * 3 + 1) / 10 if two % 3 else max(min(invoice.open, money.open), CENT)
        command = ApplyPayment(payment_id=money.id, invoice_id=invoice.id, amount=amount)
        if self._try(lambda: apply_payment(self.work, command)) is REFUSED:
            assert amount > min(invoice.open, money.open)
            return
        self._settle(invoice, money, amount)
        self._expose(invoice.order, money.order)

    def apply_all(self, one: int, _: int) -> None:
        money = self._pick(self.money, one)
        if money is None:
            return
        left = money.open
        plan = apply_oldest_first(self.work, money.id)
        by_id = {invoice.id: invoice for invoice in self.invoices}
        open_before = sorted(
            (one for one in self.invoices if one.open > 0),
            key=lambda one: (money.order is None or one.order is not money.order, one.due, one.id),
        )
        expected = []
        for invoice in open_before:
            part = min(left, invoice.open)
            if part > 0:
                expected.append((invoice.id, part))
                left -= part
        assert plan == expected
        for invoice_id, amount in plan:
            self._settle(by_id[invoice_id], money, amount)
        self._expose(money.order, *(by_id[invoice_id].order for invoice_id, _ in plan))

    def unapply(self, one: int, two: int) -> None:
        invoice, money = self._pick(self.invoices, one), self._pick(self.money, two)
        if invoice is None or money is None:
            return
        applied = invoice.settled.get(money.id, ZERO)
        amount = applied or CENT
        command = ApplyPayment(payment_id=money.id, invoice_id=invoice.id, amount=amount)
        if self._try(lambda: unapply_payment(self.work, command)) is REFUSED:
            assert not applied
            return
        self._settle(invoice, money, -amount)
        self._expose(invoice.order, money.order)

    def refund(self, one: int, two: int) -> None:
        money = self._pick(self.money, one)
        if money is None:
            return
        amount = Decimal(two + 1) / 10
        command = RefundPayment(item_id=money.id, amount=amount, reason="too much")
        if self._try(lambda: refund_payment(self.work, command)) is REFUSED:
            assert amount > money.open
            return
        money.refunded += amount
        self._expose(money.order)

    def write_off(self, one: int, two: int) -> None:
        invoice = self._pick(self.invoices, one)
        if invoice is None:
            return
        amount = Decimal(two % 20 + 1) / 10
        command = WriteOff(invoice_id=invoice.id, amount=amount, reason="not worth it")
        if self._try(lambda: write_off(self.work, command)) is REFUSED:
            assert amount > invoice.open
            return
        invoice.written_off += amount

    def age(self, one: int, _: int) -> None:
        """Some days go by, then the hourly jobs run twice."""
        self.work.now += timedelta(days=one % 12)
        age_receivables(self.work)
        age_receivables(self.work)
        for invoice in self.invoices:
            if invoice.due < self.work.today and invoice.open:
                invoice.aged = True
        dun_overdue(self.work)
        assert dun_overdue(self.work) == 0

    # the model's own bookkeeping

    def _settle(self, invoice: Invoice, money: Money, amount: Decimal) -> None:
        invoice.settled[money.id] = invoice.settled.get(money.id, ZERO) + amount
        money.used += amount

    def _invoiced(self, order: Order) -> Decimal:
        return sum((one.net + one.tax for one in self.invoices if one.order is order and not one.voided), ZERO)

    def paid(self, order: Order) -> Decimal:
        payments = {one.id for one in self.money if one.is_payment}
        settled = sum(
            (amount for one in self.invoices if one.order is order for key, amount in one.settled.items() if key in payments),
            ZERO,
        )  # fmt: skip
        return settled + sum((one.open for one in self.money if one.is_payment and one.order is order), ZERO)

    def _expose(self, *orders: Order | None) -> None:
        """One that is paid in advance counts with what is paid and not invoiced."""
        for order in orders:
            if order is not None and order.prepaid and order.total() and any(line.live for line in order.lines):
                invoiced = self._invoiced(order)
                order.exposed = min(max(self.paid(order) - invoiced, ZERO), max(order.total() - invoiced, ZERO))

    def _try(self, run: Any) -> Any:
        """A refusal leaves nothing; every other failure is a fault."""
        self.work.execute("SAVEPOINT step")
        try:
            return run()
        except DomainError:
            self.work.execute("ROLLBACK TO SAVEPOINT step")
            return REFUSED

    @staticmethod
    def _pick(items: list[Any], which: int) -> Any:
        return items[which % len(items)] if items else None

    def agrees(self) -> None:
        """Buckets of account and company, items, orders and both ledgers are what the model says, to the cent."""
        self.work.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.work.execute("SET CONSTRAINTS ALL DEFERRED")
        assert disagreements(self.work) == []
        expected = (
            sum((order.exposed for order in self.orders), ZERO),
            sum((one.open for one in self.invoices if not one.aged), ZERO),
            sum((one.open for one in self.invoices if one.aged), ZERO),
            sum((one.open for one in self.money), ZERO),
        )
        for number in ("CA", "COMPANY"):
            row = self.work.row(
                "SELECT open_orders, open_invoices, overdue, unapplied_payments FROM credit_accounts"
                " WHERE tenant_id = %(t)s AND number = %(n)s",
                {"t": self.work.tenant_id, "n": number},
            )
            assert tuple(row or ()) == expected, number
        stored = {
            row.id: row
            for row in self.work.rows(
                "SELECT id, paid_total, invoiced_total, credited_total, payment_status, total FROM orders"
                " WHERE tenant_id = %(t)s",
                {"t": self.work.tenant_id},
            )
        }
        for order in self.orders:
            row = stored[order.id]
            assert row.total == order.total()
            assert row.paid_total == self.paid(order)
            assert row.invoiced_total == self._invoiced(order)
            due = order.total() - row.credited_total
            if self.paid(order):
                state = (
                    "partially_paid" if self.paid(order) < due else "paid" if self.paid(order) == due else "overpaid"
                )
                assert row.payment_status == state
