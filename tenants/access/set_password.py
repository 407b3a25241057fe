"""Every way to a new password: forgotten, invited, changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit
from tenants.access.authenticate import act_as
from tenants.access.errors import PasswordWrong, UserUnknown
from tenants.access.ids import user_text
from tenants.access.passwords import check_strength, hash_password, password_matches
from tenants.access.tokens import Purpose, make_token, token_holder, use_token


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequested:
    """token is for the mail and is kept nowhere; it works once, for an hour"""

    email: str
    name: str
    locale: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPasswordByToken:
    token: str = field(repr=False)
    purpose: Purpose
    password: str = field(repr=False)
    name: str = ""  # an invited user may correct his own


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    user_id: UUID
    current: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet:
    """session_epoch  the new one: all sessions from before are signed out
    needs_totp     the second factor stays as it was
    """

    user_id: UUID
    session_epoch: int
    needs_totp: bool


def request_password_reset(work: Work, email: str) -> ResetRequested | None:
    """A reset for the address, or None where no active user with a password has it. The page says the same for both."""
    user = work.row(
        "SELECT id, email, name, locale FROM users WHERE tenant_id = %(tenant)s AND email = %(email)s"
        " AND active AND password_hash IS NOT NULL",
        {"tenant": work.tenant_id, "email": email.strip().lower()},
    )
    if user is None:
        return None
    token = make_token(work, user.id, "reset_password")
    audit(work, "user.reset_requested", "user", user_text(user.id))
    return ResetRequested(email=user.email, name=user.name, locale=user.locale, token=token)


def set_password_by_token(work: Work, command: SetPasswordByToken) -> PasswordSet:
    """raises TokenInvalid, PasswordTooWeak (the token then stays usable)"""
    holder = token_holder(work, command.token, command.purpose)
    check_strength(command.password, email=_email(work, holder))
    user_id = use_token(work, command.token, command.purpose)
    act_as(work, user_id)
    if command.name.strip():
        work.execute(
            "UPDATE users SET name = %(name)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {"tenant": work.tenant_id, "user": user_id, "name": command.name.strip()},
        )
    audit(work, f"user.{command.purpose}_used", "user", user_text(user_id))
    return _store(work, user_id, command.password)


def change_password(work: Work, command: ChangePassword) -> PasswordSet:
    """raises PasswordWrong, PasswordTooWeak"""
    stored = work.scalar(
        "SELECT password_hash FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE",
        {"tenant": work.tenant_id, "user": command.user_id},
    )
    if not password_matches(stored, command.current):
        raise PasswordWrong
    check_strength(command.password, email=_email(work, command.user_id))
    audit(work, "user.change_password", "user", user_text(command.user_id))
    return _store(work, command.user_id, command.password)


def _email(work: Work, user_id: UUID) -> str:
    found = work.scalar(
        "SELECT email FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id},
    )
    if found is None:
        raise UserUnknown
    return str(found)


def _store(work: Work, user_id: UUID, password: str) -> PasswordSet:
    row = work.row(
        "UPDATE users SET password_hash = %(hash)s, session_epoch = session_epoch + 1"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s"
        " RETURNING session_epoch, totp_secret IS NOT NULL AS has_totp",
        {"tenant": work.tenant_id, "user": user_id, "hash": hash_password(password)},
    )
    assert row is not None
    return PasswordSet(user_id=user_id, session_epoch=row.session_epoch, needs_totp=row.has_totp)
