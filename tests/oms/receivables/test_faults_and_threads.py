"""Killed between any two statements, and sixteen at once: the books stay right, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from oms.credit.save_account import SaveAccount, save_account
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.receivables.apply_payment import ApplyPayment, apply_oldest_first, apply_payment, unapply_payment
from oms.receivables.checks import disagreements
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.post_transaction import Entry, Party, post_transaction
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.receivables.refund_payment import RefundPayment, WriteOff, refund_payment, write_off
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.digest import digest_of
from tests.support.faults import fail_everywhere
from tests.support.tenants import TestTenant, create_test_tenant

THREADS = 16


@dataclass
class Shop:
    """A committed tenant: customer C-1 on account CA-1 below COMPANY; TEA at 10.00 without tax."""

    tenant: TestTenant
    engine: Engine
    customer: UUID

    def do(self, use_case: Callable[[Work], object]) -> object:
        return in_work(self.engine, self.tenant.id, SYSTEM, use_case)

    def order(self, units: int, order_type: str = "standard") -> UUID:
        command = PlaceOrder(
            order_type=order_type, channel="console", customer_id=self.customer,
            lines=(LineRequest(sku="TEA", quantity=Decimal(units)),),
        )  # fmt: skip
        placed = self.do(lambda work: place(work, command))
        return placed.order_id  # type: ignore[attr-defined, no-any-return]

    def right(self) -> None:
        with open_work(self.engine, self.tenant.id) as work:
            assert disagreements(work) == []

    def account(self, number: str = "CA-1") -> dict[str, Decimal]:
        with open_work(self.engine, self.tenant.id) as work:
            return work.mappings(
                "SELECT open_orders, open_invoices, overdue, unapplied_payments FROM credit_accounts"
                " WHERE tenant_id = %(t)s AND number = %(n)s",
                {"t": work.tenant_id, "n": number},
            )[0]


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    tenant = create_test_tenant(system_engine, f"books-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        a_sku(work, "TEA", price="10.00", tax_rate="0")
        stock(work, "TEA", at=a_location(work, "one"), on_hand="10000")
        prepaid = an_order_type(name={"en": "Prepaid"}, prepayment_percent=100)
        publish_defaults(work, {"order_type/standard": an_order_type(), "order_type/prepaid": prepaid})
        currency = work.tenant.currency
        save_account(work, SaveAccount(number="COMPANY", name="C", currency=currency, credit_limit=Decimal(1000)))
        account = save_account(
            work, SaveAccount(number="CA-1", name="A", currency=currency, credit_limit=None, parent="COMPANY")
        )
        customer = a_customer(work, "C-1", account=account)
    return Shop(tenant, engine, customer)


def test_a_fault_before_any_statement_leaves_the_books_as_they_were(shop: Shop) -> None:
    order, prepaid = shop.order(20), shop.order(5, "prepaid")

    def once(name: str, use_case: Callable[[Work], object]) -> None:
        before, done = digest_of(shop.engine, shop.tenant.id), []

        def run() -> None:
            with open_work(shop.engine, shop.tenant.id) as work:
                use_case(work)
            done.append(name)

        def check() -> None:
            shop.right()
            assert (digest_of(shop.engine, shop.tenant.id) == before) is (not done), name

        assert fail_everywhere(run, check) > 3
        assert done == [name]

    once("invoice", lambda work: invoice_order(work, InvoiceOrder(order_id=order)))
    invoice = _only(shop, "invoice")
    once("pay", lambda work: receive_payment(
        work, ReceivePayment(amount=Decimal(150), method="bank", customer_id=shop.customer, reference="B-1")
    ))  # fmt: skip
    payment = _only(shop, "payment")
    command = ApplyPayment(payment_id=payment, invoice_id=invoice, amount=Decimal(50))
    once("apply", lambda work: apply_payment(work, command))
    once("unapply", lambda work: unapply_payment(work, command))
    once("oldest", lambda work: apply_oldest_first(work, payment))
    once("write off", lambda work: write_off(work, WriteOff(invoice_id=invoice, amount=Decimal(1), reason="x")))
    once("credit", lambda work: credit_invoice(
        work, CreditInvoice(invoice_id=invoice, amount=Decimal(60), reason="broken")
    ))  # fmt: skip
    note = _only(shop, "credit_note")
    once("refund", lambda work: refund_payment(work, RefundPayment(item_id=note, amount=Decimal(5), reason="x")))
    once("prepaid", lambda work: receive_payment(
        work, ReceivePayment(amount=Decimal(50), method="card", order_id=prepaid, reference="P-1")
    ))  # fmt: skip

    with open_work(shop.engine, shop.tenant.id) as work:
        row = work.row(
            "SELECT payment_status, open_holds, fulfilment_status FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
            {"t": work.tenant_id, "o": prepaid},
        )
    assert tuple(row or ()) == ("paid", 0, "allocated")


def test_sixteen_threads_below_one_company_never_pass_its_limit(shop: Shop) -> None:
    def one(number: int) -> str:
        try:
            return str(shop.order(10))
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))

    with open_work(shop.engine, shop.tenant.id) as work:
        free = work.scalar(
            "SELECT count(*) FROM orders WHERE tenant_id = %(t)s AND open_holds = 0", {"t": work.tenant_id}
        )
    assert free == 10  # 10 orders of 100 come to the company's limit of 1000; the others are held
    assert shop.account("COMPANY")["open_orders"] == shop.account()["open_orders"] == 1600
    shop.right()


def test_sixteen_threads_on_one_account_book_everything_once(shop: Shop) -> None:
    orders = [shop.order(3) for _ in range(8)]

    def one(number: int) -> str:
        order = orders[number % len(orders)]
        quiet: list[Callable[[Work], object]] = [
            lambda work: invoice_order(work, InvoiceOrder(order_id=order)),
            lambda work: receive_payment(
                work,
                ReceivePayment(
                    amount=Decimal(10),
                    method="bank",
                    customer_id=shop.customer,
                    reference=f"R-{number % 20}",
                    apply=True,
                ),
            ),
            lambda work: receive_payment(
                work,
                ReceivePayment(amount=Decimal(5), method="cash", order_id=order, reference=f"O-{order}", apply=True),
            ),
        ]
        try:
            shop.do(quiet[number % 3])
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(one, range(120)))

    shop.right()
    assert set(found) <= {"done", "nothing_to_invoice"}
    with open_work(shop.engine, shop.tenant.id) as work:
        count = work.rows(
            "SELECT kind, count(*) AS n, sum(abs(amount)) AS amount FROM receivables WHERE tenant_id = %(t)s"
            " GROUP BY kind ORDER BY kind",
            {"t": work.tenant_id},
        )
    assert [(row.kind, row.n, row.amount) for row in count if row.kind == "invoice"] == [("invoice", 8, 240)]
    payments = next(row for row in count if row.kind == "payment")
    assert payments.n == 28 and payments.amount == 240  # 20 references of 10.00, 8 orders of 5.00


def test_the_database_refuses_a_transaction_that_does_not_balance(shop: Shop) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), open_work(shop.engine, shop.tenant.id) as work:
        post_transaction(
            work, "invoice", "USD",
            [Entry("receivable", Decimal(10), Party(shop.customer, None)), Entry("revenue", Decimal(-10))],
        )  # fmt: skip
        work.execute(
            "INSERT INTO ledger_entries (tenant_id, id, transaction_id, account, currency, debit)"
            " SELECT tenant_id, new_id(), id, 'bank', 'USD', 1 FROM ledger_transactions WHERE tenant_id = %(t)s LIMIT 1",
            {"t": work.tenant_id},
        )


def test_the_ledger_is_append_only(shop: Shop, owner_engine: Engine) -> None:
    shop.do(lambda work: receive_payment(
        work, ReceivePayment(amount=Decimal(10), method="bank", customer_id=shop.customer)
    ))  # fmt: skip
    with open_work(shop.engine, shop.tenant.id) as work, pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute("UPDATE ledger_entries SET debit = debit + 1 WHERE tenant_id = %(t)s", {"t": work.tenant_id})


def _only(shop: Shop, kind: str) -> UUID:
    with open_work(shop.engine, shop.tenant.id) as work:
        found = work.scalar(
            "SELECT id FROM receivables WHERE tenant_id = %(t)s AND kind = %(k)s ORDER BY id LIMIT 1",
            {"t": work.tenant_id, "k": kind},
        )
    return UUID(str(found))
