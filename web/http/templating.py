"""What every template knows besides its page's own context."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import psycopg
from flask import Flask, g, request, session
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from kernel.db import TenantFacts
from kernel.i18n import LOCALES, _, current_locale
from kernel.ids import new_id, to_text
from tenants.access.ids import department_text, key_text, role_text, user_text
from tenants.access.queries import SessionUser, name_in
from tenants.scope import TenantUnknown
from web.http import formats, locales
from web.http.headers import csp_nonce
from web.http.idempotency import FORM_FIELD
from web.http.principals import current_principal, may
from web.http.static_files import asset, icon_address
from web.http.work import current_tenant
from web.pages.navigation import navigation


def init_templating(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.filters["in_language"] = lambda names: name_in(names, current_locale())
    app.jinja_env.globals.update(
        _=_,
        asset=asset,
        icon_address=icon_address,
        csp_nonce=csp_nonce,
        may=may,
        current_locale=current_locale,
        locales=[(locale, locales.NAMES[locale]) for locale in LOCALES],
        chosen_theme=chosen_theme,
        own_layout=own_layout,
        tenant=tenant,
        navigation=navigation,
        here=here,
        once=once,
        text_id=to_text,
        user_text=user_text,
        department_text=department_text,
        role_text=role_text,
        key_text=key_text,
    )
    app.context_processor(lambda: {"viewer": me()})


def chosen_theme() -> str:
    """system, light or dark: the user's own, else what this browser chose."""
    user = me()
    return user.theme if user else str(session.get("theme", "system"))


def own_layout() -> str:
    """The layout of pages that staff and customers share."""
    user = me()
    return "_portal_layout.html" if user and user.kind == "portal" else "_layout.html"


def once() -> Markup:
    """For forms whose view is `@idempotent`: sent twice, they do their work once."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, new_id())


def me() -> SessionUser | None:
    """The signed-in user."""
    principal = current_principal()
    return principal.user if principal else None


def tenant() -> TenantFacts | None:
    """The company whose pages these are; None on the landing page and where there is no such company.

    An error page asks too, perhaps because the database is away; then nothing is known.
    """
    known: TenantFacts | None = g.get("tenant")
    if known is not None or g.get("tenant_asked"):
        return known
    g.tenant_asked = True
    try:
        return current_tenant()
    except (TenantUnknown, SQLAlchemyError, psycopg.Error):
        return None


def here(**changes: Any) -> str:
    """The address of this page with some of its parameters changed; None or "" takes one away."""
    arguments = {**request.args.to_dict(flat=False), **{name: [value] for name, value in changes.items()}}
    pairs = [(name, str(value)) for name, values in arguments.items() for value in values if value not in (None, "")]
    query = urlencode(pairs)
    path = request.script_root + request.path
    return f"{path}?{query}" if query else path
