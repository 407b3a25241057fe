"""Ends all sessions of a user: a session carries the epoch it began in, and this raises it."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit
from tenants.access.errors import UserUnknown
from tenants.access.ids import user_text


def sign_out_everywhere(work: Work, user_id: UUID) -> int:
    """The new epoch; who puts it into his own session stays signed in there. raises UserUnknown"""
    epoch = work.scalar(
        "UPDATE users SET session_epoch = session_epoch + 1 WHERE tenant_id = %(tenant)s AND id = %(user)s"
        " RETURNING session_epoch",
        {"tenant": work.tenant_id, "user": user_id},
    )
    if epoch is None:
        raise UserUnknown
    audit(work, "user.sign_out_everywhere", "user", user_text(user_id))
    return int(epoch)
