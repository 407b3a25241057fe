"""What everybody decides about himself."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kernel.errors import DomainError
from kernel.i18n import LOCALES, _
from tenants.access.change_profile import THEMES, ChangeProfile, change_profile
from tenants.access.passwords import LEAST_CHARACTERS
from tenants.access.queries import SessionUser
from tenants.access.set_password import ChangePassword, change_password
from tenants.access.sign_out_everywhere import sign_out_everywhere
from tenants.access.totp import confirm_totp, disable_totp, start_totp
from web.http.access import signed_in_only
from web.http.forms import Form
from web.http.limits import limiter, login_rate
from web.http.locales import forget_locale
from web.http.principals import signed_in
from web.http.sign_in_state import renew_session
from web.http.work import current_work

bp = Blueprint("profile", __name__, url_prefix="/profile")


@dataclass(slots=True, kw_only=True)
class ProfilePage:
    user: SessionUser
    form: Form
    password_form: Form = field(default_factory=Form)
    totp_form: Form = field(default_factory=Form)
    least: int = LEAST_CHARACTERS


@dataclass(slots=True, kw_only=True)
class TotpPage:
    """qr  inline SVG; secret: the same in letters, in groups of four"""

    form: Form
    qr: Markup
    secret: str


@dataclass(slots=True, kw_only=True)
class RecoveryPage:
    codes: tuple[str, ...]


@bp.get("")
@signed_in_only
def show() -> ResponseReturnValue:
    return _render()


@bp.post("")
@signed_in_only
def store() -> ResponseReturnValue:
    sent = Form.sent()
    locale, theme = sent.value("locale"), sent.value("theme")
    if not sent.value("name").strip():
        return _render(form=sent.refuse_field("name", _("Give it a name.")))
    command = ChangeProfile(
        user_id=signed_in().id,
        name=sent.value("name"),
        locale=locale if locale in LOCALES else None,
        theme=theme if theme in THEMES else None,
        shortcuts=sent.checked("shortcuts"),
    )
    with current_work() as work:
        change_profile(work, command)
    forget_locale()
    return _done(_("Your profile is saved."))


@bp.post("/password")
@signed_in_only
@limiter.limit(login_rate)
def store_password() -> ResponseReturnValue:
    sent = Form.sent()
    command = ChangePassword(user_id=signed_in().id, current=sent.value("current"), password=sent.value("password"))
    try:
        with current_work() as work:
            outcome = change_password(work, command)
    except DomainError as error:
        fields = {"password_wrong": "current", "password_too_weak": "password"}
        return _render(password_form=sent.refuse(error, fields))
    renew_session(outcome.session_epoch)
    return _done(_("Your password is changed. You are signed out everywhere else."))


@bp.post("/sign-out-everywhere")
@signed_in_only
def leave_everywhere() -> ResponseReturnValue:
    with current_work() as work:
        epoch = sign_out_everywhere(work, signed_in().id)
    renew_session(epoch)
    return _done(_("You are signed out everywhere else."))


@bp.get("/second-step")
@signed_in_only
def totp() -> ResponseReturnValue:
    return _render_totp(Form())


@bp.post("/second-step")
@signed_in_only
@limiter.limit(login_rate)
def confirm() -> ResponseReturnValue:
    sent = Form.sent()
    try:
        with current_work() as work:
            outcome = confirm_totp(work, signed_in().id, sent.value("code"))
    except DomainError as error:
        sent.values.clear()
        return _render_totp(sent.refuse(error, {"totp_wrong": "code"}))
    return render_template("profile/recovery.html", page=RecoveryPage(codes=outcome.recovery_codes))


@bp.post("/second-step/off")
@signed_in_only
@limiter.limit(login_rate)
def turn_off() -> ResponseReturnValue:
    sent = Form.sent()
    try:
        with current_work() as work:
            disable_totp(work, signed_in().id, sent.value("confirm_password"))
    except DomainError as error:
        return _render(totp_form=sent.refuse(error, {"password_wrong": "confirm_password"}))
    return _done(_("The second step is off."))


def _done(sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("profile.show"))


def _render(
    form: Form | None = None, password_form: Form | None = None, totp_form: Form | None = None
) -> ResponseReturnValue:
    user = signed_in().user
    assert user is not None
    shown = form or Form.of(
        name=user.name, locale=user.locale, theme=user.theme, shortcuts="1" if user.shortcuts else None
    )
    page = ProfilePage(user=user, form=shown, password_form=password_form or Form(), totp_form=totp_form or Form())
    status = max(shown.status, page.password_form.status, page.totp_form.status)
    return render_template("profile/show.html", page=page), status


def _render_totp(form: Form) -> ResponseReturnValue:
    with current_work() as work:
        started = start_totp(work, signed_in().id)
    drawn = io.BytesIO()
    segno.make_qr(started.uri, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=0)
    secret = " ".join(started.secret[at : at + 4] for at in range(0, len(started.secret), 4))
    page = TotpPage(form=form, qr=Markup(drawn.getvalue().decode()), secret=secret)  # noqa: S704  (drawn by us)
    return render_template("profile/totp.html", page=page), form.status
