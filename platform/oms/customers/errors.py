"""Why a customer cannot be saved or found."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class CustomerNotFound(NotFound):
    code = "customer_not_found"
    message = N_("There is no such customer.")


class GroupUnknown(Invalid):
    code = "customer_group_unknown"
    message = N_("There is no customer group {group}.")


class CreditAccountUnknown(Invalid):
    code = "credit_account_unknown"
    message = N_("There is no credit account {account}.")
