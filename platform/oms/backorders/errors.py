"""Why nothing is done about a backorder."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class BackorderNotFound(NotFound):
    code = "backorder_not_found"
    message = N_("No unit of this line waits for stock.")


class FollowUpInvalid(Invalid):
    code = "follow_up_invalid"
    message = N_("A follow-up needs a note and a day.")


class FollowUpNotFound(NotFound):
    code = "follow_up_not_found"
    message = N_("There is no such open follow-up.")


class NobodyToAsk(Conflict):
    code = "nobody_to_ask"
    message = N_("Customer {customer} has no e-mail address to ask at.")


class LinkInvalid(NotFound):
    code = "link_invalid"
    message = N_("This link does not work, or no longer. Please ask for a new one.")


class QuestionAnswered(Conflict):
    code = "question_answered"
    message = N_("This has been answered already.")


class AnswerInvalid(Invalid):
    code = "answer_invalid"
    message = N_("Choose whether to wait, to take another product, or to cancel.")


class NotASubstitute(Invalid):
    code = "not_a_substitute"
    message = N_("{sku} is not offered instead.")
