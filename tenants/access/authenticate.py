"""Who signs in: address and password first, then the second factor where the user has one."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kernel.db import Actor, Work
from tenants.access.audit import audit
from tenants.access.errors import UserUnknown
from tenants.access.ids import user_text
from tenants.access.passwords import hash_password, needs_rehash, password_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """user_id     None: refused, and nothing says whether the address or the password was wrong
    needs_totp  the second factor is still to come; until then nobody is signed in
    """

    user_id: UUID | None
    session_epoch: int = 0
    needs_totp: bool = False


REFUSED = Authenticated(user_id=None)


def authenticate(work: Work, command: Authenticate) -> Authenticated:
    """Checks address and password. A refusal is an outcome, not an error, so that it is logged and kept.

    Takes as long for an unknown address as for a known one.
    """
    user = work.row(
        "SELECT id, password_hash, session_epoch, active, totp_secret IS NOT NULL AS has_totp FROM users"
        " WHERE tenant_id = %(tenant)s AND email = %(email)s",
        {"tenant": work.tenant_id, "email": command.email.strip().lower()},
    )
    matches = password_matches(user.password_hash if user else None, command.password)
    if user is None:
        return REFUSED
    if not (matches and user.active):
        audit(work, "user.sign_in_refused", "user", user_text(user.id))
        return REFUSED
    if needs_rehash(user.password_hash):
        work.execute(
            "UPDATE users SET password_hash = %(hash)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {"tenant": work.tenant_id, "user": user.id, "hash": hash_password(command.password)},
        )
    if not user.has_totp:
        record_sign_in(work, user.id)
    return Authenticated(user_id=user.id, session_epoch=user.session_epoch, needs_totp=user.has_totp)


def record_sign_in(work: Work, user_id: UUID) -> None:
    """The user is in: seen now, and logged in his own name."""
    act_as(work, user_id)
    work.execute(
        "UPDATE users SET last_seen_at = %(now)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id, "now": work.now},
    )
    audit(work, "user.sign_in", "user", user_text(user_id))


def act_as(work: Work, user_id: UUID) -> None:
    """From here on the work is the user's: a visitor has shown who he is. raises UserUnknown"""
    user = work.row(
        "SELECT kind, name FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id},
    )
    if user is None:
        raise UserUnknown
    asked = work.actor
    work.actor = Actor(kind=user.kind, id=user_id, name=user.name, address=asked.address, request_id=asked.request_id)
