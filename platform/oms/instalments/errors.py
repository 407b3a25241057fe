"""What is refused about planned deliveries."""

from __future__ import annotations

from kernel.errors import Invalid
from kernel.i18n import N_


class PlanInvalid(Invalid):
    """`problems` names each fault by line and delivery."""

    code = "plan_invalid"
    message = N_("The planned deliveries cannot be kept like this.")
