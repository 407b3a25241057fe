"""The first address: of a tenant it leads on, on the bare host it asks for the company."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kernel.i18n import _
from web.http.access import public, to_sign_in
from web.http.forms import Form
from web.http.principals import current_principal
from web.http.services import services
from web.http.tenancy import tenant_id_of
from web.pages.navigation import first_page

bp = Blueprint("home", __name__)
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(slots=True)
class LandingPage:
    form: Form = field(default_factory=Form)


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Leads to the first page that one may see."""
    if tenant_id_of(request) is None:
        return render_template("home/landing.html", page=LandingPage())
    principal = current_principal()
    return to_sign_in() if principal is None else redirect(first_page(principal))


@bp.post("/")
@public
def find() -> ResponseReturnValue:
    """From the company's short name to its own address."""
    form = Form.sent()
    company = form.value("company").strip().lower()
    if not _SLUG.fullmatch(company) or services().directory.find(company) is None:
        form.refuse_field("company", _("There is no such company here."))
        return render_template("home/landing.html", page=LandingPage(form)), form.status
    return redirect(_address_of(company))


def _address_of(slug: str) -> str:
    """A host of its own where the public address has one, else a path of this host."""
    public_url = services().config.public_url
    return public_url.replace("{slug}", slug) + "/" if "{slug}" in public_url else f"/t/{slug}/"
