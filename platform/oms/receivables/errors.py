"""Why money cannot be booked."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class DebtorNotFound(NotFound):
    code = "customer_not_found"
    message = N_("There is no such customer.")


class ReceivableNotFound(NotFound):
    code = "receivable_not_found"
    message = N_("There is no such invoice or payment.")


class ReceivableExists(Conflict):
    code = "receivable_exists"
    message = N_("{kind} {number} is booked already.")


class ReferenceUsed(Conflict):
    """A payment of this method and reference is there, but it is another one."""

    code = "reference_used"
    message = N_("The reference {reference} was booked as {number} over {amount} already.")


class MoneyInvalid(Invalid):
    code = "money_invalid"
    message = N_("The amount must be more than 0 and have no more than {digits} decimals.")


class OtherCurrency(Invalid):
    code = "other_currency"
    message = N_("{number} is kept in {currency}.")


class AppliesTooMuch(Invalid):
    code = "applies_too_much"
    message = N_("Only {open} of it is open.")


class NotApplied(Invalid):
    code = "not_applied"
    message = N_("Only {applied} of the payment is applied to this invoice.")


class NothingToInvoice(Conflict):
    code = "nothing_to_invoice"
    message = N_("Nothing of order {number} is left to invoice.")


class QuantityNotLeft(Invalid):
    code = "quantity_not_left"
    message = N_("Line {line} has only {left} left.")


class LineUnknown(NotFound):
    code = "invoice_line_not_found"
    message = N_("There is no such line in this invoice.")


class CreditTooMuch(Invalid):
    code = "credit_too_much"
    message = N_("Only {left} of the invoice is left to credit.")


class AlreadyCredited(Conflict):
    """A part was credited, so the whole cannot be taken back any more."""

    code = "already_credited"
    message = N_("Invoice {number} was credited in part; credit the rest instead.")


class InvoiceApplied(Conflict):
    code = "invoice_applied"
    message = N_("Payments are applied to invoice {number}; take them off first.")


class NothingToRefund(Invalid):
    code = "refunds_too_much"
    message = N_("Only {open} of it is not applied and can be paid back.")


class ReasonNeeded(Invalid):
    code = "money_reason_needed"
    message = N_("Say why.")


class StepsInvalid(Invalid):
    code = "dunning_steps_invalid"
    message = N_("The dunning steps have faults; each is named below.")


class RebateNothing(Conflict):
    """The period earned no rebate, so nothing is settled."""

    code = "rebate_nothing"
    message = N_("The turnover of this period earns no rebate.")


class RebateCurrency(Conflict):
    code = "rebate_currency"
    message = N_("The rebate is in {agreement}, the customer's account in {account}.")
