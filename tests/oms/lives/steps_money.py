"""Steps that money takes: invoices, notes, payments and what becomes of them, each beside what it must come to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from oms.credit.raise_limit import RaiseLimit, raise_limit
from oms.receivables.apply_payment import ApplyPayment, apply_oldest_first, apply_payment, unapply_payment
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.dun import dun_overdue
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.jobs import age_receivables
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.receivables.refund_payment import RefundPayment, WriteOff, refund_payment, write_off
from tests.oms.lives.company import CUSTOMERS
from tests.oms.lives.paper import Line
from tests.oms.lives.pencil import Coins
from tests.oms.lives.whole import REFUSED, Base


def part_of(total: Coins, so_far: int, units: int, all_units: int, done: Coins) -> Coins:
    """What `units` more cost of a line: what all of them come to until now, less what was written before. The last
    part takes what remains."""
    upto = so_far + units
    if upto == all_units:
        return total - done
    return max(int(Fraction(total * upto, all_units) + Fraction(1, 2)) - done, 0)


class MoneySteps(Base):
    def invoice(self, one: int, two: int) -> None:
        order = self.order(one)
        if order is None:
            return
        whole = two % 3 == 0
        wanted = {
            key: line.counts - line.invoiced if whole else min(line.counts - line.invoiced, (two + at) % 4)
            for at, (key, line) in enumerate(order.lines.items())
        }
        quantities = None if whole else {key: Decimal(units) for key, units in wanted.items()}
        due = self.work.today + timedelta(days=two % 60 - 30)
        command = InvoiceOrder(order_id=order.id, quantities=quantities, due_on=due)
        charged = self.charged(order.id)
        done = self.do(lambda: invoice_order(self.work, command), two)
        amount, parts = 0, {}
        for key, units in wanted.items():
            if units:
                parts[key] = self._part(order.lines[key], units)
                amount += sum(parts[key])
        if parts:
            amount += sum(order.freight) - charged
        if done is REFUSED:
            assert amount <= 0, self.refusal
            return
        assert self.way.of(done.amount) == amount
        after = self.read(order.id)
        for key, line in order.lines.items():
            net, tax = parts.get(key, (0, 0))
            now = after.lines[key]
            assert (now.invoiced, now.invoiced_net, now.invoiced_tax) == (
                line.invoiced + wanted[key], line.invoiced_net + net, line.invoiced_tax + tax
            )  # fmt: skip
        assert after.billed == order.billed + amount

    @staticmethod
    def _part(line: Line, units: int) -> tuple[Coins, Coins]:
        return (
            part_of(line.net, line.invoiced, units, line.counts, line.invoiced_net),
            part_of(line.tax, line.invoiced, units, line.counts, line.invoiced_tax),
        )

    def charged(self, order: UUID) -> Coins:
        """What of the order's freight stands on invoices already."""
        found = self.work.scalar(
            "SELECT coalesce(sum(l.gross), 0) FROM receivable_lines l JOIN receivables i ON i.tenant_id = %(t)s"
            " AND i.id = l.receivable_id WHERE l.tenant_id = %(t)s AND i.order_id = %(o)s AND i.kind = 'invoice'"
            " AND NOT i.voided AND l.order_line_id IS NULL",
            {"t": self.work.tenant_id, "o": order},
        )
        return self.way.of(found)

    def credit(self, one: int, two: int) -> None:
        """Some units of one line of an invoice, or so much money."""
        invoice = self.item("invoice", one)
        if invoice is None:
            return
        if two % 3 == 0:
            amount = self.way.money(two * 7 + 1)
            command = CreditInvoice(invoice_id=invoice.id, reason="sorry", amount=amount)
            if self.do(lambda: credit_invoice(self.work, command), one) is not REFUSED:
                assert amount <= invoice.amount
            return
        lines = self.work.rows(
            "SELECT id, quantity FROM receivable_lines WHERE tenant_id = %(t)s AND receivable_id = %(i)s"
            " AND order_line_id IS NOT NULL ORDER BY id",
            {"t": self.work.tenant_id, "i": invoice.id},
        )
        if lines:
            quantities = {lines[two % len(lines)].id: Decimal(two % 3 + 1)}
            goods = CreditInvoice(invoice_id=invoice.id, reason="broken", quantities=quantities)
            self.do(lambda: credit_invoice(self.work, goods), one)

    def void(self, one: int, two: int) -> None:
        invoice = self.item("invoice", one)
        if invoice is None:
            return
        command = CreditInvoice(invoice_id=invoice.id, reason="wrong address", void=True)
        before = self.read(invoice.order_id)
        if self.do(lambda: credit_invoice(self.work, command), two) is REFUSED:
            assert invoice.voided or invoice.open_amount != invoice.amount or self.credited(invoice.id)
            return
        assert self.read(invoice.order_id).billed == before.billed - self.way.of(invoice.amount)

    def credited(self, invoice: UUID) -> Decimal:
        return Decimal(self.work.scalar(
            "SELECT coalesce(sum(-amount), 0) FROM receivables WHERE tenant_id = %(t)s AND invoice_id = %(i)s",
            {"t": self.work.tenant_id, "i": invoice},
        ))  # fmt: skip

    def pay(self, one: int, two: int) -> None:
        """On account, or for an order; its reference said twice is booked once."""
        self.paid_so_far += 1
        order = self.order(one) if two % 2 else None
        customer = None if order else self.ids.customers[CUSTOMERS[one % 3]]
        command = ReceivePayment(
            amount=self.way.money(two * 131 + 1), method="bank", customer_id=customer,
            order_id=order.id if order else None, reference=f"ref-{self.paid_so_far}", apply=two % 5 == 0,
        )  # fmt: skip
        done = self.do(lambda: receive_payment(self.work, command), two)
        again = self.do(lambda: receive_payment(self.work, command), two)
        assert again.repeated and again.payment_id == done.payment_id

    def pay_order(self, one: int, two: int) -> None:
        """All of an order, or a little more: it waits for money no longer."""
        order = self.order(one)
        if order is None or not order.total:
            return
        amount = self.way.money(order.total + two % 2)
        command = ReceivePayment(order_id=order.id, amount=amount, method="card")
        self.do(lambda: receive_payment(self.work, command), two)
        waits = self.work.scalar(
            "SELECT count(*) FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s AND type = 'payment'"
            " AND released_at IS NULL",
            {"t": self.work.tenant_id, "o": order.id},
        )
        assert not waits
        assert self.read(order.id).paid == order.paid + order.total + two % 2

    def apply(self, one: int, two: int) -> None:
        invoice, money = self.item("invoice", one), self.item("money", two)
        if invoice is None or money is None:
            return
        amount = (
            self.way.money(two * 3 + 1)
            if two % 3
            else max(min(invoice.open_amount, -money.open_amount), self.way.money(1))
        )
        command = ApplyPayment(payment_id=money.id, invoice_id=invoice.id, amount=amount)
        theirs = invoice.account_id == money.account_id and (
            invoice.account_id is not None or invoice.customer_id == money.customer_id
        )
        done = self.do(lambda: apply_payment(self.work, command), one)
        assert (done is not REFUSED) is (theirs and amount <= min(invoice.open_amount, -money.open_amount))

    def apply_all(self, one: int, two: int) -> None:
        money = self.item("money", one)
        if money is not None:
            self.do(lambda: apply_oldest_first(self.work, money.id), two)

    def unapply(self, one: int, two: int) -> None:
        rows = self.work.rows(
            "SELECT payment_id, invoice_id, sum(amount) AS amount FROM receivable_applications WHERE tenant_id = %(t)s"
            " GROUP BY 1, 2 HAVING sum(amount) > 0 ORDER BY 1, 2",
            {"t": self.work.tenant_id},
        )
        if rows:
            row = rows[one % len(rows)]
            command = ApplyPayment(payment_id=row.payment_id, invoice_id=row.invoice_id, amount=row.amount)
            self.do(lambda: unapply_payment(self.work, command), two)

    def refund(self, one: int, two: int) -> None:
        money = self.item("money", one)
        if money is None:
            return
        amount = self.way.money(two + 1)
        command = RefundPayment(item_id=money.id, amount=amount, reason="too much")
        done = self.do(lambda: refund_payment(self.work, command), two)
        assert (done is REFUSED) is (amount > -money.open_amount)

    def write_off(self, one: int, two: int) -> None:
        invoice = self.item("invoice", one)
        if invoice is None:
            return
        amount = self.way.money(two % 20 + 1)
        command = WriteOff(invoice_id=invoice.id, amount=amount, reason="dust")
        done = self.do(lambda: write_off(self.work, command), two)
        assert (done is REFUSED) is (amount > invoice.open_amount)

    def age(self, one: int, two: int) -> None:
        """Some days go by, then the hourly jobs run, twice."""
        self.work.now += timedelta(days=one % 12)
        self.do(lambda: age_receivables(self.work), two)
        age_receivables(self.work)
        self.do(lambda: dun_overdue(self.work), two)
        assert dun_overdue(self.work) == 0

    def raise_(self, one: int, two: int) -> None:
        account = self.ids.accounts[("CA-1", "CA-2", "TOP")[one % 3]]
        until = self.work.today + timedelta(days=two % 5)
        command = RaiseLimit(
            account_id=account, credit_limit=Decimal(two * 50), from_on=self.work.today, until_on=until, reason="season"
        )
        self.do(lambda: raise_limit(self.work, command), two)

    def item(self, kind: str, number: int) -> Any:
        """An invoice, or "money": a payment or credit note."""
        rows = self.work.rows(
            "SELECT * FROM receivables WHERE tenant_id = %(t)s AND (kind = 'invoice') = (%(k)s = 'invoice') ORDER BY id",
            {"t": self.work.tenant_id, "k": kind},
        )
        return rows[number % len(rows)] if rows else None
