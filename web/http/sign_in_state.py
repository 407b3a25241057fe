"""Sessions of users: Flask-Login over ours. A session carries the user and the epoch it began in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, login_user, logout_user

from kernel import telemetry
from kernel.db import Work
from tenants.access.queries import SessionUser, session_user
from tenants.scope import TenantUnknown, open_work
from web.http.locales import forget_locale, use_locale_of
from web.http.principals import Principal, current_principal, principal_of_user
from web.http.problems import is_api_request
from web.http.services import services
from web.http.tenancy import tenant_id_of

KEPT_SIGNED_IN = timedelta(days=14)
_SEEN_EVERY = timedelta(minutes=5)


def init_sign_in(app: Flask) -> None:
    manager = LoginManager()
    # Sessions are bound to tenant and epoch; binding them to the address too would sign phones out all day.
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load)
    manager.init_app(app)
    app.config["PERMANENT_SESSION_LIFETIME"] = KEPT_SIGNED_IN

    @app.before_request
    def recognise() -> None:
        """Who has a session is known before the view runs, and is answered in his language."""
        if "_user_id" not in session or is_api_request():
            return
        principal = current_principal()
        if principal is not None:
            use_locale_of(principal)
            telemetry.bind(actor=principal.text_id)


def _load(text: str) -> Principal | None:
    user_id, _, epoch = text.partition(":")
    try:
        tenant_id = tenant_id_of(request)
        if tenant_id is None:
            return None
        with open_work(services().engine, tenant_id) as work:
            user = session_user(work, UUID(user_id), epoch=int(epoch))
            if user is not None:
                _note_seen(work, user)
            g.tenant = work.tenant
    except (TenantUnknown, ValueError):
        return None
    return principal_of_user(user) if user else None


def _note_seen(work: Work, user: SessionUser) -> None:
    if user.last_seen_at is None or work.now - user.last_seen_at > _SEEN_EVERY:
        work.execute(
            "UPDATE users SET last_seen_at = %(now)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {"tenant": work.tenant_id, "user": user.id, "now": work.now},
        )


def begin_session(user: SessionUser, *, keep: bool = False) -> None:
    """Signs the user in, in a fresh session. keep: for 14 days instead of until the browser closes"""
    session.clear()
    session.permanent = keep
    forget_locale()
    login_user(principal_of_user(user))


def renew_session(epoch: int) -> None:
    """After "sign out everywhere" or a new password: this session goes on in the new epoch."""
    user_id = str(session["_user_id"]).partition(":")[0]
    session["_user_id"] = f"{user_id}:{epoch}"


def end_session() -> None:
    logout_user()
    session.clear()
