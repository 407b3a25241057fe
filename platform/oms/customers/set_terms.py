"""Sets how a customer pays: on which account, how much before, and by when the rest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import to_text
from oms.customers.errors import CreditAccountUnknown, CustomerNotFound, TermsInvalid
from tenants.access.audit import audit, difference

MOST_DAYS = 365
DAYS_WRONG = N_("Write days from 0 to {most}.")
PERCENT_WRONG = N_("Write a percentage from 0 to 100.")
_BEFORE = """
SELECT c.payment_terms_days, c.terms_end_of_month, c.prepay_percent, a.number AS credit_account
FROM customers c LEFT JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.id = c.credit_account_id
WHERE c.tenant_id = %(tenant)s AND c.id = %(customer)s AND c.merged_into IS NULL FOR NO KEY UPDATE OF c
"""
_ACCOUNT = "SELECT id FROM credit_accounts WHERE tenant_id = %(tenant)s AND number = %(number)s"
_SET = """
UPDATE customers SET payment_terms_days = %(payment_terms_days)s, terms_end_of_month = %(terms_end_of_month)s,
  prepay_percent = %(prepay_percent)s, credit_account_id = %(account)s
WHERE tenant_id = %(tenant)s AND id = %(customer)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """credit_account      number; None: sells against prepayment only
    payment_terms_days  from the invoice, or from the end of its month (terms_end_of_month)
    prepay_percent      of an order, to be paid before it is processed: 30 is a deposit of 30 %, the rest by the terms;
                        None: as the order type says
    """

    customer_id: UUID
    credit_account: str | None
    payment_terms_days: int
    terms_end_of_month: bool = False
    prepay_percent: Decimal | None = None


def set_terms(work: Work, command: SetTerms) -> None:
    """For orders and invoices to come; what is placed and booked stays on its account and its day.

    raises  CustomerNotFound, CreditAccountUnknown, TermsInvalid with every fault
    """
    _judge(command)
    parameters = {"tenant": work.tenant_id, "customer": command.customer_id}
    before = work.row(_BEFORE, parameters) if work.actor.may_see("customer", command.customer_id) else None
    if before is None:
        raise CustomerNotFound(customer_id=str(command.customer_id))
    account = None
    if command.credit_account is not None:
        account = work.scalar(_ACCOUNT, {"tenant": work.tenant_id, "number": command.credit_account})
        if account is None:
            raise CreditAccountUnknown(account=command.credit_account)
    told = {
        "payment_terms_days": command.payment_terms_days, "terms_end_of_month": command.terms_end_of_month,
        "prepay_percent": command.prepay_percent,
    }  # fmt: skip
    work.execute(_SET, {**parameters, **told, "account": account})
    after = {**told, "prepay_percent": _text(command.prepay_percent), "credit_account": command.credit_account}
    changes = difference({**before._asdict(), "prepay_percent": _text(before.prepay_percent)}, after)
    if changes:
        audit(work, "customer.set_terms", "customer", to_text("cus", command.customer_id), changes)


def _text(percent: Decimal | None) -> str | None:
    return None if percent is None else f"{percent.normalize():f}"


def _judge(command: SetTerms) -> None:
    problems = []
    if not 0 <= command.payment_terms_days <= MOST_DAYS:
        problems.append(Problem("/payment_terms_days", "days_wrong", DAYS_WRONG, {"most": MOST_DAYS}))
    percent = command.prepay_percent
    if percent is not None and not (0 <= percent <= 100 and percent == round(percent, 2)):
        problems.append(Problem("/prepay_percent", "percent_wrong", PERCENT_WRONG))
    if problems:
        raise TermsInvalid(problems=problems)
