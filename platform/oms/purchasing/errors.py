"""Why a request or a buyer's limits are not taken."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class RequestNotFound(NotFound):
    code = "purchase_request_not_found"
    message = N_("There is no such purchase request.")


class RequestDecided(Conflict):
    code = "purchase_request_decided"
    message = N_("This purchase request is decided already.")


class NotAnApprover(Forbidden):
    """Of one's own request, or without being named for it."""

    code = "not_an_approver"
    message = N_("You may not decide this purchase request. A colleague who approves for your company can.")


class NotYourRequest(Forbidden):
    code = "not_your_request"
    message = N_("Only who asked may withdraw a purchase request.")


class NoteMissing(Invalid):
    code = "note_missing"
    message = N_("Say why, so that your colleague knows.")


class RequestTotalChanged(Conflict):
    code = "purchase_total_changed"
    message = N_("The order now comes to {total}. Look at it again before you approve.")


class NobodyApproves(Conflict):
    """Above a limit, and the company has nobody who could agree."""

    code = "nobody_approves"
    message = N_("This is above your spending limit, and nobody of your company approves requests. Ask your supplier.")


class BuyerUnknown(NotFound):
    code = "buyer_unknown"
    message = N_("The customer has no such portal user.")


class BuyerInvalid(Invalid):
    """`problems` names each fault."""

    code = "buyer_invalid"
    message = N_("These limits cannot be saved as they stand.")
