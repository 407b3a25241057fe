"""Files that were uploaded and that no row took."""

from __future__ import annotations

from datetime import timedelta

from kernel.db import Work

KEPT_FOR = timedelta(days=1)


def remove_waiting(work: Work) -> int:
    """Removes them a day after they came. Returns how many."""
    return work.execute(
        "DELETE FROM field_files WHERE tenant_id = %(tenant)s AND row_id IS NULL AND uploaded_at < %(before)s",
        {"tenant": work.tenant_id, "before": work.now - KEPT_FOR},
    )
