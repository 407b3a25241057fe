"""Departments as a list to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kernel.i18n import current_locale
from tenants.access.departments import DepartmentRow
from tenants.access.ids import department_text
from tenants.access.queries import name_in


def department_options(rows: Iterable[DepartmentRow], *, without: UUID | None = None) -> list[tuple[str, str]]:
    """(id, name in the reader's language) each, those below another indented.

    without  leaves this department out, and all below it
    """
    left_out = {without} if without else set()
    shown = []
    for row in rows:
        if row.id in left_out or row.parent_id in left_out:
            left_out.add(row.id)
            continue
        shown.append((department_text(row.id), "\u2003" * row.depth + name_in(row.names, current_locale())))
    return shown
