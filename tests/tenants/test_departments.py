from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.errors import Invalid
from kernel.ids import new_id
from tenants.access.change_user import ChangeUser, change_user
from tenants.access.departments import all_departments
from tenants.access.errors import (
    DepartmentInUse,
    DepartmentKeyTaken,
    DepartmentLoop,
    DepartmentUnknown,
    ManagerLoop,
    UserUnknown,
)
from tenants.access.queries import AuditFilter, audit_page, user_row
from tenants.access.register_user import RegisterUser, register_user
from tenants.access.save_department import (
    ChangeDepartment,
    CreateDepartment,
    change_department,
    create_department,
    delete_department,
)


def a_department(work: Work, name: str, **more: UUID | None) -> UUID:
    return create_department(work, CreateDepartment(names={"en": name}, **more)).department_id


def a_user(work: Work, name: str, **more: UUID | None) -> UUID:
    return register_user(work, RegisterUser(email=f"{name}@tea.example", name=name, **more)).user_id


def below(work: Work, user: UUID, manager: UUID | None) -> None:
    change_user(work, ChangeUser(user_id=user, name="x", active=True, manager_id=manager))


def test_the_tree_is_read_parents_first_with_heads_and_heads_counted(company_work: Work) -> None:
    head = a_user(company_work, "head")
    sales = a_department(company_work, "Sales", head_id=head)
    export = a_department(company_work, "Export", parent_id=sales)
    a_department(company_work, "Buying")
    a_user(company_work, "sam", department_id=export)

    seen = [(row.key, row.depth, row.head_name, row.users) for row in all_departments(company_work)]

    assert seen == [("buying", 0, None, 0), ("sales", 0, "head", 0), ("export", 1, None, 1)]


def test_a_department_is_never_below_itself(company_work: Work) -> None:
    top = a_department(company_work, "Top")
    middle = a_department(company_work, "Middle", parent_id=top)
    bottom = a_department(company_work, "Bottom", parent_id=middle)

    for parent in (top, bottom):
        with pytest.raises(DepartmentLoop):
            change_department(company_work, ChangeDepartment(department_id=top, names={"en": "Top"}, parent_id=parent))
    change_department(company_work, ChangeDepartment(department_id=bottom, names={"en": "Bottom"}, parent_id=top))

    assert [row.depth for row in all_departments(company_work)] == [0, 1, 1]


def test_a_key_is_given_once_and_names_are_needed(company_work: Work) -> None:
    create_department(company_work, CreateDepartment(names={"en": "Sales"}, key="sales"))

    with pytest.raises(DepartmentKeyTaken):
        create_department(company_work, CreateDepartment(names={"en": "Sales"}, key="sales"))
    with pytest.raises(Invalid):
        create_department(company_work, CreateDepartment(names={"en": " "}))
    with pytest.raises(Invalid):
        create_department(company_work, CreateDepartment(names={"en": "X"}, key="Not A Key"))
    second = a_department(company_work, "Sales")
    assert {row.id: row.key for row in all_departments(company_work)}[second] == "sales_2"


def test_what_is_unknown_is_refused(company_work: Work) -> None:
    with pytest.raises(DepartmentUnknown):
        a_department(company_work, "X", parent_id=new_id())
    with pytest.raises(UserUnknown):
        a_department(company_work, "X", head_id=new_id())
    with pytest.raises(DepartmentUnknown):
        a_user(company_work, "sam", department_id=new_id())
    with pytest.raises(DepartmentUnknown):
        delete_department(company_work, new_id())


def test_a_department_goes_only_when_nobody_is_in_it(company_work: Work) -> None:
    top = a_department(company_work, "Top")
    below_it = a_department(company_work, "Below", parent_id=top)
    user = a_user(company_work, "sam", department_id=below_it)

    with pytest.raises(DepartmentInUse):
        delete_department(company_work, top)
    with pytest.raises(DepartmentInUse):
        delete_department(company_work, below_it)
    change_user(company_work, ChangeUser(user_id=user, name="sam", active=True))
    delete_department(company_work, below_it)
    delete_department(company_work, top)

    assert all_departments(company_work) == []
    logged, _ = audit_page(company_work, AuditFilter(action="department."))
    assert {entry.action for entry in logged} == {"department.create", "department.delete"}


def test_a_line_of_managers_never_leads_back(company_work: Work) -> None:
    ann, bob, cid = (a_user(company_work, name) for name in ("ann", "bob", "cid"))
    below(company_work, ann, bob)
    below(company_work, bob, cid)

    with pytest.raises(ManagerLoop):
        below(company_work, cid, ann)
    with pytest.raises(ManagerLoop):
        below(company_work, ann, ann)
    below(company_work, ann, cid)

    assert user_row(company_work, ann).manager_id == cid


def test_a_user_has_a_department_and_a_limit(company_work: Work) -> None:
    sales, user = a_department(company_work, "Sales"), a_user(company_work, "sam")

    change_user(
        company_work,
        ChangeUser(user_id=user, name="sam", active=True, department_id=sales, approval_limit=Decimal("5000")),
    )

    row = user_row(company_work, user)
    assert (row.department_id, row.approval_limit) == (sales, Decimal("5000"))
