"""What the review queue refuses."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class HoldsGone(NotFound):
    """Released meanwhile, or not for this person."""

    code = "holds_gone"
    message = N_("None of these holds stands any more.")


class AssigneeUnfit(Invalid):
    code = "assignee_unfit"
    message = N_("Holds are assigned to active colleagues.")


class HoursUnfit(Invalid):
    code = "hours_unfit"
    message = N_("A service time is 1 to 1000 hours.")
