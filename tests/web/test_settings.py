from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import Engine

from kernel.ids import new_id, to_text
from tenants.access.ids import user_text
from tenants.access.queries import user_row
from tenants.scope import open_work
from tests.support.web import Browser, Company, make_company, make_user, sign_in


def test_users_are_listed_searched_and_counted(app: Flask, engine: Engine, system_engine: Engine) -> None:
    company = make_company(engine, system_engine)
    make_user(engine, company, "warehouse", name="Tom Baker")
    browser = sign_in(app, company)

    page = browser.get("/settings/users").text
    found = browser.get("/settings/users?q=baker").text
    nothing = browser.get("/settings/users?q=zzz").text

    assert "Tom Baker" in page and "Warehouse" in page and '<span class="count">2</span>' in page
    assert "Tom Baker" in found and ">Ada</a>" in page and ">Ada</a>" not in found
    assert "Nothing matches" in nothing and "Clear filters" in nothing


def test_a_user_gets_roles_and_a_row_scope(engine: Engine, company: Company, admin: Browser) -> None:
    person = make_user(engine, company, "operator")
    customer = new_id()

    answer = admin.post(f"/settings/users/{user_text(person.id)}", {
        "name": "Li Wei", "roles": ["finance", "approver"], "manager": str(company.admin.id),
        "limit_customers": "1", "customer_scope": to_text("cus", customer),
    })  # fmt: skip

    assert answer.status_code == 302
    with open_work(engine, company.id) as work:
        user = user_row(work, person.id)
    assert user.role_keys == ["approver", "finance"]
    assert user.customer_scope == [customer] and user.location_scope is None
    assert user.manager_id == company.admin.id


def test_what_is_no_id_is_said_beside_its_field_and_nothing_is_saved(
    engine: Engine, company: Company, admin: Browser
) -> None:
    person = make_user(engine, company, "operator")

    answer = admin.post(f"/settings/users/{user_text(person.id)}", {
        "name": "Changed", "limit_locations": "1", "location_scope": "Hamburg",
    })  # fmt: skip

    assert answer.status_code == 422
    assert 'id="f-location_scope-problem"' in answer.text and "Hamburg" in answer.text
    with open_work(engine, company.id) as work:
        assert user_row(work, person.id).name == "Li"


def test_a_deactivated_user_is_out_at_once(app: Flask, engine: Engine, company: Company, admin: Browser) -> None:
    person = make_user(engine, company, "operator")
    browser = sign_in(app, company, person)

    admin.post(f"/settings/users/{user_text(person.id)}/active", {"active": "0"})
    assert browser.get("/profile").status_code == 302

    admin.post(f"/settings/users/{user_text(person.id)}/active", {"active": "1"})
    assert sign_in(app, company, person).get("/profile").status_code == 200


def test_the_last_administrator_cannot_be_lost(company: Company, admin: Browser) -> None:
    answer = admin.post(f"/settings/users/{user_text(company.admin.id)}", {"name": "Ada", "roles": ["operator"]})

    assert answer.status_code == 409
    assert "At least one active user" in answer.text
    assert admin.get("/settings/users").status_code == 200


def test_a_portal_user_needs_a_customer(admin: Browser, company: Company) -> None:
    data: dict[str, object] = {"email": f"b@{company.slug}.example", "name": "B", "kind": "portal", "roles": "buyer"}

    refused = admin.post("/settings/users/new", dict(data))
    invited = admin.post("/settings/users/new", {**data, "customer": to_text("cus", new_id())})

    assert refused.status_code == 422 and 'id="f-customer-problem"' in refused.text
    assert f'value="b@{company.slug}.example"' in refused.text  # what was typed stays
    assert invited.status_code == 302


def test_a_role_is_made_changed_copied_and_deleted(admin: Browser) -> None:
    made = admin.post("/settings/roles/new", {
        "_once": str(new_id()), "name_en": "Night shift", "name_zh-CN": "夜班",
        "permissions": ["orders.view", "stock.view"],
    })  # fmt: skip
    page = admin.get(made.location).text
    assert re.search(r'value="stock.view" checked', page)

    assert admin.post(made.location, {"name_en": "Late shift", "permissions": ["orders.view"]}).status_code == 302
    assert not re.search(r'value="stock.view" checked', admin.get(made.location).text)

    copied = admin.post(f"{made.location}/copy")
    assert "Copy of Late shift" in admin.get(copied.location).text
    assert admin.post(f"{copied.location}/delete").status_code == 302
    assert admin.get(copied.location).status_code == 404


def test_a_form_that_is_sent_twice_does_its_work_once(admin: Browser) -> None:
    name = f"Twice {new_id().hex[-6:]}"
    once = re.search(r'name="_once" value="([^"]+)"', admin.get("/settings/roles/new").text)
    assert once
    form: dict[str, object] = {"_once": once.group(1), "name_en": name}

    first, second = admin.post("/settings/roles/new", dict(form)), admin.post("/settings/roles/new", dict(form))

    assert first.location == second.location
    assert admin.get("/settings/roles").text.count(f">{name}</a>") == 1


