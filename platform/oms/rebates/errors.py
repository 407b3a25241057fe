"""Why an agreement cannot be saved, or a period not be settled."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class AgreementNotFound(NotFound):
    code = "rebate_agreement_not_found"
    message = N_("There is no such rebate agreement.")


class PartyUnknown(Invalid):
    code = "rebate_party_unknown"
    message = N_("An agreement is with one customer or one group that exists.")


class TiersInvalid(Invalid):
    code = "rebate_tiers_invalid"
    message = N_("Name at least one tier: a turnover of 0 or more and 0 to 100 percent, each turnover once.")


class AgreementValidityInverted(Invalid):
    code = "rebate_validity_inverted"
    message = N_("It ends before it begins.")


class PeriodOpen(Conflict):
    """A period is settled when it is over."""

    code = "rebate_period_open"
    message = N_("The period runs until {day}; it can be settled after that.")


class PeriodSettled(Conflict):
    code = "rebate_period_settled"
    message = N_("This period is settled already.")
