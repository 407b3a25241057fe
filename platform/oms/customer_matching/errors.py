"""Why a pair of customers is not decided."""

from __future__ import annotations

from kernel.errors import NotFound
from kernel.i18n import N_


class SuspectNotFound(NotFound):
    code = "suspect_not_found"
    message = N_("There is no such pair of customers to look at.")
