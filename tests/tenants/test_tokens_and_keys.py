from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from kernel.db import Work
from kernel.db.engine import counting_statements
from kernel.errors import Invalid
from kernel.ids import new_id
from tenants.access.api_key_format import PREFIX, new_key, tenant_of_key
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.authenticate_key import authenticate_key
from tenants.access.create_api_key import CreateApiKey, create_api_key
from tenants.access.errors import ApiKeyRefused, ApiKeyUnknown, CannotGrantMore, PasswordTooWeak, TokenInvalid
from tenants.access.invite_user import invite_again, invite_user
from tenants.access.queries import all_api_keys
from tenants.access.register_user import RegisterUser
from tenants.access.revoke_api_key import revoke_api_key
from tenants.access.set_password import SetPasswordByToken, request_password_reset, set_password_by_token
from tenants.scope import open_work
from tests.support.tenants import TestTenant
from tests.tenants.test_users import a_user, acting

NEW = "another good battery"
VIEW = frozenset({"orders.view"})


def _set(work: Work, token: str, purpose: str = "reset_password", password: str = NEW) -> object:
    return set_password_by_token(
        work,
        SetPasswordByToken(token=token, purpose=purpose, password=password),  # type: ignore[arg-type]
    )


def test_a_reset_link_sets_the_password_once(company_work: Work) -> None:
    user_id = a_user(company_work)
    request = request_password_reset(company_work, "LI@tea.example")
    assert request

    _set(company_work, request.token)

    assert authenticate(company_work, Authenticate(email="li@tea.example", password=NEW)).user_id == user_id
    with pytest.raises(TokenInvalid):
        _set(company_work, request.token)


def test_a_weak_password_does_not_use_the_link_up(company_work: Work) -> None:
    a_user(company_work)
    request = request_password_reset(company_work, "li@tea.example")
    assert request

    with pytest.raises(PasswordTooWeak):
        _set(company_work, request.token, password="weak")
    _set(company_work, request.token)


def test_a_reset_link_ends_after_an_hour_and_with_the_next_one(company_work: Work) -> None:
    a_user(company_work)
    first = request_password_reset(company_work, "li@tea.example")
    second = request_password_reset(company_work, "li@tea.example")
    assert first and second

    with pytest.raises(TokenInvalid):
        _set(company_work, first.token)
    company_work.now += timedelta(hours=1, seconds=1)
    with pytest.raises(TokenInvalid):
        _set(company_work, second.token)


def test_an_unknown_address_makes_no_link(company_work: Work) -> None:
    assert request_password_reset(company_work, "no@tea.example") is None


def test_an_invitation_is_no_reset_link(company_work: Work) -> None:
    invited = invite_user(company_work, RegisterUser(email="new@tea.example", name="New"))

    with pytest.raises(TokenInvalid):
        _set(company_work, invited.token)
    _set(company_work, invited.token, "invitation")

    assert authenticate(company_work, Authenticate(email="new@tea.example", password=NEW)).user_id


def test_a_second_invitation_ends_the_first(company_work: Work) -> None:
    invited = invite_user(company_work, RegisterUser(email="new@tea.example", name="New"))
    again = invite_again(company_work, invited.user_id)

    with pytest.raises(TokenInvalid):
        _set(company_work, invited.token, "invitation")
    _set(company_work, again.token, "invitation")


def test_a_key_names_its_tenant() -> None:
    tenant_id = new_id()
    key = new_key(tenant_id)

    assert key.startswith("oms_live_") and len(key) == 9 + 26 + 32
    assert tenant_of_key(key) == tenant_id


@pytest.mark.parametrize("text", ["", "oms_live_", "oms_test_" + "0" * 58, "oms_live_" + "z" * 58, "x" * 67])
def test_what_is_no_key_names_no_tenant(text: str) -> None:
    assert tenant_of_key(text) is None


def test_a_key_is_found_in_one_statement_and_kept_as_a_hash(company_work: Work) -> None:
    made = create_api_key(company_work, CreateApiKey(name="ERP", permissions=VIEW, rate_limit="60/minute"))
    authenticate_key(company_work, made.key)  # its first use is noted, once a minute

    with counting_statements() as log:
        accepted = authenticate_key(company_work, made.key)

    assert log.count == 1
    assert (accepted.name, accepted.permissions, accepted.rate_limit) == ("ERP", VIEW, "60/minute")
    row = next(key for key in all_api_keys(company_work) if key.id == made.key_id)
    assert made.key[-4:] == row.last_four and made.key not in str(company_work.mappings("SELECT * FROM api_keys"))
    assert row.prefix.startswith(PREFIX)


def test_last_use_is_written_at_most_once_a_minute(company_work: Work) -> None:
    made = create_api_key(company_work, CreateApiKey(name="ERP", permissions=VIEW))

    def used_at() -> object:
        authenticate_key(company_work, made.key)
        return company_work.scalar("SELECT last_used_at FROM api_keys WHERE id = %(id)s", {"id": made.key_id})

    first = used_at()
    company_work.now += timedelta(seconds=40)
    assert used_at() == first
    company_work.now += timedelta(seconds=40)
    assert used_at() == company_work.now


def test_a_revoked_or_expired_key_is_refused(company_work: Work) -> None:
    expiring = create_api_key(
        company_work, CreateApiKey(name="E", permissions=VIEW, expires_at=company_work.now + timedelta(days=1))
    )
    revoked = create_api_key(company_work, CreateApiKey(name="R", permissions=VIEW))

    revoke_api_key(company_work, revoked.key_id)
    company_work.now += timedelta(days=2)

    for made in (expiring, revoked):
        with pytest.raises(ApiKeyRefused):
            authenticate_key(company_work, made.key)
    with pytest.raises(ApiKeyUnknown):
        revoke_api_key(company_work, new_id())


def test_every_problem_of_a_key_is_told_at_once(company_work: Work) -> None:
    with pytest.raises(Invalid) as refused:
        create_api_key(
            company_work,
            CreateApiKey(name=" ", permissions=frozenset(), rate_limit="fast", expires_at=company_work.now),
        )

    assert [problem.pointer for problem in refused.value.problems] == [
        "/name", "/permissions", "/rate_limit", "/expires_at",
    ]  # fmt: skip


def test_nobody_makes_a_key_that_may_more_than_he(company_work: Work) -> None:
    manager = a_user(company_work, "li@tea.example", "warehouse")

    with pytest.raises(CannotGrantMore):
        create_api_key(acting(company_work, manager), CreateApiKey(name="x", permissions=frozenset({"users.manage"})))


def test_a_key_does_not_open_another_tenant(engine: Engine, company_work: Work, tenant: TestTenant) -> None:
    made = create_api_key(company_work, CreateApiKey(name="ERP", permissions=VIEW))

    with open_work(engine, tenant.id) as elsewhere, pytest.raises(ApiKeyRefused):
        authenticate_key(elsewhere, made.key)
