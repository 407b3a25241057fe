"""Why an order cannot be read or changed."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class OrderNotFound(NotFound):
    """No order of this tenant within reach has this id."""

    code = "order_not_found"
    message = N_("There is no such order.")


class OrderChanged(Conflict):
    """Somebody else changed the order since it was read."""

    code = "order_changed"
    message = N_("The order was changed by {changed_by} at version {version}; read it again.")


class OrderNotOpen(Conflict):
    code = "order_not_open"
    message = N_("Order {number} is {status}; only a placed order can be changed so.")


class OrderOnHold(Conflict):
    code = "order_on_hold"
    message = N_("Order {number} is on hold ({types}); release it first.")


class HoldNotFound(NotFound):
    code = "hold_not_found"
    message = N_("There is no such open hold on this order.")


class ApprovalDecidesHold(Conflict):
    code = "approval_decides_hold"
    message = N_("An approval hold ends with its approval, not by hand.")


class NothingToCancel(Conflict):
    code = "nothing_to_cancel"
    message = N_("Nothing of this can be cancelled any more; what was shipped goes through a return.")


class QuantityNotOpen(Invalid):
    code = "quantity_not_open"
    message = N_("Line {line} has only {open} left to cancel.")


class LineNotFound(NotFound):
    code = "line_not_found"
    message = N_("There is no such line in this order.")


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = N_("A reason is needed.")


class CreditStops(Conflict):
    """The policy of the account blocks the order at this point."""

    code = "credit_stops"
    message = N_("Credit stops order {number}: {reason}.")


class HoldTypeUnknown(Invalid):
    code = "hold_type_unknown"
    message = N_("Choose what the hold is about: {types}.")
