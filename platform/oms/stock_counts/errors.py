"""Why a count cannot go on."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class CountNotFound(NotFound):
    code = "count_not_found"
    message = N_("There is no such count.")


class CountClosed(Conflict):
    code = "count_closed"
    message = N_("Count {number} is not being counted any more.")


class CountNotInReview(Conflict):
    code = "count_not_in_review"
    message = N_("Count {number} does not wait for approval.")


class CountEmpty(Invalid):
    code = "count_empty"
    message = N_("Nothing was counted yet.")


class CounterMayNotApprove(Forbidden):
    """Four eyes."""

    code = "counter_may_not_approve"
    message = N_("You counted some of these rows: another person has to approve the differences.")


class ScopeInvalid(Invalid):
    code = "scope_invalid"
    message = N_("There is no bin or category {value}.")


SCOPE_MISSING = N_("Name the bin or the category that is counted.")
COUNTED_WRONG = N_("Write a quantity of 0 or more.")
SERIALS_NEEDED = N_("Name each serial number once that you found, as many as units.")
