"""Pays a closed period's volume rebate out as a credit note: once, in the transaction that settles the period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.rebates.reckon import read_agreement, settle_period
from oms.receivables.debtor import find_debtor, lock_debtor
from oms.receivables.errors import RebateCurrency, RebateNothing
from oms.receivables.numbers import next_number
from oms.receivables.post_receivable import PostReceivable, post_receivable


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRebate:
    """agreement: its key; day: any within the period"""

    agreement: str
    customer_id: UUID
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RebatePaid:
    number: str
    receivable_id: UUID
    amount: Decimal


def pay_rebate(work: Work, command: PayRebate) -> RebatePaid:
    """The credit note is without tax: turnover is reckoned net. It waits to be applied like any other.

    raises  AgreementNotFound, DebtorNotFound, PeriodOpen, PeriodSettled, RebateNothing, RebateCurrency
    """
    agreement = read_agreement(work, command.agreement)
    debtor = find_debtor(work, command.customer_id)
    if debtor.currency != agreement.currency:
        raise RebateCurrency(agreement=agreement.currency, account=debtor.currency)
    lock_debtor(work, debtor)  # before the period is marked: the locks of every booking come first
    number = next_number(work, "credit_note")
    standing = settle_period(work, command.agreement, command.customer_id, command.day, reference=number)
    if not standing.earned.amount:
        raise RebateNothing()
    posted = post_receivable(
        work,
        PostReceivable(
            customer_id=command.customer_id, kind="credit_note", number=number, amount=standing.earned.amount,
            note=f"{command.agreement} {standing.first.isoformat()}",
        ),
    )  # fmt: skip
    return RebatePaid(number=number, receivable_id=posted.receivable_id, amount=standing.earned.amount)
