"""What can go wrong when custom values are changed."""

from __future__ import annotations

from kernel.errors import NotFound
from kernel.i18n import N_


class RowNotFound(NotFound):
    code = "row_not_found"
    message = N_("There is nothing here for you.")
