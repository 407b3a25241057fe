"""Why a price list cannot be saved."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class PriceListNotFound(NotFound):
    code = "price_list_not_found"
    message = N_("There is no such price list.")


class SkusUnknown(Invalid):
    code = "skus_unknown"
    message = N_("These SKUs are not known: {skus}.")


class TargetUnknown(Invalid):
    code = "price_list_target_unknown"
    message = N_("The price list names a customer or group that is not there: {target}.")
