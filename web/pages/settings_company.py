"""Settings: what the company says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import LOCALES, N_, _, current_locale
from tenants.access.permissions import Permission
from tenants.directory.change_tenant import ChangeTenant, change_tenant
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_tenant, in_current_work
from web.pages.navigation import SETTINGS, NavEntry

bp = Blueprint("settings_company", __name__, url_prefix="/settings/company")
NAVIGATION = (
    NavEntry(N_("Company"), "building", "settings_company.show", Permission.EDIT_SETTINGS, 5, SETTINGS, shortcut="s"),
)
_FIELDS = {"zone_unknown": "zone", "currency_unknown": "currency"}


@dataclass(slots=True, kw_only=True)
class CompanyPage:
    """currencies: (code, "EUR – Euro") each, in the reader's language"""

    form: Form
    zones: list[tuple[str, str]]
    currencies: list[tuple[str, str]]
    slug: str


@bp.get("")
@requires(Permission.EDIT_SETTINGS)
def show() -> ResponseReturnValue:
    tenant = current_tenant()
    return _render(Form.of(name=tenant.name, zone=tenant.zone, currency=tenant.currency, locale=tenant.locale))


@bp.post("")
@requires(Permission.EDIT_SETTINGS)
def store() -> ResponseReturnValue:
    sent = Form.sent()
    locale = sent.value("locale")
    command = ChangeTenant(
        name=sent.value("name"),
        zone=sent.value("zone"),
        currency=sent.value("currency"),
        locale=locale if locale in LOCALES else current_tenant().locale,
    )
    try:
        in_current_work(lambda work: change_tenant(work, command))
    except DomainError as error:
        return _render(sent.refuse(error, _FIELDS))
    flash(_("The company's settings are saved."), "ok")
    return redirect(url_for("settings_company.show"))


def _render(form: Form) -> ResponseReturnValue:
    page = CompanyPage(form=form, zones=_zones(), currencies=_currencies(current_locale()), slug=current_tenant().slug)
    return render_template("settings/company.html", page=page), form.status


@cache
def _zones() -> list[tuple[str, str]]:
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    names = sorted(zone for zone in available_timezones() if zone.startswith(regions))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in names)]


@cache
def _currencies(locale: str) -> list[tuple[str, str]]:
    names = Locale.parse("zh_Hans_CN" if locale == "zh-CN" else "en").currencies
    return [(code, f"{code} – {names[code]}") for code in sorted(list_currencies()) if code in names]
