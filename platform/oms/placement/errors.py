"""Why an order is not placed."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class OrderInvalid(Invalid):
    """What was sent cannot be an order; `problems` names each fault."""

    code = "order_invalid"
    message = N_("The order has faults; each is named below.")


class CustomerUnknown(NotFound):
    code = "customer_unknown"
    message = N_("There is no such customer.")


class OrderTypeUnknown(Invalid):
    code = "order_type_unknown"
    message = N_("There is no order type {order_type} in the configuration in force.")


class CreditRefused(Conflict):
    """The order type blocks orders that pass the credit limit."""

    code = "credit_refused"
    message = N_("The credit check refuses this order: {reason}.")


class OrderExists(Conflict):
    """The channel has sent this number before; the facts name the order it became."""

    code = "order_exists"
    message = N_("Order {outside_number} of channel {channel} exists already.")


class StockShort(Conflict):
    """The order type takes no order that cannot be promised in full."""

    code = "stock_short"
    message = N_("Not enough stock: {missing}.")


class OrderRefused(Conflict):
    """The review rules give it so many points that it is not taken."""

    code = "order_refused"
    message = N_("The review refuses this order: {reason} ({score} points).")


class OrderTooLarge(Invalid):
    code = "order_too_large"
    message = N_("An order has at most {most} lines; this one has {lines}.")


class ApprovalRefused(Conflict):
    """A rule of the approval flow rejects the order before anybody is asked."""

    code = "approval_refused"
    message = N_("The approval flow “{flow}” refuses this order by its rules.")


class NoOpenApproval(Conflict):
    code = "no_open_approval"
    message = N_("No approval of order {number} is open.")


class ChannelNotTaken(Invalid):
    code = "channel_not_taken"
    message = N_("Order type {order_type} takes no orders from channel {channel}.")


class TooLateToCancel(Conflict):
    """Goods are promised or on their way; staff may still stop them."""

    code = "too_late_to_cancel"
    message = N_("Order {number} is already being prepared. Ask your supplier if it must be stopped.")


class BatchTooLarge(Invalid):
    code = "batch_too_large"
    message = N_("At most {most} orders are allocated as one; these are {orders}.")


class PriorityUnknown(Invalid):
    code = "priority_unknown"
    message = N_("{priority} is not a priority. Choose a number from 0 to 9.")


class NothingPromisedThere(Conflict):
    code = "nothing_promised_there"
    message = N_("Nothing of order {number} that is not shipped is promised at {location}.")


class SiteOutOfReach(Forbidden):
    """A buyer who orders for some sites of his company only."""

    code = "site_out_of_reach"
    message = N_("Choose one of your sites as the place to deliver to.")


class BatchNotFound(NotFound):
    code = "batch_not_found"
    message = N_("There is no such batch.")
