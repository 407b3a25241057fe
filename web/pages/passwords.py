"""Forgotten passwords and invitations: links that came by mail."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import _
from tenants.access.passwords import LEAST_CHARACTERS
from tenants.access.queries import session_user, user_row
from tenants.access.set_password import (
    PasswordSet,
    SetPasswordByToken,
    request_password_reset,
    set_password_by_token,
)
from tenants.access.tokens import Purpose, token_holder
from web.http.access import public
from web.http.forms import Form
from web.http.limits import limiter, login_rate
from web.http.principals import principal_of_user
from web.http.sign_in_state import begin_session
from web.http.work import current_tenant, current_work
from web.mails import send_reset
from web.pages.navigation import first_page

bp = Blueprint("passwords", __name__)


@dataclass(slots=True)
class ForgotPage:
    """sent: said for every address, known or not"""

    form: Form = field(default_factory=Form)
    sent: bool = False


@dataclass(slots=True, kw_only=True)
class ChoosePage:
    """email  for the password manager
    least  characters of a password
    """

    form: Form
    title: str
    email: str
    invited: bool
    least: int = LEAST_CHARACTERS


@bp.get("/password/forgot")
@public
def forgot() -> ResponseReturnValue:
    current_tenant()
    return render_template("passwords/forgot.html", page=ForgotPage())


@bp.post("/password/forgot")
@public
@limiter.limit(login_rate)
def send_link() -> ResponseReturnValue:
    with current_work() as work:
        wanted = request_password_reset(work, Form.sent().value("email"))
    if wanted is not None:
        send_reset(current_tenant(), wanted)
    return render_template("passwords/forgot.html", page=ForgotPage(sent=True))


@bp.get("/password/reset/<token>")
@public
def reset(token: str) -> ResponseReturnValue:
    return _show(token, "reset_password", Form())


@bp.post("/password/reset/<token>")
@public
@limiter.limit(login_rate)
def store_reset(token: str) -> ResponseReturnValue:
    outcome = _store(token, "reset_password")
    if not isinstance(outcome, PasswordSet):
        return outcome
    flash(_("Your password is changed. Sign in with the new one."), "ok")
    return redirect(url_for("sign_in.form"))


@bp.get("/invitation/<token>")
@public
def accept(token: str) -> ResponseReturnValue:
    return _show(token, "invitation", Form())


@bp.post("/invitation/<token>")
@public
@limiter.limit(login_rate)
def store_accepted(token: str) -> ResponseReturnValue:
    outcome = _store(token, "invitation")
    if not isinstance(outcome, PasswordSet):
        return outcome
    with current_work() as work:
        user = session_user(work, outcome.user_id)
    assert user is not None
    begin_session(user)
    flash(_("Welcome, {name}.", name=user.name), "ok")
    return redirect(first_page(principal_of_user(user)))


def _show(token: str, purpose: Purpose, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        user = user_row(work, token_holder(work, token, purpose))
    invited = purpose == "invitation"
    if invited and not form.values:
        form.values["name"] = [user.name]
    title = _("Choose a password") if invited else _("Choose a new password")
    page = ChoosePage(form=form, title=title, email=user.email, invited=invited)
    return render_template("passwords/choose.html", page=page), form.status


def _store(token: str, purpose: Purpose) -> PasswordSet | ResponseReturnValue:
    """A link that does not work is answered by the error page, a weak password beside its field."""
    form = Form.sent()
    command = SetPasswordByToken(token=token, purpose=purpose, password=form.value("password"), name=form.value("name"))
    try:
        with current_work() as work:
            return set_password_by_token(work, command)
    except DomainError as error:
        if error.code == "token_invalid":
            raise
        return _show(token, purpose, form.refuse(error, {"password_too_weak": "password"}))