def test_a_role_without_a_name_is_refused_beside_the_field(admin: Browser) -> None:
    answer = admin.post("/settings/roles/new", {"_once": str(new_id()), "permissions": ["orders.view"]})

    assert answer.status_code == 422
    assert 'id="f-name_en-problem"' in answer.text and 'value="orders.view" checked' in answer.text


def test_a_shipped_role_can_be_looked_at_only(admin: Browser) -> None:
    listed = admin.get("/settings/roles").text
    role = re.search(r"/settings/roles/rol_[0-9a-z]{26}", listed)
    assert role

    assert "disabled" in admin.get(role.group()).text
    assert admin.post(role.group(), {"name_en": "Mine"}).status_code == 409


def test_a_key_is_shown_once_works_and_is_revoked(admin: Browser) -> None:
    made = admin.post("/settings/api-keys/new", {"name": "Warehouse system", "permissions": ["stock.view"]})
    assert made.status_code == 201
    key = re.search(r"oms_live_[0-9a-z]{58}", made.text)
    assert key

    listed = admin.get("/settings/api-keys").text
    assert "Warehouse system" in listed and key.group() not in listed and key.group()[-4:] in listed
    revoke = re.findall(r'action="(/settings/api-keys/key_[0-9a-z]+/revoke)"', listed)

    assert admin.post(revoke[0]).status_code == 302
    assert "Revoked" in admin.get("/settings/api-keys").text


def test_a_key_says_all_its_problems_at_once(admin: Browser) -> None:
    answer = admin.post("/settings/api-keys/new", {"name": "", "rate_limit": "fast", "expires_on": "2020-01-01"})

    assert answer.status_code == 422
    for field in ("name", "permissions", "rate_limit", "expires_on"):
        assert f'id="f-{field}-problem"' in answer.text


def test_every_change_stands_in_the_audit_log_with_before_and_after(
    engine: Engine, company: Company, admin: Browser
) -> None:
    person = make_user(engine, company, "operator")
    admin.post(f"/settings/users/{user_text(person.id)}", {"name": "Renamed", "roles": "operator"})

    page = admin.get(f"/settings/audit?object={user_text(person.id)}&action=user.change").text

    assert "<del>Li</del>" in page and "<ins>Renamed</ins>" in page
    assert "Ada" in page and "127.0.0.1" in page and "req_" in page
    assert "Nothing matches" in admin.get("/settings/audit?actor=nobody").text
    assert "Nothing matches" in admin.get("/settings/audit?since=2199-01-01").text


def test_the_audit_log_pages_both_ways(app: Flask, engine: Engine, system_engine: Engine) -> None:
    company = make_company(engine, system_engine)
    for _ in range(30):
        make_user(engine, company, "operator")
    browser = sign_in(app, company)

    def follow(path: str, rel: str) -> str | None:
        found = re.search(rf'rel="{rel}" href="([^"]+)"', browser.get(path).text)
        return found.group(1).replace("&amp;", "&") if found else None

    second = follow("/settings/audit", "next")
    assert second and follow(second, "next") is None
    first = follow(second, "prev")
    assert first and follow(first, "prev") is None
    assert browser.get(first).text.count("<time") == browser.get("/settings/audit").text.count("<time") == 50


def test_the_company_changes_its_settings(app: Flask, engine: Engine, system_engine: Engine) -> None:
    browser = sign_in(app, make_company(engine, system_engine))

    saved = browser.post(
        "/settings/company", {"name": "Tea Ltd", "zone": "Asia/Shanghai", "currency": "CNY", "locale": "zh-CN"}
    )
    refused = browser.post("/settings/company", {"name": "", "zone": "UTC", "currency": "CNY", "locale": "en"})

    assert saved.status_code == 302
    page = browser.get("/settings/company").text
    assert "Tea Ltd" in page and 'value="Asia/Shanghai" selected' in page
    assert refused.status_code == 422 and 'id="f-name-problem"' in refused.text


def test_navigation_shows_what_one_may_use(app: Flask, engine: Engine, company: Company) -> None:
    auditor = sign_in(app, company, make_user(engine, company, "finance"))

    page = auditor.get("/profile").text

    assert "/settings/audit" in page and "/settings/users" not in page


def test_a_portal_user_gets_the_portal(app: Flask, engine: Engine, company: Company) -> None:
    buyer = make_user(engine, company, "buyer", customer_id=new_id())

    browser = sign_in(app, company, buyer)

    assert browser.get("/settings/company").status_code == 403
    assert 'id="side"' not in browser.get("/profile").text
