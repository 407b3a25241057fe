"""What can go wrong between a proposal and its release."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class PlanUnknown(NotFound):
    code = "plan_unknown"
    message = N_("There is no such planned release.")


class PlanOver(Conflict):
    code = "plan_over"
    message = N_("This planned release is over already ({state}).")


class PlanVoid(Conflict):
    """Drafts or the release in force changed since it was proposed, so what was agreed to is not there any more."""

    code = "plan_void"
    message = N_("Drafts or the release in force changed since this was proposed; propose it again.")


class OwnPlan(Forbidden):
    code = "own_plan"
    message = N_("You proposed this yourself; somebody else has to decide.")


class NotAPerson(Forbidden):
    """An API key or a job may propose; a second pair of eyes is a person's."""

    code = "not_a_person"
    message = N_("Only a person who is signed in can decide about a proposal.")


class HourPassed(Invalid):
    code = "hour_passed"
    message = N_("The hour to publish must lie ahead, at most a year.")


class NothingToPlan(Invalid):
    code = "nothing_to_plan"
    message = N_("No second person is needed and no hour is named, so it can be published at once.")
