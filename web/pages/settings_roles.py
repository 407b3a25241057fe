"""Settings: roles, and what each allows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import LOCALES, N_, _, current_locale, translate
from tenants.access.change_role import ChangeRole, DeleteRole, change_role, delete_role
from tenants.access.create_role import CopyRole, CreateRole, copy_role, create_role
from tenants.access.ids import role_id_of, role_text
from tenants.access.permissions import Permission
from tenants.access.queries import RoleRow, all_roles, name_in, role_row
from web.http.access import requires
from web.http.forms import Form
from web.http.idempotency import idempotent
from web.http.work import current_work, in_current_work
from web.pages.navigation import SETTINGS, NavEntry
from web.pages.permission_groups import PermissionGroup, permission_groups

bp = Blueprint("settings_roles", __name__, url_prefix="/settings/roles")
NAVIGATION = (NavEntry(N_("Roles"), "shield-check", "settings_roles.index", Permission.MANAGE_USERS, 20, SETTINGS),)
_FIELDS = {"role_key_taken": "key", "permission_unknown": "permissions", "cannot_grant_more": "permissions"}
_COPY_OF = N_("Copy of {name}")


@dataclass(slots=True, kw_only=True)
class RolesPage:
    """roles: (row, name in the reader's language) each"""

    roles: list[tuple[RoleRow, str]]


@dataclass(slots=True, kw_only=True)
class RolePage:
    """role is None for a new one"""

    form: Form
    groups: list[PermissionGroup]
    role: RoleRow | None = None
    name: str = ""


@bp.get("")
@requires(Permission.MANAGE_USERS)
def index() -> ResponseReturnValue:
    with current_work() as work:
        roles = all_roles(work)
    page = RolesPage(roles=[(role, name_in(role.names, current_locale())) for role in roles])
    return render_template("settings/roles.html", page=page)


@bp.get("/new")
@requires(Permission.MANAGE_USERS)
def new() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/new")
@requires(Permission.MANAGE_USERS)
@idempotent
def create() -> ResponseReturnValue:
    sent = Form.sent()
    command = CreateRole(
        names=_names(sent), permissions=frozenset(sent.values_of("permissions")), key=sent.value("key").strip()
    )
    try:
        outcome = in_current_work(lambda work: create_role(work, command))
    except DomainError as error:
        return _render(_refused(sent, error))
    return _done(_("The role is made."), outcome.role_id)


@bp.get("/<role_id>")
@requires(Permission.MANAGE_USERS)
def show(role_id: str) -> ResponseReturnValue:
    role = _role(role_id)
    return _render(_form_of(role), role)


@bp.post("/<role_id>")
@requires(Permission.MANAGE_USERS)
def store(role_id: str) -> ResponseReturnValue:
    sent, role = Form.sent(), _role(role_id)
    command = ChangeRole(role_id=role.id, names=_names(sent), permissions=frozenset(sent.values_of("permissions")))
    try:
        in_current_work(lambda work: change_role(work, command))
    except DomainError as error:
        return _render(_refused(sent, error), role)
    return _done(_("The role is saved. It holds from everybody's next page."), role.id)


@bp.post("/<role_id>/copy")
@requires(Permission.MANAGE_USERS)
def copy(role_id: str) -> ResponseReturnValue:
    role = _role(role_id)
    names = {locale: translate(_COPY_OF, locale, {"name": name}) for locale, name in role.names.items()}
    outcome = in_current_work(lambda work: copy_role(work, CopyRole(role_id=role.id, names=names)))
    return _done(_("This is your copy. Change it as you like."), outcome.role_id)


@bp.post("/<role_id>/delete")
@requires(Permission.MANAGE_USERS)
def delete(role_id: str) -> ResponseReturnValue:
    role = _role(role_id)
    try:
        in_current_work(lambda work: delete_role(work, DeleteRole(role_id=role.id)))
    except DomainError as error:
        return _render(_form_of(role).refuse(error), role)
    flash(_("The role is gone."), "ok")
    return redirect(url_for("settings_roles.index"))


def _role(role_id: str) -> RoleRow:
    with current_work() as work:
        return role_row(work, role_id_of(role_id))


def _names(sent: Form) -> dict[str, str]:
    return {locale: sent.value(f"name_{locale}") for locale in LOCALES}


def _form_of(role: RoleRow) -> Form:
    names = {f"name_{locale}": role.names.get(locale, "") for locale in LOCALES}
    return Form.of(permissions=role.permissions, key=role.key, **names)


def _refused(sent: Form, error: DomainError) -> Form:
    sent.refuse(error, _FIELDS)
    if "names" in sent.errors:
        sent.errors[f"name_{current_locale()}"] = sent.errors.pop("names")
    return sent


def _render(form: Form, role: RoleRow | None = None) -> ResponseReturnValue:
    name = name_in(role.names, current_locale()) if role else ""
    page = RolePage(form=form, groups=permission_groups(), role=role, name=name)
    return render_template("settings/role.html", page=page), form.status


def _done(sentence: str, role_id: UUID) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("settings_roles.show", role_id=role_text(role_id)))
