"""Why a transfer cannot go on."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class TransferNotFound(NotFound):
    code = "transfer_not_found"
    message = N_("There is no such transfer.")


class TransferNotDraft(Conflict):
    code = "transfer_not_draft"
    message = N_("Transfer {number} was sent or cancelled already.")


class TransferNotOnTheWay(Conflict):
    code = "transfer_not_on_the_way"
    message = N_("Nothing of transfer {number} is on the way.")


class TransferEmpty(Invalid):
    code = "transfer_empty"
    message = N_("A transfer needs at least one row.")


class SameLocation(Invalid):
    code = "same_location"
    message = N_("Choose another location than the one it comes from.")


QUANTITY_WRONG = N_("Write a quantity of more than 0, such as 12 or 0.5.")
MORE_THAN_ON_THE_WAY = N_("Only {units} units of this row are on the way.")
LOSS_NEEDS_REASON = N_("Say what became of the units that did not arrive.")
SERIAL_NOT_SENT = N_("Serial number {serial} was not sent with this row.")
REASON_MISSING = N_("Say why the goods come back.")
LINE_UNKNOWN = N_("There is no row {line}.")
LOT_UNKNOWN = N_("There is no lot {value} of this SKU.")
SERIALS_COUNT = N_("Name as many serial numbers as units.")
