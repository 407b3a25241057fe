"""Money that was paid for one order and is another's from now on: orders that are split or merged take theirs along.

The payment is not touched beyond what it passes on: that becomes a payment of its own, which names the first. In the
ledger and in the credit account the two sides cancel out, each named by its entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from kernel.money import Money, apportion
from oms.receivables.debtor import book_bucket
from oms.receivables.money_of_orders import derive_money
from oms.receivables.post_transaction import Entry, Party, post_transaction

_OPEN = """
SELECT p.id, p.account_id, p.customer_id, p.number, p.currency, -p.open_amount AS open,
  f.id AS came_from, f.order_id AS came_from_order
FROM receivables p LEFT JOIN receivables f ON f.tenant_id = %(tenant)s AND f.id = p.passed_from
WHERE p.tenant_id = %(tenant)s AND p.order_id = %(order)s AND p.kind = 'payment' AND p.open_amount < 0
  AND (%(came_from)s::uuid IS NULL OR f.order_id = %(came_from)s)
ORDER BY p.id FOR NO KEY UPDATE OF p
"""
_GIVE = """
UPDATE receivables SET open_amount = open_amount + %(amount)s, passed_on = passed_on + %(amount)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_RETURN = """
UPDATE receivables SET open_amount = open_amount - %(amount)s, passed_on = passed_on - %(amount)s
WHERE tenant_id = %(tenant)s AND id = %(came_from)s
"""
_TAKE = """
INSERT INTO receivables (tenant_id, id, account_id, customer_id, kind, number, currency, net, tax, amount, open_amount,
  posted_on, order_id, method, banked_on, note, created_at, created_by, passed_from)
SELECT p.tenant_id, %(new_id)s, p.account_id, p.customer_id, p.kind,
  p.number || '-' || (2 + (SELECT count(*) FROM receivables x
    WHERE x.tenant_id = %(tenant)s AND x.kind = 'payment' AND x.number LIKE p.number || '-%%')),
  p.currency, -%(amount)s::numeric, 0, -%(amount)s::numeric, -%(amount)s::numeric, %(today)s, %(to_order)s, p.method,
  p.banked_on, p.note, %(now)s, %(actor)s, p.id
FROM receivables p WHERE p.tenant_id = %(tenant)s AND p.id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class _Payment:
    id: UUID
    account_id: UUID | None
    customer_id: UUID
    number: str
    currency: str
    open: Decimal
    came_from: UUID | None
    came_from_order: UUID | None


def share_payments(work: Work, from_order: UUID, weights: Mapping[UUID, Decimal], *, stays: Decimal) -> None:
    """Shares what was paid for an order and settles no invoice yet out to others, as their totals stand to each other.

    weights  order -> its total; stays: what the order itself still comes to
    Orders and accounts were locked before.
    """
    payments = _open(work, from_order)
    paid = sum((one.open for one in payments), Decimal(0))
    if not paid or not any((stays, *weights.values())):
        return
    shares = apportion(Money(paid, payments[0].currency), [stays, *weights.values()])[1:]
    for to_order, share in zip(weights, shares, strict=True):
        _take(work, payments, to_order, share.amount)
    derive_money(work, [from_order, *weights])


def pass_payments_on(work: Work, from_order: UUID, to_order: UUID, *, came_from: UUID | None = None) -> None:
    """All that was paid for one order and settles no invoice yet is another's.

    came_from  only payments that were passed on from an order before: they go back
    """
    payments = _open(work, from_order, came_from)
    _take(work, payments, to_order, sum((one.open for one in payments), Decimal(0)))
    derive_money(work, [from_order, to_order])


def _open(work: Work, order_id: UUID, came_from: UUID | None = None) -> list[_Payment]:
    parameters = {"tenant": work.tenant_id, "order": order_id, "came_from": came_from}
    return [_Payment(*row) for row in work.rows(_OPEN, parameters)]


def _take(work: Work, payments: list[_Payment], to_order: UUID, amount: Decimal) -> None:
    """Takes `amount` out of the payments, one after the other; what it leaves of each stays in the list."""
    left = amount
    for at, payment in enumerate(payments):
        part = min(left, payment.open)
        if part > 0:
            _pass_on(work, payment, to_order, part)
            payments[at] = replace(payment, open=payment.open - part)
            left -= part


def _pass_on(work: Work, payment: _Payment, to_order: UUID, amount: Decimal) -> None:
    """Into a payment of its own, or back into the one that it was a part of."""
    goes_back = payment.came_from is not None and payment.came_from_order == to_order
    taken = payment.came_from if goes_back and payment.came_from else new_id()
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "id": payment.id, "amount": amount, "new_id": taken, "to_order": to_order,
        "today": work.today, "now": work.now, "actor": work.actor.name, "came_from": payment.came_from,
    }  # fmt: skip
    work.execute(_GIVE, parameters)
    work.execute(_RETURN if goes_back else _TAKE, parameters)
    party = Party(payment.customer_id, payment.account_id)
    entries = [Entry("deposits", amount, party), Entry("deposits", -amount, party)]
    post_transaction(work, "payment_passed_on", payment.currency, entries, receivable_id=taken, order_id=to_order)
    for item, by in ((payment.id, -amount), (taken, amount)):
        book_bucket(work, payment.account_id, "unapplied_payments", by, cause="payment_passed_on", receivable_id=item)
