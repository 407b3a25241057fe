"""Why a rule cannot be kept."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class RuleNotFound(NotFound):
    code = "channel_rule_not_found"
    message = N_("There is no such rule.")


class RuleInvalid(Invalid):
    code = "channel_rule_invalid"
    message = N_("The rule cannot be kept as it is.")


CHANNEL_MISSING = N_("Name a channel; * means all.")
UNITS_OR_SHARE = N_("Write either units or a share in per cent; a share is for buffers only.")
DAYS_TURNED = N_("The last day is before the first.")
ALL_ONLY_BUFFERS = N_("Only a buffer can be for all channels.")
