"""Why units cannot be reserved."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class ReservationNotFound(NotFound):
    code = "reservation_not_found"
    message = N_("There is no such reservation.")


class ReservationClosed(Conflict):
    code = "reservation_closed"
    message = N_("This reservation holds nothing any more.")


class NotEnoughToReserve(Conflict):
    """Somebody else has the units, or they are kept for another channel."""

    code = "not_enough_to_reserve"
    message = N_("Only {free} units of {sku} can be reserved.")


class LifeInvalid(Invalid):
    code = "life_invalid"
    message = N_("A reservation lives between 1 minute and 90 days.")
