"""Why stock cannot be moved."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
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


class StockIsPromised(Conflict):
    """Taking units away would leave less than what orders were promised."""

    code = "stock_is_promised"
    message = N_("Only {free} units of {sku} at {location} are free; the others are promised to orders.")
