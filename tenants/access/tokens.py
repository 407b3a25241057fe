"""One-time links sent by mail: made, and taken up once. Only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from tenants.access.errors import TokenInvalid

Purpose = Literal["reset_password", "invitation"]
LIFETIME: dict[Purpose, timedelta] = {"reset_password": timedelta(hours=1), "invitation": timedelta(days=7)}


def token_hash(token: str) -> str:
    """The token has 256 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(work: Work, user_id: UUID, purpose: Purpose) -> str:
    """A new token for the user; earlier unused ones of the same purpose stop working."""
    token = secrets.token_urlsafe(32)
    work.execute(
        "UPDATE user_tokens SET used_at = %(now)s"
        " WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND purpose = %(purpose)s AND used_at IS NULL",
        {"tenant": work.tenant_id, "user": user_id, "purpose": purpose, "now": work.now},
    )
    work.execute(
        "INSERT INTO user_tokens (tenant_id, id, user_id, purpose, token_hash, expires_at)"
        " VALUES (%(tenant)s, %(id)s, %(user)s, %(purpose)s, %(hash)s, %(expires)s)",
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "user": user_id,
            "purpose": purpose,
            "hash": token_hash(token),
            "expires": work.now + LIFETIME[purpose],
        },
    )
    return token


def token_holder(work: Work, token: str, purpose: Purpose) -> UUID:
    """Whose unused token this is; it stays usable. For showing the form.

    raises TokenInvalid
    """
    found = work.scalar(
        "SELECT t.user_id FROM user_tokens t JOIN users u ON u.tenant_id = t.tenant_id AND u.id = t.user_id"
        " WHERE t.tenant_id = %(tenant)s AND t.token_hash = %(hash)s AND t.purpose = %(purpose)s"
        " AND t.used_at IS NULL AND t.expires_at > %(now)s AND u.active",
        {"tenant": work.tenant_id, "hash": token_hash(token), "purpose": purpose, "now": work.now},
    )
    if found is None:
        raise TokenInvalid
    assert isinstance(found, UUID)
    return found


def use_token(work: Work, token: str, purpose: Purpose) -> UUID:
    """Takes the token up and returns its user. Of two at once, one wins.

    raises TokenInvalid
    """
    found = work.scalar(
        "UPDATE user_tokens t SET used_at = %(now)s FROM users u"
        " WHERE t.tenant_id = %(tenant)s AND t.token_hash = %(hash)s AND t.purpose = %(purpose)s"
        " AND t.used_at IS NULL AND t.expires_at > %(now)s"
        " AND u.tenant_id = t.tenant_id AND u.id = t.user_id AND u.active RETURNING t.user_id",
        {"tenant": work.tenant_id, "hash": token_hash(token), "purpose": purpose, "now": work.now},
    )
    if found is None:
        raise TokenInvalid
    assert isinstance(found, UUID)
    return found
