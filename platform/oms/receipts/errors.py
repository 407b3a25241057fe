"""Why goods cannot be expected or received."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound
from kernel.i18n import N_


class ReceiptNotFound(NotFound):
    code = "receipt_not_found"
    message = N_("No such goods are expected.")


class ReceiptClosed(Conflict):
    code = "receipt_closed"
    message = N_("Nothing more is expected of {reference}.")


class ReceiptOfTransfer(Conflict):
    code = "receipt_of_transfer"
    message = N_("These goods come by transfer {reference}: receive the transfer.")


REFERENCE_MISSING = N_("Name the purchase order or another reference, up to 80 characters.")
QUANTITY_WRONG = N_("Write a quantity of more than 0, such as 12 or 0.5.")
DAY_WRONG = N_("Write a day such as 2026-11-22.")
