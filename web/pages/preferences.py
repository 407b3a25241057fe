"""Language and theme, for everybody: kept with the user, or in a visitor's session."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import LOCALES
from tenants.access.change_profile import THEMES, ChangeProfile, change_profile
from web.http.access import public, safe_next
from web.http.locales import forget_locale, remember_locale
from web.http.principals import current_principal
from web.http.work import current_work

bp = Blueprint("preferences", __name__)


@bp.post("/preferences")
@public
def store() -> ResponseReturnValue:
    locale, theme = request.form.get("locale"), request.form.get("theme")
    locale = locale if locale in LOCALES else None
    theme = theme if theme in THEMES else None
    principal = current_principal()
    if principal is not None:
        forget_locale()
        with current_work() as work:
            change_profile(work, ChangeProfile(user_id=principal.id, locale=locale, theme=theme))
    else:
        if locale:
            remember_locale(locale)
        if theme:
            session["theme"] = theme
    return redirect(safe_next(request.form.get("next")) or url_for("home.index"))
