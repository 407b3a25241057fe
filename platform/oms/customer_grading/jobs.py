"""Grades customers once a day."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import every
from oms.customer_grading.apply_grading import apply_grading, has_grading


@every(seconds=86_400, name="customers.grade")
def grade_customers(work: Work) -> None:
    """Tenants without grading rules are left alone. A second run changes nothing."""
    if has_grading(work):
        apply_grading(work)
