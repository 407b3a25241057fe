"""Why a credit account, its limits or its policy cannot be changed."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class AccountNotFound(NotFound):
    code = "credit_account_not_found"
    message = N_("There is no such credit account.")


class AmountInvalid(Invalid):
    code = "amount_invalid"
    message = N_("The amount must be more than 0.")


class LimitNegative(Invalid):
    code = "limit_negative"
    message = N_("A limit must not be negative.")


class ParentUnfit(Invalid):
    """It would be above itself, or is kept in another currency."""

    code = "parent_unfit"
    message = N_("{parent} cannot stand above {account}: {why}.")


class CurrencyFixed(Conflict):
    code = "currency_fixed"
    message = N_("Credit account {account} is kept in {currency}; that never changes.")


class RaiseDays(Invalid):
    code = "raise_days"
    message = N_("The last day of a temporary limit must not be before its first day, nor in the past.")


class RaiseNotFound(NotFound):
    code = "raise_not_found"
    message = N_("There is no such temporary limit in force or to come.")


class ReasonNeeded(Invalid):
    code = "credit_reason_needed"
    message = N_("Say why.")


class PolicyInvalid(Invalid):
    code = "credit_policy_invalid"
    message = N_("The credit policy has faults; each is named below.")


class CustomerGroupUnknown(NotFound):
    code = "credit_group_unknown"
    message = N_("There is no such customer group.")
