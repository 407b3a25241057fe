"""What the configuration forgets."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import every

KEPT_DAYS = 30  # a save that an author began with is merged with that long after


@every(seconds=86_400, name="config.forget_versions")
def forget_versions(work: Work) -> None:
    """Old saves of drafts; the one that is there now stays."""
    work.execute(
        "DELETE FROM config_draft_versions v WHERE v.tenant_id = %(tenant)s"
        " AND v.saved_at < %(now)s - make_interval(days => %(days)s)"
        " AND NOT EXISTS (SELECT FROM config_drafts d WHERE d.tenant_id = v.tenant_id AND d.etag = v.etag)",
        {"tenant": work.tenant_id, "now": work.now, "days": KEPT_DAYS},
    )
