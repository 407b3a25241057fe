"""Why a bank statement cannot be read or booked."""

from __future__ import annotations

from kernel.errors import Invalid
from kernel.i18n import N_


class StatementUnreadable(Invalid):
    """`problems` names each fault by its row, the header being row 1."""

    code = "statement_unreadable"
    message = N_("This statement cannot be read.")


class StatementColumnsMissing(Invalid):
    code = "statement_columns_missing"
    message = N_("The file needs columns with the day and the amount; its first row names them.")


class InvoiceUnknown(Invalid):
    code = "invoice_unknown"
    message = N_("The customer has no open invoice {number} in {currency}.")
