"""Why stock cannot be moved."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem
from kernel.i18n import N_


class LocationNotFound(NotFound):
    code = "location_not_found"
    message = N_("There is no such location.")


class SkuNotFound(NotFound):
    code = "sku_not_found"
    message = N_("There is no such SKU.")


class QuantityInvalid(Invalid):
    code = "quantity_invalid"
    message = N_("The quantity must be more than 0.")


class CauseInvalid(Invalid):
    code = "cause_invalid"
    message = N_("{cause} is no cause for this movement.")


class StatusInvalid(Invalid):
    code = "status_invalid"
    message = N_("Choose two different statuses.")


class StockIsPromised(Conflict):
    """Taking units away would leave less than what orders were promised."""

    code = "stock_is_promised"
    message = N_("Only {free} units of {sku} at {location} are free; the others are promised to orders.")


class StatusShort(Conflict):
    code = "status_short"
    message = N_("Only {free} units of {sku} at {location} have that status.")


class LotMissing(Invalid):
    code = "lot_missing"
    message = N_("{sku} is kept by lot: say which one.")


class LotNotWanted(Invalid):
    code = "lot_not_wanted"
    message = N_("{sku} is not kept by lot.")


class LotNotFound(NotFound):
    code = "lot_not_found"
    message = N_("There is no lot {lot} of {sku}.")


class LotDiffers(Conflict):
    code = "lot_differs"
    message = N_("Lot {lot} of {sku} expires on {known}, not on {given}.")


class LotShort(Conflict):
    code = "lot_short"
    message = N_("Only {free} units of lot {lot} of {sku} at {location} are free.")


class SerialsMissing(Invalid):
    code = "serials_missing"
    message = N_("{sku} is kept by serial number: name {count} of them, each once.")


class SerialsNotWanted(Invalid):
    code = "serials_not_wanted"
    message = N_("{sku} is not kept by serial number.")


class SerialIsThere(Conflict):
    code = "serial_is_there"
    message = N_("Serial number {serial} of {sku} is in stock already.")


class SerialNotThere(Conflict):
    code = "serial_not_there"
    message = N_("Serial number {serial} of {sku} is not there with that status.")


class BinNotFound(NotFound):
    code = "bin_not_found"
    message = N_("There is no bin {bin} at this location.")


class BinShort(Conflict):
    code = "bin_short"
    message = N_("Bin {bin} holds only {free} units of {sku}.")


class BinNeeded(Conflict):
    code = "bin_needed"
    message = N_("Only {free} units of {sku} are outside the bins: say which bin they come from.")


class BinInUse(Conflict):
    code = "bin_in_use"
    message = N_("Bin {bin} is not empty.")


class TrackingInUse(Conflict):
    code = "tracking_in_use"
    message = N_("{sku} is in stock. How it is kept can change only while there are no units of it.")


class MovementsRefused(Conflict):
    """Nothing was moved; `problems` names every row that could not be, by its index ("/3").

    first  the error of the first of them
    """

    code = "movements_refused"
    message = N_("Nothing was moved: some rows cannot be.")

    def __init__(self, faults: Sequence[tuple[int, DomainError]]) -> None:
        super().__init__(
            problems=[Problem(f"/{index}", fault.code, fault.message, fault.facts) for index, fault in faults]
        )
        self.first = faults[0][1]
