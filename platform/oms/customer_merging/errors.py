"""Why customers cannot be merged, or a merge not be undone."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class SameCustomer(Invalid):
    code = "same_customer"
    message = N_("Choose two different customers.")


class CustomerMergedAlready(Conflict):
    code = "customer_merged_already"
    message = N_("Customer {number} was merged into another one already.")


class CreditAccountsDiffer(Conflict):
    """Both hold balances, so a person chooses."""

    code = "credit_accounts_differ"
    message = N_("Both customers have a credit account with a balance ({one}, {other}). Choose which one stays.")


class CreditAccountNotTheirs(Invalid):
    code = "credit_account_not_theirs"
    message = N_("The credit account {account} belongs to neither customer.")


class CreditCurrenciesDiffer(Conflict):
    code = "credit_currencies_differ"
    message = N_("The balances of {one} and {other} are in different currencies and cannot become one.")


class SiteNumbersMeet(Conflict):
    code = "site_numbers_meet"
    message = N_("Both customers have a site with the number {number}. Give one of them another number first.")


class MergeNotFound(NotFound):
    code = "merge_not_found"
    message = N_("There is no such merge.")


class MergeCannotBeUndone(Conflict):
    code = "merge_cannot_be_undone"
    message = N_("This merge cannot be undone: {because}.")
