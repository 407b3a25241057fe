"""What the wholesaler is owed: invoices and payments, debts of every age, limits that stop and were raised."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from kernel.db import Work
from oms.credit.raise_limit import RaiseLimit, raise_limit
from oms.credit.save_account import SaveAccount, save_account
from oms.receivables.apply_payment import ApplyPayment, apply_payment
from oms.receivables.dun import dun_overdue
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.jobs import age_receivables
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.receivables.save_steps import Step, save_steps


def tell_first_books(work: Work) -> None:
    """Invoices and payments: one paid, one open, one overdue."""
    customers = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM customers WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    west, bund, slender = customers["K-1001"], customers["K-1002"], customers["K-1004"]
    paid = post_receivable(
        work, PostReceivable(customer_id=west, kind="invoice", number="INV-3001", amount=Decimal("8200.00"))
    )
    money = post_receivable(
        work, PostReceivable(customer_id=west, kind="payment", number="PAY-911", amount=Decimal("9000.00"))
    )
    apply_payment(
        work, ApplyPayment(payment_id=money.receivable_id, invoice_id=paid.receivable_id, amount=Decimal("8200.00"))
    )
    post_receivable(
        work, PostReceivable(customer_id=bund, kind="invoice", number="INV-3002", amount=Decimal("31500.00"))
    )
    post_receivable(
        work,
        PostReceivable(
            customer_id=slender, kind="invoice", number="INV-2990", amount=Decimal("6400.00"),
            due_on=work.today + timedelta(days=5),
        ),
    )  # fmt: skip


def tell_books_of_today(work: Work) -> None:
    """Debts of every age, one account stopped for them, a company above two accounts, a raise, invoices of orders."""
    customers = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM customers WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    accounts = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM credit_accounts WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    for customer, number, amount, days in (
        ("K-1003", "INV-2871", "1850.00", 12), ("K-1003", "INV-2790", "960.50", 41), ("K-1004", "INV-2703", "1200.00", 72),
        ("K-1005", "INV-2511", "3400.00", 104),
    ):  # fmt: skip
        due_on = work.today - timedelta(days=days)
        post_receivable(work, PostReceivable(
            customer_id=customers[customer], kind="invoice", number=number, amount=Decimal(amount), due_on=due_on,
        ))  # fmt: skip
    orders = work.rows(
        "SELECT id, customer_id FROM orders WHERE tenant_id = %(tenant)s AND status = 'placed' AND open_holds = 0"
        " AND customer_id = ANY(%(customers)s) ORDER BY placed_at LIMIT 2",
        {"tenant": work.tenant_id, "customers": [customers["K-1001"], customers["K-1003"]]},
    )
    for order in orders:
        invoice_order(work, InvoiceOrder(order_id=order.id))
    receive_payment(work, ReceivePayment(
        customer_id=customers["K-1002"], amount=Decimal("20000.00"), method="bank", reference="ICBC-88123", apply=True,
    ))  # fmt: skip
    save_account(work, SaveAccount(
        number="CA-GROUP", name="East China group 华东集团", currency="CNY", credit_limit=Decimal(150000),
    ))  # fmt: skip
    for number, name, limit in (
        ("CA-1002", "Bund Provisions 外滩食品", "60000"), ("CA-1004", "Slender Lake Gifts 瘦西湖礼品", "15000"),
    ):  # fmt: skip
        save_account(work, SaveAccount(
            number=number, name=name, currency="CNY", credit_limit=Decimal(limit), parent="CA-GROUP",
        ))  # fmt: skip
    raise_limit(work, RaiseLimit(
        account_id=accounts["CA-1004"], credit_limit=Decimal(20000), from_on=work.today,
        until_on=work.today + timedelta(days=21), reason="Spring Festival gifts 春节礼盒",
    ))  # fmt: skip
    save_steps(work, (
        Step(after_days=5), Step(after_days=30, words="Please call us if something is wrong. 如有疑问请来电。"),
        Step(after_days=90, stop=True),
    ))  # fmt: skip
    age_receivables(work)
    dun_overdue(work)
