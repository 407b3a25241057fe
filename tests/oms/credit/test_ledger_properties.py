"""Random lives of a credit account against a plain model: buckets, ledger and model agree to the cent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import CreditRefused
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from oms.receivables.apply_payment import ApplyPayment, apply_payment
from oms.receivables.errors import AppliesTooMuch
from oms.receivables.jobs import age_receivables
from oms.receivables.post_receivable import PostReceivable, post_receivable
from tenants.scope import enter_scope
from tests.support.builders import a_customer, a_policy, a_sku
from tests.support.tenants import TestTenant

LIMIT, PRICE, TAX = Decimal(200), Decimal("1.25"), Decimal("0.19")
NONE = Decimal(0)


@dataclass
class Order:
    id: UUID
    line: UUID
    units: int
    billed: Decimal = NONE
    exposed: Decimal = NONE


@dataclass
class Item:
    id: UUID
    open: Decimal
    late: bool = False
    aged: bool = False


@dataclass
class Account:
    """What should be so, in the simplest words there are."""

    orders: list[Order] = field(default_factory=list)
    invoices: list[Item] = field(default_factory=list)
    payments: list[Item] = field(default_factory=list)

    def buckets(self) -> tuple[Decimal, ...]:
        return (
            sum((order.exposed for order in self.orders), NONE),
            sum((item.open for item in self.invoices if not item.aged), NONE),
            sum((item.open for item in self.invoices if item.aged), NONE),
            sum((item.open for item in self.payments), NONE),
        )

    @property
    def exposure(self) -> Decimal:
        orders, invoices, overdue, paid = self.buckets()
        return orders + invoices + overdue - paid


def total_of(units: int) -> Decimal:
    return (PRICE * units * (1 + TAX)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Life:
    """Does each step to the database and to the model."""

    def __init__(self, work: Work) -> None:
        self.work, self.model, self.count = work, Account(), 0
        a_sku(work, "TEA", price=str(PRICE), tax_rate=str(TAX))
        self.customer = a_customer(work, "C-1", limit=str(LIMIT))

    def place(self, units: int, _: int) -> None:
        command = PlaceOrder(
            order_type="standard", channel="test", customer_id=self.customer,
            lines=(LineRequest(sku="TEA", quantity=Decimal(units)),),
        )  # fmt: skip
        before = self.model.exposure
        try:
            placed = place_order(self.work, command, a_policy(credit="block"))
        except CreditRefused:
            assert before + total_of(units) > LIMIT
            return
        assert before + total_of(units) <= LIMIT, "the limit was passed"
        line = self.work.scalar(
            "SELECT id FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s",
            {"t": self.work.tenant_id, "o": placed.order_id},
        )
        self.model.orders.append(Order(placed.order_id, line, units, exposed=total_of(units)))

    def cancel(self, which: int, units: int) -> None:
        order = self._pick(self.model.orders, which)
        if order is None or not order.units:
            return
        gone = min(units, order.units)
        quantities = None if gone == order.units else {order.line: Decimal(gone)}
        cancel_order(
            self.work,
            CancelOrder(order_id=order.id, reason=CancelReason.OTHER, quantities=quantities),
            Rounding(),
        )
        less = total_of(order.units) - total_of(order.units - gone)
        order.units -= gone
        order.exposed = max(order.exposed - less, NONE)

    def bill(self, which: int, cents: int) -> None:
        order, amount = self._pick(self.model.orders, which), Decimal(cents) / 10
        posted = self._post("invoice", amount, order_id=order.id if order else None, late=which % 2)
        self.model.invoices.append(Item(posted, amount, late=bool(which % 2)))
        if order is not None:
            order.exposed -= min(order.exposed, amount)

    def pay(self, cents: int, _: int) -> None:
        self.model.payments.append(Item(self._post("payment", Decimal(cents) / 10), Decimal(cents) / 10))

    def credit(self, cents: int, _: int) -> None:
        self.model.payments.append(Item(self._post("credit_note", Decimal(cents) / 10), Decimal(cents) / 10))

    def apply(self, which: int, cents: int) -> None:
        invoice, payment = self._pick(self.model.invoices, which), self._pick(self.model.payments, cents)
        if invoice is None or payment is None:
            return
        amount = Decimal(cents) / 10
        try:
            apply_payment(self.work, ApplyPayment(payment_id=payment.id, invoice_id=invoice.id, amount=amount))
        except AppliesTooMuch:
            assert amount > min(invoice.open, payment.open)
            return
        assert amount <= min(invoice.open, payment.open)
        invoice.open -= amount
        payment.open -= amount

    def age(self, _: int, __: int) -> None:
        for _twice in range(2):
            age_receivables(self.work)
        for item in self.model.invoices:
            if item.late and item.open:
                item.aged = True

    def _post(self, kind: Any, amount: Decimal, *, order_id: UUID | None = None, late: int = 0) -> UUID:
        self.count += 1
        due = self.work.today + timedelta(days=-1 if late else 30)
        return post_receivable(self.work, PostReceivable(
            customer_id=self.customer, kind=kind, number=f"R-{self.count}", amount=amount,
            due_on=due if kind == "invoice" else None, order_id=order_id,
        )).receivable_id  # fmt: skip

    @staticmethod
    def _pick(items: list[Any], which: int) -> Any:
        return items[which % len(items)] if items else None

    def agrees(self) -> None:
        account = self.work.row(
            "SELECT * FROM credit_accounts WHERE tenant_id = %(t)s AND number = 'CA-C-1'", {"t": self.work.tenant_id}
        )
        assert account is not None
        ledger = {
            row.bucket: row.total
            for row in self.work.rows(
                "SELECT bucket, sum(amount) AS total FROM credit_entries"
                " WHERE tenant_id = %(t)s AND account_id = %(a)s GROUP BY bucket",
                {"t": self.work.tenant_id, "a": account.id},
            )
        }
        names = ("open_orders", "open_invoices", "overdue", "unapplied_payments")
        assert tuple(getattr(account, name) for name in names) == self.model.buckets()
        assert tuple(ledger.get(name, NONE) for name in names) == self.model.buckets()
        assert account.exposure == self.model.exposure


STEPS = st.tuples(
    st.sampled_from(["place", "place", "cancel", "bill", "bill", "pay", "credit", "apply", "apply", "age"]),
    st.integers(1, 60),
    st.integers(1, 400),
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_buckets_ledger_and_model_agree_after_every_step(
    steps: list[tuple[str, int, int]], engine: Engine, tenant: TestTenant
) -> None:
    with engine.connect() as connection:
        transaction = connection.begin()
        work = Work(connection, enter_scope(connection, tenant.id), SYSTEM)
        try:
            life = Life(work)
            for name, one, two in steps:
                getattr(life, name)(one, two)
                life.agrees()
        finally:
            work.close()
            transaction.rollback()


def test_a_partly_billed_order_that_is_partly_cancelled_counts_with_what_is_left(work: Work) -> None:
    life = Life(work)
    life.place(80, 0)  # 119.00
    life.bill(0, 600)  # 60.00 of it
    life.cancel(0, 8)  # 11.90 less

    life.agrees()
    assert life.model.buckets()[0] == Decimal("47.10")


def test_an_invoice_takes_no_exposure_from_an_order_of_another_account(work: Work) -> None:
    life = Life(work)
    life.place(40, 0)
    stranger = a_customer(work, "C-2", limit="500")

    post_receivable(work, PostReceivable(
        customer_id=stranger, kind="invoice", number="X-1", amount=Decimal(10), order_id=life.model.orders[0].id,
    ))  # fmt: skip

    life.agrees()
