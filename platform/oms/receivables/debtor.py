"""A customer as a debtor, under the locks that every booking takes: orders, then the credit account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.credit.book_exposure import book_exposure
from oms.credit.lock_account import lock_accounts
from oms.receivables.errors import DebtorNotFound
from oms.receivables.plan import Terms
from oms.receivables.post_transaction import Party

_CUSTOMER = """
SELECT c.id, c.number, c.name, c.email, c.credit_account_id, a.currency AS account_currency, c.payment_terms_days,
  c.terms_end_of_month
FROM customers c
LEFT JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.id = c.credit_account_id
WHERE c.tenant_id = %(tenant)s AND c.id = %(customer)s
"""
_LOCK_ORDERS = """
SELECT id FROM orders WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s) ORDER BY id FOR NO KEY UPDATE
"""
# Who has no credit account is locked himself: two bookings of one customer always come one after the other.
_LOCK_CUSTOMERS = """
SELECT id FROM customers WHERE tenant_id = %(tenant)s AND id = ANY(%(customers)s) ORDER BY id FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """account_id  the credit account that carries his exposure; None where he has none in this currency"""

    customer_id: UUID
    number: str
    name: str
    email: str
    currency: str
    account_id: UUID | None
    terms: Terms

    @property
    def party(self) -> Party:
        return Party(self.customer_id, self.account_id)


def find_debtor(work: Work, customer_id: UUID, currency: str | None = None) -> Debtor:
    """The customer within reach. currency: of what is booked; None takes the account's, else the tenant's own.

    raises DebtorNotFound
    """
    if not work.actor.may_see("customer", customer_id):
        raise DebtorNotFound()
    row = work.row(_CUSTOMER, {"tenant": work.tenant_id, "customer": customer_id})
    if row is None:
        raise DebtorNotFound()
    booked = currency or row.account_currency or work.tenant.currency
    return Debtor(
        customer_id=row.id, number=row.number, name=row.name, email=row.email, currency=booked,
        account_id=row.credit_account_id if row.account_currency == booked else None,
        terms=Terms(row.payment_terms_days, row.terms_end_of_month),
    )  # fmt: skip


def lock_books(
    work: Work,
    *,
    orders: Iterable[UUID | None] = (),
    accounts: Iterable[UUID | None] = (),
    customers: Iterable[UUID] = (),
) -> None:
    """Orders by id, then accounts with those above them by id, then customers without an account by id."""
    wanted = sorted({order for order in orders if order is not None})
    if wanted:
        work.rows(_LOCK_ORDERS, {"tenant": work.tenant_id, "orders": wanted})
    lock_accounts(work, {account for account in accounts if account is not None})
    alone = sorted(set(customers))
    if alone:
        work.rows(_LOCK_CUSTOMERS, {"tenant": work.tenant_id, "customers": alone})


def lock_debtor(work: Work, debtor: Debtor, *, orders: Iterable[UUID | None] = ()) -> None:
    lock_books(
        work, orders=orders, accounts=[debtor.account_id],
        customers=() if debtor.account_id is not None else [debtor.customer_id],
    )  # fmt: skip


def book_bucket(
    work: Work, account_id: UUID | None, bucket: str, amount: Decimal, *, cause: str, receivable_id: UUID
) -> None:
    """As book_exposure, where there is an account."""
    if account_id is not None:
        book_exposure(work, account_id, bucket, amount, cause=cause, receivable_id=receivable_id)
