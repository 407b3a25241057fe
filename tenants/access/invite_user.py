"""Makes a user without a password, and the one-time token with which he sets it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from tenants.access.audit import audit
from tenants.access.errors import UserUnknown
from tenants.access.ids import user_text
from tenants.access.register_user import RegisterUser, register_user
from tenants.access.tokens import make_token


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited:
    """token is for the mail and is kept nowhere; it works once, for seven days"""

    user_id: UUID
    email: str
    name: str
    locale: str
    token: str


def invite_user(work: Work, command: RegisterUser) -> UserInvited:
    """raises what `register_user` raises"""
    assert command.password is None
    registered = register_user(work, command)
    return invite_again(work, registered.user_id)


def invite_again(work: Work, user_id: UUID) -> UserInvited:
    """A new invitation; the earlier one stops working.

    raises UserUnknown, also for one who has taken his invitation up or is not active
    """
    user = work.row(
        "SELECT email, name, locale FROM users"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s AND password_hash IS NULL AND active",
        {"tenant": work.tenant_id, "user": user_id},
    )
    if user is None:
        raise UserUnknown
    token = make_token(work, user_id, "invitation")
    audit(work, "user.invite", "user", user_text(user_id), {"email": (None, user.email)})
    return UserInvited(user_id=user_id, email=user.email, name=user.name, locale=user.locale, token=token)
