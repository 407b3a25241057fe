"""Why money cannot be booked."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class AccountNotFound(NotFound):
    code = "credit_account_not_found"
    message = N_("There is no such credit account.")


class ReceivableNotFound(NotFound):
    code = "receivable_not_found"
    message = N_("There is no such invoice or payment.")


class ReceivableExists(Conflict):
    code = "receivable_exists"
    message = N_("{kind} {number} is booked already.")


class AmountInvalid(Invalid):
    code = "amount_invalid"
    message = N_("The amount must be more than 0.")


class AppliesTooMuch(Invalid):
    code = "applies_too_much"
    message = N_("Only {open} of it is open.")
