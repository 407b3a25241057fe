"""Settings: the departments of the company, who heads them, and what is below what."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import LOCALES, N_, _, current_locale
from tenants.access.departments import DepartmentRow, all_departments, department_row
from tenants.access.ids import department_id_of, department_text, user_id_of, user_text
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from tenants.access.save_department import (
    ChangeDepartment,
    CreateDepartment,
    change_department,
    create_department,
    delete_department,
)
from web.http.access import requires
from web.http.forms import Form
from web.http.idempotency import idempotent
from web.http.work import current_work, in_current_work
from web.pages.department_options import department_options
from web.pages.navigation import SETTINGS, NavEntry

bp = Blueprint("settings_departments", __name__, url_prefix="/settings/departments")
NAVIGATION = (
    NavEntry(N_("Departments"), "users-group", "settings_departments.index", Permission.MANAGE_USERS, 15, SETTINGS),
)
_FIELDS = {"department_key_taken": "key", "department_loop": "parent", "user_unknown": "head",
           "department_unknown": "parent"}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class DepartmentsPage:
    """departments: (row, name in the reader's language) each, parents before children"""

    departments: list[tuple[DepartmentRow, str]]


@dataclass(slots=True, kw_only=True)
class DepartmentPage:
    """department is None for a new one; parents, people: (id, name)"""

    form: Form
    parents: list[tuple[str, str]]
    people: list[tuple[str, str]]
    department: DepartmentRow | None = None
    name: str = ""


@bp.get("")
@requires(Permission.MANAGE_USERS)
def index() -> ResponseReturnValue:
    with current_work() as work:
        rows = all_departments(work)
    page = DepartmentsPage(departments=[(row, name_in(row.names, current_locale())) for row in rows])
    return render_template("settings/departments.html", page=page)


@bp.get("/new")
@requires(Permission.MANAGE_USERS)
def new() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/new")
@requires(Permission.MANAGE_USERS)
@idempotent
def create() -> ResponseReturnValue:
    sent = Form.sent()
    try:
        command = CreateDepartment(
            names=_names(sent), key=sent.value("key").strip(), parent_id=_parent(sent), head_id=_head(sent)
        )
        in_current_work(lambda work: create_department(work, command))
    except DomainError as error:
        return _render(_refused(sent, error))
    flash(_("The department is made."), "ok")
    return redirect(url_for("settings_departments.index"))


@bp.get("/<department_id>")
@requires(Permission.MANAGE_USERS)
def show(department_id: str) -> ResponseReturnValue:
    department = _department(department_id)
    return _render(_form_of(department), department)


@bp.post("/<department_id>")
@requires(Permission.MANAGE_USERS)
def store(department_id: str) -> ResponseReturnValue:
    sent, department = Form.sent(), _department(department_id)
    try:
        command = ChangeDepartment(
            department_id=department.id, names=_names(sent), parent_id=_parent(sent), head_id=_head(sent)
        )
        in_current_work(lambda work: change_department(work, command))
    except DomainError as error:
        return _render(_refused(sent, error), department)
    flash(_("The department is saved."), "ok")
    return redirect(url_for("settings_departments.index"))


@bp.post("/<department_id>/delete")
@requires(Permission.MANAGE_USERS)
def delete(department_id: str) -> ResponseReturnValue:
    department = _department(department_id)
    try:
        in_current_work(lambda work: delete_department(work, department.id))
    except DomainError as error:
        return _render(_form_of(department).refuse(error), department)
    flash(_("The department is gone."), "ok")
    return redirect(url_for("settings_departments.index"))


def _department(department_id: str) -> DepartmentRow:
    with current_work() as work:
        return department_row(work, department_id_of(department_id))


def _names(sent: Form) -> dict[str, str]:
    return {locale: sent.value(f"name_{locale}") for locale in LOCALES}


def _parent(sent: Form) -> UUID | None:
    return department_id_of(sent.value("parent")) if sent.value("parent") else None


def _head(sent: Form) -> UUID | None:
    return user_id_of(sent.value("head")) if sent.value("head") else None


def _form_of(department: DepartmentRow) -> Form:
    return Form.of(
        parent=department_text(department.parent_id) if department.parent_id else "",
        head=user_text(department.head_id) if department.head_id else "",
        key=department.key,
        **{f"name_{locale}": department.names.get(locale, "") for locale in LOCALES},
    )


def _refused(sent: Form, error: DomainError) -> Form:
    sent.refuse(error, _FIELDS)
    if "names" in sent.errors:
        sent.errors[f"name_{current_locale()}"] = sent.errors.pop("names")
    return sent


def _render(form: Form, department: DepartmentRow | None = None) -> ResponseReturnValue:
    with current_work() as work:
        rows, people = all_departments(work), colleagues(work)
    page = DepartmentPage(
        form=form,
        parents=department_options(rows, without=department.id if department else None),
        people=[(user_text(each), name) for each, name in people],
        department=department,
        name=name_in(department.names, current_locale()) if department else "",
    )
    return render_template("settings/department.html", page=page), form.status
