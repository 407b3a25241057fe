"""Settings: who works here, with which roles, and which rows he may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, Invalid, Problem
from kernel.i18n import LOCALES, N_, _, current_locale
from kernel.ids import from_text, to_text
from tenants.access.change_user import ChangeUser, change_user
from tenants.access.departments import all_departments
from tenants.access.errors import ApprovalLimitMalformed, UserUnknown
from tenants.access.ids import department_id_of, department_text, user_id_of, user_text
from tenants.access.invite_user import invite_again, invite_user
from tenants.access.permissions import Permission
from tenants.access.queries import (
    UserRow,
    all_roles,
    colleagues,
    name_in,
    user_counts,
    user_row,
    users_page,
)
from tenants.access.register_user import RegisterUser
from tenants.access.set_roles import SetRoles, set_roles
from tenants.access.sign_out_everywhere import sign_out_everywhere
from tenants.access.totp import reset_totp
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.work import current_work, in_current_work
from web.mails import send_invitation
from web.pages.department_options import department_options
from web.pages.navigation import SETTINGS, NavEntry

bp = Blueprint("settings_users", __name__, url_prefix="/settings/users")
NAVIGATION = (
    NavEntry(N_("Users"), "users", "settings_users.index", Permission.MANAGE_USERS, 10, SETTINGS, shortcut="u"),
)
_FIELDS = {"email_taken": "email", "email_malformed": "email", "role_unknown": "roles", "cannot_grant_more": "roles",
           "last_administrator": "roles", "manager_loop": "manager", "department_unknown": "department",
           "approval_limit_malformed": "approval_limit"}  # fmt: skip
ID_MALFORMED = N_("{text} is not an id: write one a line, such as {example}.")
CUSTOMER_MISSING = N_("A portal user orders for one customer: give its id.")


@dataclass(slots=True, kw_only=True)
class UsersPage:
    """tabs: (label, url, count, current) each"""

    users: list[UserRow]
    tabs: list[tuple[str, str, int, bool]]
    search: str
    state: str
    next_url: str | None
    previous_url: str | None


@dataclass(slots=True, kw_only=True)
class UserPage:
    """user is None for a new one; roles: (key, name); managers, departments: (id, name); currency: of the limit"""

    form: Form
    roles: list[tuple[str, str]]
    managers: list[tuple[str, str]]
    departments: list[tuple[str, str]]
    currency: str
    user: UserRow | None = None
    is_self: bool = False


@bp.get("")
@requires(Permission.MANAGE_USERS)
def index() -> ResponseReturnValue:
    search, state, after = (request.args.get(name, "").strip() for name in ("q", "state", "after"))
    with current_work() as work:
        users, more = users_page(work, search=search, state=state, after=after)
        counts = user_counts(work)
    labels = (("", _("All")), ("active", _("Active")), ("invited", _("Invited")), ("inactive", _("Inactive")))
    here = {"q": search or None, "state": state or None}
    page = UsersPage(
        users=users,
        tabs=[(label, _list_url(q=here["q"], state=key or None), counts[key], key == state) for key, label in labels],
        search=search,
        state=state,
        next_url=_list_url(**here, after=users[-1].email) if more else None,
        previous_url=_list_url(**here) if after else None,
    )
    return render_template("settings/users.html", page=page)


@bp.get("/new")
@requires(Permission.MANAGE_USERS)
def new() -> ResponseReturnValue:
    return _render_user(Form.of(kind="staff", locale=current_locale()))


@bp.post("/new")
@requires(Permission.MANAGE_USERS)
def invite() -> ResponseReturnValue:
    sent = Form.sent()
    try:
        command = _command_of(sent)
        invited = in_current_work(lambda work: invite_user(work, command))
    except DomainError as error:
        return _render_user(sent.refuse(error, _FIELDS))
    with current_work() as work:
        tenant = work.tenant
    send_invitation(tenant, invited, by=signed_in().name)
    flash(_("{email} has been invited. The link works for seven days.", email=invited.email), "ok")
    return redirect(url_for("settings_users.index"))


@bp.get("/<user_id>")
@requires(Permission.MANAGE_USERS)
def show(user_id: str) -> ResponseReturnValue:
    with current_work() as work:
        user = user_row(work, user_id_of(user_id))
    form = Form.of(
        name=user.name,
        roles=user.role_keys,
        manager=str(user.manager_id) if user.manager_id else "",
        department=department_text(user.department_id) if user.department_id else "",
        approval_limit="" if user.approval_limit is None else f"{user.approval_limit.normalize():f}",
        customer_scope=_lines("cus", user.customer_scope),
        location_scope=_lines("loc", user.location_scope),
        limit_customers="1" if user.customer_scope is not None else None,
        limit_locations="1" if user.location_scope is not None else None,
    )
    return _render_user(form, user)


@bp.post("/<user_id>")
@requires(Permission.MANAGE_USERS)
def store(user_id: str) -> ResponseReturnValue:
    sent = Form.sent()
    target = user_id_of(user_id)
    try:
        in_current_work(lambda work: _change(work, target, sent))
    except DomainError as error:
        if error.code == "user_unknown":
            raise
        with current_work() as work:
            user = user_row(work, target)
        return _render_user(sent.refuse(error, _FIELDS), user)
    return _done(_("{name} is saved.", name=sent.value("name")), target)


@bp.post("/<user_id>/active")
@requires(Permission.MANAGE_USERS)
def switch(user_id: str) -> ResponseReturnValue:
    """Lets a user in or out; out ends his sessions at once."""
    target, active = user_id_of(user_id), request.form.get("active") == "1"

    def change(work: Work) -> None:
        user = user_row(work, target)
        change_user(
            work,
            ChangeUser(
                user_id=target,
                name=user.name,
                active=active,
                manager_id=user.manager_id,
                department_id=user.department_id,
                approval_limit=user.approval_limit,
                customer_scope=_as_tuple(user.customer_scope),
                location_scope=_as_tuple(user.location_scope),
            ),
        )

    in_current_work(change)
    return _done(_("The user may sign in again.") if active else _("The user is signed out and stays out."), target)


@bp.post("/<user_id>/invitation")
@requires(Permission.MANAGE_USERS)
def send_again(user_id: str) -> ResponseReturnValue:
    with current_work() as work:
        invited = invite_again(work, user_id_of(user_id))
        tenant = work.tenant
    send_invitation(tenant, invited, by=signed_in().name)
    return _done(_("A new invitation is on its way. The earlier link no longer works."), invited.user_id)


@bp.post("/<user_id>/second-step/off")
@requires(Permission.MANAGE_USERS)
def remove_totp(user_id: str) -> ResponseReturnValue:
    target = user_id_of(user_id)
    with current_work() as work:
        reset_totp(work, target)
        sign_out_everywhere(work, target)
    return _done(_("The second step is off, and the user is signed out."), target)


def _change(work: Work, target: UUID, sent: Form) -> None:
    user = user_row(work, target)
    change_user(
        work,
        ChangeUser(
            user_id=target,
            name=sent.value("name"),
            active=user.active,
            manager_id=_manager_of(sent),
            department_id=_department_of(sent),
            approval_limit=_limit_of(sent),
            customer_scope=_scope_of(sent, "customer", "cus") if user.kind == "staff" else None,
            location_scope=_scope_of(sent, "location", "loc"),
        ),
    )
    set_roles(work, SetRoles(user_id=target, role_keys=tuple(sent.values_of("roles"))))


def _command_of(sent: Form) -> RegisterUser:
    """raises Invalid where an id cannot be one"""
    portal = sent.value("kind") == "portal"
    customer = from_text("cus", sent.value("customer").strip()) if portal else None
    if portal and customer is None:
        raise Invalid(problems=[Problem(pointer="/customer", code="customer_missing", message=CUSTOMER_MISSING)])
    return RegisterUser(
        email=sent.value("email"),
        name=sent.value("name"),
        role_keys=tuple(sent.values_of("roles")),
        locale="zh-CN" if sent.value("locale") == "zh-CN" else "en",
        customer_id=customer,
        manager_id=_manager_of(sent),
        department_id=_department_of(sent),
        approval_limit=_limit_of(sent),
        customer_scope=None if portal else _scope_of(sent, "customer", "cus"),
        location_scope=_scope_of(sent, "location", "loc"),
    )


def _manager_of(sent: Form) -> UUID | None:
    """raises UserUnknown where what was sent is no id"""
    chosen = sent.value("manager")
    try:
        return UUID(chosen) if chosen else None
    except ValueError:
        raise UserUnknown(user=chosen) from None


def _department_of(sent: Form) -> UUID | None:
    """raises DepartmentUnknown"""
    chosen = sent.value("department")
    return department_id_of(chosen) if chosen else None


def _limit_of(sent: Form) -> Decimal | None:
    """raises ApprovalLimitMalformed"""
    text = sent.value("approval_limit").strip().replace(",", "")
    if not text:
        return None
    try:
        limit = Decimal(text)
    except InvalidOperation:
        raise ApprovalLimitMalformed from None
    if not limit.is_finite() or not 0 <= limit < Decimal(10) ** 16:
        raise ApprovalLimitMalformed
    return limit.quantize(Decimal("0.0001"))


def _scope_of(sent: Form, what: str, prefix: str) -> tuple[UUID, ...] | None:
    """The ids of a text area, one a line; None where the limit is not ticked. raises Invalid"""
    if not sent.checked(f"limit_{what}s"):
        return None
    found, problems = [], []
    for text in sent.value(f"{what}_scope").replace(",", " ").split():
        row_id = from_text(prefix, text)
        if row_id is None:
            facts = {"text": text, "example": f"{prefix}_01jd…"}
            problems.append(Problem(pointer=f"/{what}_scope", code="id_malformed", message=ID_MALFORMED, facts=facts))
        else:
            found.append(row_id)
    if problems:
        raise Invalid(problems=problems)
    return tuple(found)


def _render_user(form: Form, user: UserRow | None = None) -> ResponseReturnValue:
    with current_work() as work:
        roles = [(role.key, name_in(role.names, current_locale())) for role in all_roles(work)]
        managers = [(str(each), name) for each, name in colleagues(work) if user is None or each != user.id]
        departments = department_options(all_departments(work))
        currency = work.tenant.currency
    page = UserPage(
        form=form,
        roles=roles,
        managers=managers,
        departments=departments,
        currency=currency,
        user=user,
        is_self=user is not None and user.id == signed_in().id,
    )
    return render_template("settings/user.html", page=page, locale_codes=LOCALES), form.status


def _done(sentence: str, user_id: UUID) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("settings_users.show", user_id=user_text(user_id)))


def _list_url(**arguments: str | None) -> str:
    return url_for("settings_users.index", **arguments)  # type: ignore[arg-type]


def _lines(prefix: str, ids: Sequence[UUID] | None) -> str:
    return "\n".join(to_text(prefix, each) for each in ids or ())


def _as_tuple(ids: Sequence[UUID] | None) -> tuple[UUID, ...] | None:
    return None if ids is None else tuple(ids)
