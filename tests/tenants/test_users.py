from __future__ import annotations

from uuid import UUID

import pytest

from kernel.db import Actor, Work
from kernel.ids import new_id
from tenants.access.audit import difference
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.change_profile import ChangeProfile, change_profile
from tenants.access.change_user import ChangeUser, change_user
from tenants.access.errors import (
    CannotGrantMore,
    EmailMalformed,
    EmailTaken,
    LastAdministrator,
    PasswordTooWeak,
    RoleUnknown,
    UserUnknown,
)
from tenants.access.queries import AuditFilter, audit_page, reach_of, session_user, user_counts, user_row, users_page
from tenants.access.register_user import RegisterUser, register_user
from tenants.access.set_roles import SetRoles, set_roles
from tenants.access.sign_out_everywhere import sign_out_everywhere
from tests.tenants.conftest import PASSWORD


def a_user(work: Work, email: str = "li@tea.example", *roles: str, **more: object) -> UUID:
    command = RegisterUser(email=email, name="Li", password=PASSWORD, role_keys=roles, **more)  # type: ignore[arg-type]
    return register_user(work, command).user_id


def acting(work: Work, user_id: UUID) -> Work:
    work.actor = Actor(kind="staff", id=user_id, name="Li")
    return work


def test_the_address_is_kept_in_lower_case_and_given_once(company_work: Work) -> None:
    a_user(company_work, " Li@Tea.Example ")

    assert authenticate(company_work, Authenticate(email="LI@tea.example", password=PASSWORD)).user_id
    with pytest.raises(EmailTaken):
        a_user(company_work, "li@tea.example")


@pytest.mark.parametrize("email", ["", "li", "li@", "@tea.example", "li@tea", "a b@tea.example", "a@b@tea.example"])
def test_what_is_no_address_is_refused(company_work: Work, email: str) -> None:
    with pytest.raises(EmailMalformed):
        a_user(company_work, email)


@pytest.mark.parametrize("password", ["short", "1234567890", "aaaaaaaaaaaaaa", "password123", "li@tea.example"])
def test_a_weak_password_is_refused(company_work: Work, password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        register_user(company_work, RegisterUser(email="li@tea.example", name="Li", password=password))


def test_a_wrong_password_is_refused_and_logged(company_work: Work) -> None:
    a_user(company_work)

    refused = authenticate(company_work, Authenticate(email="li@tea.example", password="not this one"))

    assert refused.user_id is None
    assert audit_page(company_work, AuditFilter(action="user.sign_in_refused"))[0]


def test_an_unknown_address_is_refused_after_the_same_work(company_work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []
    monkeypatch.setattr(
        "tenants.access.authenticate.password_matches", lambda stored, password: checked.append(stored) or False
    )

    assert authenticate(company_work, Authenticate(email="no@tea.example", password=PASSWORD)).user_id is None
    assert checked == [None]  # which hashes all the same, see the passwords test


def test_an_inactive_user_cannot_sign_in_and_his_sessions_end(company_work: Work) -> None:
    user_id = a_user(company_work)
    before = session_user(company_work, user_id)
    assert before

    change_user(company_work, ChangeUser(user_id=user_id, name="Li", active=False))

    assert authenticate(company_work, Authenticate(email="li@tea.example", password=PASSWORD)).user_id is None
    assert session_user(company_work, user_id, epoch=before.session_epoch) is None


def test_signing_out_everywhere_ends_earlier_sessions_only(company_work: Work) -> None:
    user_id = a_user(company_work)

    epoch = sign_out_everywhere(company_work, user_id)

    assert session_user(company_work, user_id, epoch=epoch - 1) is None
    assert session_user(company_work, user_id, epoch=epoch)


def test_permissions_are_those_of_all_roles_together(company_work: Work) -> None:
    user_id = a_user(company_work, "li@tea.example", "warehouse", "approver")

    user = session_user(company_work, user_id)

    assert user and {"stock.adjust", "orders.approve"} <= user.permissions
    assert "users.manage" not in user.permissions


def test_nobody_gives_what_he_does_not_have(company_work: Work) -> None:
    manager = a_user(company_work, "li@tea.example", "warehouse")
    victim = a_user(company_work, "wang@tea.example")

    with pytest.raises(CannotGrantMore):
        set_roles(acting(company_work, manager), SetRoles(user_id=victim, role_keys=("admin",)))


def test_an_unknown_role_or_user_is_not_found(company_work: Work) -> None:
    user_id = a_user(company_work)

    with pytest.raises(RoleUnknown):
        set_roles(company_work, SetRoles(user_id=user_id, role_keys=("king",)))
    with pytest.raises(UserUnknown):
        set_roles(company_work, SetRoles(user_id=new_id(), role_keys=()))


def test_the_last_administrator_stays(company_work: Work, admin_id: UUID) -> None:
    with pytest.raises(LastAdministrator):
        change_user(company_work, ChangeUser(user_id=admin_id, name="Ada", active=False))
    with pytest.raises(LastAdministrator):
        set_roles(company_work, SetRoles(user_id=admin_id, role_keys=("operator",)))


def test_a_change_is_logged_with_before_and_after(company_work: Work) -> None:
    user_id = a_user(company_work)
    customer = new_id()

    change_user(company_work, ChangeUser(user_id=user_id, name="Li Wei", active=True, customer_scope=(customer,)))

    entry = audit_page(company_work, AuditFilter(action="user.change"))[0][0]
    assert entry.changes == {"name": ["Li", "Li Wei"], "customer_scope": [None, [str(customer)]]}


def test_a_change_that_changes_nothing_is_not_logged(company_work: Work) -> None:
    user_id = a_user(company_work)

    outcome = change_user(company_work, ChangeUser(user_id=user_id, name="Li", active=True))

    assert outcome.changed == ()
    assert audit_page(company_work, AuditFilter(action="user.change"))[0] == []


def test_a_portal_user_reaches_his_own_customer_only(company_work: Work) -> None:
    own, other = new_id(), new_id()
    user_id = a_user(company_work, "buyer@shop.example", "buyer", customer_id=own, customer_scope=(own, other))

    user = session_user(company_work, user_id)

    assert user and reach_of(user)["customer"] == {own}


def test_a_portal_user_works_on_the_portal_only_whatever_roles_he_has(company_work: Work) -> None:
    user = session_user(
        company_work, a_user(company_work, "buyer@shop.example", "buyer", "admin", customer_id=new_id())
    )

    assert user and user.permissions == {"portal.use"}


def test_row_scope_limits_staff(company_work: Work) -> None:
    location = new_id()
    user = session_user(company_work, a_user(company_work, location_scope=(location,)))

    assert user and reach_of(user) == {"location": {location}}


def test_the_list_pages_by_address_and_filters(company_work: Work) -> None:
    for name in ("b", "c", "d"):
        a_user(company_work, f"{name}@tea.example")

    first, more = users_page(company_work, limit=2)
    rest, end = users_page(company_work, after=first[-1].email, limit=5)

    assert more and not end
    assert [user.email for user in first + rest] == ["ada@tea.example", *(f"{n}@tea.example" for n in "bcd")]
    assert [user.email for user in users_page(company_work, search="C@")[0]] == ["c@tea.example"]
    assert user_counts(company_work)["active"] == 4


def test_profile_changes_what_is_given(company_work: Work) -> None:
    user_id = a_user(company_work)

    assert change_profile(company_work, ChangeProfile(user_id=user_id, locale="zh-CN")).changed == ("locale",)
    assert user_row(company_work, user_id).name == "Li"


def test_difference_names_only_what_changed() -> None:
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": (2, 3)}
