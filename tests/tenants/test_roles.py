from __future__ import annotations

from uuid import UUID

import pytest

from kernel.db import Work
from kernel.errors import Invalid
from kernel.ids import new_id
from tenants.access.change_role import ChangeRole, DeleteRole, change_role, delete_role
from tenants.access.create_role import CopyRole, CreateRole, copy_role, create_role
from tenants.access.errors import (
    CannotGrantMore,
    PermissionUnknown,
    RoleInUse,
    RoleIsBuiltIn,
    RoleKeyTaken,
    RoleUnknown,
)
from tenants.access.queries import all_roles, role_row
from tenants.access.set_roles import SetRoles, set_roles
from tests.tenants.test_users import a_user, acting

NAMES = {"en": "Night shift", "zh-CN": "夜班"}


def _built_in(work: Work, key: str) -> UUID:
    return next(role.id for role in all_roles(work) if role.key == key)


def test_every_tenant_starts_with_the_shipped_roles(company_work: Work) -> None:
    roles = all_roles(company_work)

    assert {role.key for role in roles if role.built_in} == {
        "admin", "operator", "finance", "warehouse", "sales_rep", "approver", "buyer",
    }  # fmt: skip
    assert next(role for role in roles if role.key == "admin").users == 1


def test_a_role_gets_its_key_from_its_english_name(company_work: Work) -> None:
    assert create_role(company_work, CreateRole(names=NAMES)).key == "night_shift"
    assert create_role(company_work, CreateRole(names=NAMES)).key == "night_shift_2"
    assert create_role(company_work, CreateRole(names={"zh-CN": "夜班"})).key == "role"


def test_a_key_is_given_once_and_has_a_shape(company_work: Work) -> None:
    create_role(company_work, CreateRole(names=NAMES, key="night"))

    with pytest.raises(RoleKeyTaken):
        create_role(company_work, CreateRole(names=NAMES, key="night"))
    with pytest.raises(Invalid):
        create_role(company_work, CreateRole(names=NAMES, key="Night shift"))
    with pytest.raises(Invalid):
        create_role(company_work, CreateRole(names={"en": " "}))


def test_a_shipped_role_can_be_copied_but_not_changed(company_work: Work) -> None:
    shipped = _built_in(company_work, "warehouse")

    copy = copy_role(company_work, CopyRole(role_id=shipped, names=NAMES))

    assert role_row(company_work, copy.role_id).permissions == role_row(company_work, shipped).permissions
    with pytest.raises(RoleIsBuiltIn):
        change_role(company_work, ChangeRole(role_id=shipped, names=NAMES, permissions=frozenset()))
    with pytest.raises(RoleIsBuiltIn):
        delete_role(company_work, DeleteRole(role_id=shipped))


def test_a_changed_role_says_what_changed(company_work: Work) -> None:
    made = create_role(company_work, CreateRole(names=NAMES, permissions=frozenset({"orders.view"})))

    outcome = change_role(
        company_work,
        ChangeRole(role_id=made.role_id, names=NAMES, permissions=frozenset({"orders.view", "stock.view"})),
    )

    assert outcome.changed == ("permissions",)
    assert role_row(company_work, made.role_id).permissions == ["orders.view", "stock.view"]


def test_nobody_makes_a_role_with_more_than_he_has(company_work: Work) -> None:
    manager = a_user(company_work, "li@tea.example", "warehouse")
    own = create_role(company_work, CreateRole(names=NAMES, permissions=frozenset({"stock.view"})))
    acting(company_work, manager)

    with pytest.raises(CannotGrantMore):
        create_role(company_work, CreateRole(names=NAMES, permissions=frozenset({"users.manage"})))
    with pytest.raises(CannotGrantMore):
        change_role(company_work, ChangeRole(role_id=own.role_id, names=NAMES, permissions=frozenset({"users.manage"})))


def test_an_unknown_permission_is_refused(company_work: Work) -> None:
    with pytest.raises(PermissionUnknown):
        create_role(company_work, CreateRole(names=NAMES, permissions=frozenset({"orders.eat"})))


def test_a_role_in_use_stays(company_work: Work) -> None:
    made = create_role(company_work, CreateRole(names=NAMES))
    user_id = a_user(company_work, "li@tea.example", made.key)

    with pytest.raises(RoleInUse):
        delete_role(company_work, DeleteRole(role_id=made.role_id))
    set_roles(company_work, SetRoles(user_id=user_id, role_keys=()))
    delete_role(company_work, DeleteRole(role_id=made.role_id))

    with pytest.raises(RoleUnknown):
        role_row(company_work, made.role_id)


def test_an_unknown_role_is_not_found(company_work: Work) -> None:
    with pytest.raises(RoleUnknown):
        copy_role(company_work, CopyRole(role_id=new_id(), names=NAMES))
