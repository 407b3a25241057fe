from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine

from tests.support.web import Browser, Company, make_user, outbox_of, sign_in

NEW = "another good battery"


def test_a_forgotten_password_is_reset_by_mail(app: Flask, engine: Engine, company: Company, visitor: Browser) -> None:
    person = make_user(engine, company, "operator")
    elsewhere = sign_in(app, company, person)

    asked = visitor.post("/password/forgot", {"email": person.email.upper()})
    link = outbox_of(app).link()
    chosen = visitor.post(link, {"password": NEW})

    assert asked.status_code == 200 and "on its way" in asked.text
    assert chosen.status_code == 302
    assert elsewhere.get("/profile").status_code == 302  # earlier sessions are over
    assert visitor.post("/sign-in", {"email": person.email, "password": NEW}).status_code == 302
    assert visitor.get(link).status_code == 422  # used up


def test_an_unknown_address_is_told_the_same_and_gets_no_mail(app: Flask, visitor: Browser) -> None:
    sent = len(outbox_of(app).mails)

    answer = visitor.post("/password/forgot", {"email": "nobody@x.example"})

    assert "on its way" in answer.text
    assert len(outbox_of(app).mails) == sent


def test_the_link_does_not_follow_the_host_header(app: Flask, engine: Engine, company: Company) -> None:
    person = make_user(engine, company)

    Browser(app, company.host).post(
        "/password/forgot", {"email": person.email}, headers={"X-Forwarded-Host": "evil.example"}
    )

    assert "evil.example" not in outbox_of(app).mails[-1].text


def test_a_weak_password_is_said_beside_the_field_and_the_link_stays(
    app: Flask, engine: Engine, company: Company, visitor: Browser
) -> None:
    person = make_user(engine, company)
    visitor.post("/password/forgot", {"email": person.email})
    link = outbox_of(app).link()

    answer = visitor.post(link, {"password": "weak"})

    assert answer.status_code == 422 and 'id="f-password-problem"' in answer.text
    assert visitor.get(link).status_code == 200


def test_an_invited_user_chooses_a_password_and_is_in(
    app: Flask, company: Company, admin: Browser, visitor: Browser
) -> None:
    email = f"new@{company.slug}.example"
    invited = admin.post(
        "/settings/users/new",
        {"email": email, "name": "", "roles": ["operator", "approver"], "kind": "staff", "locale": "zh-CN"},
    )
    assert invited.status_code == 302
    mail = outbox_of(app).mails[-1]
    assert mail.to == email and "邀请" in mail.subject

    link = outbox_of(app).link()
    answer = visitor.post(link, {"password": NEW, "name": "Wu Min"})

    assert answer.status_code == 302
    assert "Wu Min" in visitor.get("/profile").text
    assert visitor.get("/settings/users").status_code == 403
    assert "zh-CN" in visitor.get("/profile").text[:300]  # in the language that he was invited in
    assert Browser(app, company.host).get(link).status_code == 422


def test_a_second_invitation_ends_the_first(app: Flask, company: Company, admin: Browser, visitor: Browser) -> None:
    admin.post("/settings/users/new", {"email": f"late@{company.slug}.example", "name": "Late", "kind": "staff"})
    first = outbox_of(app).link()
    listed = admin.get("/settings/users?q=late@").text
    user = listed.partition('href="/settings/users/usr_')[2][:26]

    admin.post(f"/settings/users/usr_{user}/invitation")

    assert visitor.get(first).status_code == 422
    assert visitor.get(outbox_of(app).link()).status_code == 200
