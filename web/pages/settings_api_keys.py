"""Settings: keys with which other systems come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from tenants.access.create_api_key import CreateApiKey, create_api_key
from tenants.access.ids import key_id_of
from tenants.access.permissions import Permission
from tenants.access.queries import ApiKeyRow, all_api_keys, all_roles, name_in
from tenants.access.revoke_api_key import revoke_api_key
from web.http.access import requires
from web.http.forms import Form
from web.http.services import services
from web.http.work import current_tenant, current_work, in_current_work
from web.pages.navigation import SETTINGS, NavEntry
from web.pages.permission_groups import PermissionGroup, permission_groups, permission_label

bp = Blueprint("settings_api_keys", __name__, url_prefix="/settings/api-keys")
NAVIGATION = (NavEntry(N_("API keys"), "key", "settings_api_keys.index", Permission.MANAGE_API_KEYS, 30, SETTINGS),)
_FIELDS = {"permission_unknown": "permissions", "cannot_grant_more": "permissions", "role_unknown": "roles"}


@dataclass(slots=True, kw_only=True)
class ShownKey:
    """state: usable, expired or revoked"""

    key: ApiKeyRow
    state: str
    permissions: list[str]


@dataclass(slots=True, kw_only=True)
class ApiKeysPage:
    keys: list[ShownKey]


@dataclass(slots=True, kw_only=True)
class NewApiKeyPage:
    """roles: (key, name) of all"""

    form: Form
    roles: list[tuple[str, str]]
    groups: list[PermissionGroup]
    usual_rate: str


@dataclass(slots=True, kw_only=True)
class ApiKeyMadePage:
    """key is shown here and nowhere else"""

    name: str
    key: str


@bp.get("")
@requires(Permission.MANAGE_API_KEYS)
def index() -> ResponseReturnValue:
    with current_work() as work:
        keys = all_api_keys(work)
    shown = [
        ShownKey(key=key, state=_state(key), permissions=[permission_label(name) for name in key.permissions])
        for key in keys
    ]
    return render_template("settings/api_keys.html", page=ApiKeysPage(keys=shown))


@bp.get("/new")
@requires(Permission.MANAGE_API_KEYS)
def new() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/new")
@requires(Permission.MANAGE_API_KEYS)
def create() -> ResponseReturnValue:
    """Answers with the key itself instead of leading on: it exists in this one answer only."""
    sent = Form.sent()
    try:
        command = CreateApiKey(
            name=sent.value("name"),
            permissions=frozenset(sent.values_of("permissions")),
            rate_limit=sent.value("rate_limit").strip() or None,
            expires_at=_end_of(sent.value("expires_on")),
            roles=frozenset(sent.values_of("roles")),
        )
        outcome = in_current_work(lambda work: create_api_key(work, command))
    except DomainError as error:
        sent.refuse(error, _FIELDS)
        if "expires_at" in sent.errors:
            sent.errors["expires_on"] = sent.errors.pop("expires_at")
        return _render(sent)
    page = ApiKeyMadePage(name=sent.value("name").strip(), key=outcome.key)
    return render_template("settings/api_key_made.html", page=page), 201


@bp.post("/<key_id>/revoke")
@requires(Permission.MANAGE_API_KEYS)
def revoke(key_id: str) -> ResponseReturnValue:
    with current_work() as work:
        revoke_api_key(work, key_id_of(key_id))
    flash(_("The key is revoked. It no longer opens anything."), "ok")
    return redirect(url_for("settings_api_keys.index"))


def _state(key: ApiKeyRow) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= clock.now() else "usable"


def _end_of(text: str) -> datetime | None:
    """The end of that day in the tenant's zone; of what is no day, one that is over."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(current_tenant().zone))


def _render(form: Form) -> ResponseReturnValue:
    with current_work() as work:
        roles = [(role.key, name_in(role.names, current_locale()) or role.key) for role in all_roles(work)]
    page = NewApiKeyPage(
        form=form,
        roles=roles,
        groups=permission_groups(without=frozenset({Permission.USE_PORTAL})),
        usual_rate=services().config.api_rate,
    )
    return render_template("settings/api_key_new.html", page=page), form.status
