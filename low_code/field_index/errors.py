"""What cannot be asked of an index."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class FieldNotIndexed(Invalid):
    code = "field_not_indexed"
    message = N_("“{key}” is not indexed, so lists are not sorted or filtered by range of it.")


class FieldNotSearchable(Invalid):
    code = "field_not_searchable"
    message = N_("“{key}” is not searched for words.")


class RunUnknown(NotFound):
    code = "field_run_unknown"
    message = N_("There is no such work on fields.")


class RunNotOpen(Conflict):
    code = "field_run_not_open"
    message = N_("This work is not running any more.")


class RunStillOpen(Conflict):
    code = "field_run_still_open"
    message = N_("This work is still running.")
