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


class TargetMissing(Invalid):
    """A list that is not for everybody names for whom it is."""

    code = "price_list_target_missing"
    message = N_("A list of this scope needs to say for whom it is.")


class TargetOfOtherScope(Invalid):
    code = "price_list_target_of_other_scope"
    message = N_("The list names somebody that its scope is not about.")


class ValidityInverted(Invalid):
    code = "validity_inverted"
    message = N_("It ends before it begins.")


class PricesFaulty(Invalid):
    """`problems` names each row at fault; nothing was saved."""

    code = "prices_faulty"
    message = N_("Some rows have faults; each is named below. Nothing was saved.")


class RateInvalid(Invalid):
    code = "rate_invalid"
    message = N_("The rate cannot be kept: {reason}")


class RateNotFound(NotFound):
    code = "rate_not_found"
    message = N_("There is no such rate.")
