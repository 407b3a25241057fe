"""What one company's people and keys try at another company."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.ids import new_id, to_text
from tenants.access.create_role import CreateRole, create_role
from tenants.access.ids import key_text, role_text, user_text
from tenants.access.queries import all_api_keys, role_row, user_row
from tenants.scope import open_work
from tests.support.web import BASE_HOST, Browser, Company, make_key, make_user, outbox_of, sign_in


def test_a_session_of_one_company_is_nobody_at_another(app: Flask, company: Company, rival: Company) -> None:
    browser = sign_in(app, company)
    cookie = browser.cookie()
    assert cookie

    for host, prefix in ((rival.host, ""), (BASE_HOST, f"/t/{rival.slug}")):
        thief = Browser(app, host, prefix=prefix)
        thief.client.set_cookie("orderloom", cookie, domain=host, path=prefix or "/")
        answer = thief.get("/settings/users")
        assert answer.status_code == 302 and "/sign-in" in answer.location


def test_a_password_of_one_company_opens_no_other(app: Flask, company: Company, rival: Company) -> None:
    answer = Browser(app, rival.host).post(
        "/sign-in", {"email": company.admin.email, "password": "correct horse battery"}
    )

    assert answer.status_code == 422


def test_the_company_of_the_host_wins_over_the_path(app: Flask, company: Company, rival: Company) -> None:
    browser = Browser(app, company.host, prefix=f"/t/{rival.slug}")

    assert browser.get("/sign-in").status_code == 404


def test_an_unknown_company_is_not_found(app: Flask) -> None:
    assert Browser(app, f"nobody.{BASE_HOST}").get("/sign-in").status_code == 404
    assert Browser(app, BASE_HOST, prefix="/t/nobody").get("/").status_code == 404
    assert Browser(app, BASE_HOST).get("/settings/users").status_code == 302
    assert Browser(app, BASE_HOST).get("/sign-in").status_code == 404


def test_a_suspended_company_lets_nobody_in(app: Flask, engine: Engine, system_engine: Engine) -> None:
    from sqlalchemy import text

    from tests.support.web import make_company

    company = make_company(engine, system_engine)
    browser = sign_in(app, company)
    with system_engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET status = 'suspended' WHERE id = :id"), {"id": company.id})

    assert browser.get("/settings/users").status_code == 302
    assert browser.get("/sign-in").status_code == 404


def test_ids_of_another_company_are_not_found_and_nothing_changes(
    app: Flask, engine: Engine, company: Company, rival: Company
) -> None:
    victim = make_user(engine, company, "operator", name="Victim")
    key = make_key(engine, company, "orders.view")
    with open_work(engine, company.id) as work:
        role_id = create_role(work, CreateRole(names={"en": "Prey"})).role_id
        key_id = next(each.id for each in all_api_keys(work) if each.last_four == key[-4:])
        before = (user_row(work, victim.id), role_row(work, role_id), all_api_keys(work))
    attacker = sign_in(app, rival)
    user, role = f"/settings/users/{user_text(victim.id)}", f"/settings/roles/{role_text(role_id)}"

    reads = [attacker.get(path).status_code for path in (user, role)]
    writes = [
        attacker.post(path, data).status_code
        for path, data in (
            (user, {"name": "Mine", "roles": "admin"}),
            (f"{user}/active", {"active": "0"}),
            (f"{user}/invitation", {}),
            (f"{user}/second-step/off", {}),
            (role, {"name_en": "Mine", "permissions": "users.manage"}),
            (f"{role}/copy", {}),
            (f"{role}/delete", {}),
            (f"/settings/api-keys/{key_text(key_id)}/revoke", {}),
        )
    ]

    assert set(reads) == set(writes) == {404}
    with open_work(engine, company.id) as work:
        assert (user_row(work, victim.id), role_row(work, role_id), all_api_keys(work)) == before
    assert "Victim" not in attacker.get("/settings/users").text


@pytest.mark.parametrize(
    "path",
    [
        "/settings/users/x",
        "/settings/users/rol_01jd",
        "/settings/roles/usr_" + "0" * 26,
        "/settings/users/" + "9" * 500,
    ],
)
def test_what_is_no_id_is_not_found(admin: Browser, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_an_id_of_nobody_is_not_found(admin: Browser) -> None:
    assert admin.get(f"/settings/users/{to_text('usr', new_id())}").status_code == 404


def test_a_link_of_one_company_opens_nothing_at_another(
    app: Flask, engine: Engine, company: Company, rival: Company
) -> None:
    person = make_user(engine, company)
    Browser(app, company.host).post("/password/forgot", {"email": person.email})
    link = outbox_of(app).link()

    assert Browser(app, rival.host).get(link).status_code == 422
    assert Browser(app, company.host).get(link).status_code == 200


def test_the_audit_log_shows_the_own_company_only(app: Flask, company: Company, rival: Company, admin: Browser) -> None:
    page = sign_in(app, rival).get("/settings/audit").text

    assert user_text(rival.admin.id) in page
    assert user_text(company.admin.id) not in page
