"""Why an order cannot be changed so."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class ChangeInvalid(Invalid):
    """Everything that is wrong with the actions; `problems` points into them."""

    code = "change_invalid"
    message = N_("The change cannot be made; see what is wrong with it.")


class ChangeOpen(Conflict):
    """One open change per order."""

    code = "change_open"
    message = N_("{opened_by} has a change of order {number} open; confirm or withdraw it first.")


class ChangeNotFound(NotFound):
    code = "change_not_found"
    message = N_("There is no such change of this order.")


class ChangeClosed(Conflict):
    code = "change_closed"
    message = N_("This change is {status} already.")


class RequestsNotTaken(Conflict):
    """The order type lets buyers ask for no change, or no more."""

    code = "requests_not_taken"
    message = N_("Order {number} can no longer be changed online; please call us.")


class PriceNotYours(Conflict):
    """A price was agreed by hand by somebody who may not."""

    code = "price_not_yours"
    message = N_("You may not set prices by hand.")


class VersionNotFound(NotFound):
    code = "version_not_found"
    message = N_("Version {version} of this order was not kept.")
