"""Why customers are not graded."""

from __future__ import annotations

from kernel.errors import NotFound
from kernel.i18n import N_


class GradingMissing(NotFound):
    code = "grading_missing"
    message = N_("There are no grading rules. Write and publish customer grading “standard” in the builder first.")
