"""Signing in and out: address and password, then the code where there is a second factor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import _
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.queries import SessionUser, session_user
from tenants.access.totp import verify_totp
from web.http.access import public, safe_next
from web.http.forms import Form
from web.http.limits import account, limiter, login_rate
from web.http.principals import current_principal
from web.http.sign_in_state import begin_session, end_session
from web.http.work import current_tenant, current_work
from web.pages.navigation import first_page

bp = Blueprint("sign_in", __name__)
_PENDING = "second_step"
_PENDING_SECONDS = 600


@dataclass(slots=True)
class SignInPage:
    """form keeps the address; the password has to be typed again"""

    form: Form


@bp.get("/sign-in")
@public
def form() -> ResponseReturnValue:
    current_tenant()
    principal = current_principal()
    if principal is not None:
        return redirect(safe_next(request.args.get("next")) or first_page(principal))
    return render_template("sign_in/form.html", page=SignInPage(Form.of(next=request.args.get("next", ""))))


@bp.post("/sign-in")
@public
@limiter.limit(login_rate)
@limiter.limit(login_rate, key_func=account)
def enter() -> ResponseReturnValue:
    sent = Form.sent()
    keep, target = sent.checked("keep"), sent.value("next")
    with current_work() as work:
        outcome = authenticate(work, Authenticate(email=sent.value("email"), password=sent.value("password")))
        user = session_user(work, outcome.user_id) if outcome.user_id else None
    if user is None:
        sent.refuse_field("password", _("Address or password is not right."))
        return render_template("sign_in/form.html", page=SignInPage(sent)), sent.status
    if outcome.needs_totp:
        session[_PENDING] = {"user": str(user.id), "epoch": user.session_epoch, "keep": keep, "next": target,
                             "at": int(time.time())}  # fmt: skip
        return redirect(url_for("sign_in.code"))
    return _let_in(user, keep=keep, target=target)


@bp.get("/sign-in/code")
@public
def code() -> ResponseReturnValue:
    if _pending() is None:
        return redirect(url_for("sign_in.form"))
    return render_template("sign_in/code.html", page=SignInPage(Form()))


@bp.post("/sign-in/code")
@public
@limiter.limit(login_rate)
@limiter.limit("10/minute;40/hour", key_func=lambda: f"code:{(_pending() or {}).get('user', 'nobody')}")
def enter_code() -> ResponseReturnValue:
    pending = _pending()
    if pending is None:
        return redirect(url_for("sign_in.form"))
    sent = Form.sent()
    user_id = UUID(pending["user"])
    with current_work() as work:
        passed = verify_totp(work, user_id, sent.value("code"))
        user = session_user(work, user_id, epoch=pending["epoch"]) if passed else None
    if user is None:
        sent.values.clear()
        sent.refuse_field("code", _("This code is not right, or it has been used already. Wait for the next one."))
        return render_template("sign_in/code.html", page=SignInPage(sent)), sent.status
    return _let_in(user, keep=pending["keep"], target=pending["next"])


@bp.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    end_session()
    return redirect(url_for("sign_in.form"))


def _let_in(user: SessionUser, *, keep: bool, target: str) -> ResponseReturnValue:
    begin_session(user, keep=keep)
    principal = current_principal()
    assert principal is not None
    return redirect(safe_next(target) or first_page(principal))


def _pending() -> dict[str, Any] | None:
    """Who has shown his password within ten minutes and still owes the code."""
    found: dict[str, Any] | None = session.get(_PENDING)
    if found is None or time.time() - found["at"] > _PENDING_SECONDS:
        return None
    return found
