"""Why an entry of the contact log is not taken."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class LogEntryInvalid(Invalid):
    """`problems` names each fault."""

    code = "log_entry_invalid"
    message = N_("This entry cannot be kept as it stands.")


class StepUnknown(NotFound):
    code = "step_unknown"
    message = N_("There is no such open step.")
