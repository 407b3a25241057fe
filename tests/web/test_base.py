"""Headers, errors, probes, static files: what every answer keeps."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from tests.support.web import BASE_HOST, Browser, Company
from web.http.static_files import asset


def test_every_page_keeps_a_strict_content_policy(admin: Browser) -> None:
    answer = admin.get("/settings/users")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)' 'strict-dynamic';", policy)

    assert nonce and "unsafe" not in policy and "style-src-attr 'none'" in policy
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert scripts and all(f'nonce="{nonce.group(1)}"' in script for script in scripts)
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_nonces_are_new_each_time(visitor: Browser) -> None:
    policies = {visitor.get("/sign-in").headers["Content-Security-Policy"] for _ in range(3)}

    assert len(policies) == 3


def test_the_request_id_of_the_caller_is_kept_where_it_has_a_decent_shape(visitor: Browser) -> None:
    kept = visitor.get("/sign-in", headers={"X-Request-ID": "abc-12345678"})
    replaced = visitor.get("/sign-in", headers={"X-Request-ID": "<script>alert(1)</script>"})

    assert kept.headers["X-Request-ID"] == "abc-12345678"
    assert replaced.headers["X-Request-ID"].startswith("req_")


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/sign-out", 405)])
def test_error_pages_speak_the_readers_language_and_name_the_request(visitor: Browser, path: str, status: int) -> None:
    english = visitor.get(path)
    chinese = visitor.get(path, headers={"Accept-Language": "zh-CN"})

    assert english.status_code == chinese.status_code == status
    assert f"Error {status}" in english.text and f"错误 {status}" in chinese.text
    assert english.headers["X-Request-ID"] in english.text


def test_what_htmx_asked_is_answered_with_a_message(admin: Browser) -> None:
    answer = admin.get("/settings/users/nobody", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.text and "There is no such user" in answer.text


def test_the_api_answers_with_problems(app: Flask, company: Company) -> None:
    browser = Browser(app, company.host)

    answer = browser.get("/api/nothing")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["status"] == 404 and body["code"] == "not_found" and body["instance"] == "/api/nothing"
    assert body["request_id"] == answer.headers["X-Request-ID"]


def test_a_bug_is_logged_and_answered_without_telling_how(make_app: Callable[..., Flask], company: Company) -> None:
    from web.http.access import public

    app = make_app()

    @app.get("/broken")
    @public
    def broken() -> str:
        raise RuntimeError("the secret inside")

    answer = Browser(app, company.host).get("/broken")

    assert answer.status_code == 500
    assert "secret" not in answer.text and answer.headers["X-Request-ID"] in answer.text


def test_a_route_that_does_not_say_who_may_come_in_is_closed(make_app: Callable[..., Flask], company: Company) -> None:
    app = make_app()
    app.add_url_rule("/open", "open", lambda: "anybody")

    assert Browser(app, company.host).get("/open").status_code == 500


def test_probes_answer_on_any_host(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/healthz", base_url="http://10.1.2.3:8000").get_json() == {"status": "ok"}
    ready = client.get("/readyz", base_url="http://10.1.2.3:8000")
    assert ready.status_code == 200
    assert ready.get_json()["checks"] == {"database": "ok", "migrations": "ok", "redis": "ok"}


def test_ready_means_that_redis_and_all_migrations_are_there(
    make_app: Callable[..., Flask], owner_engine: Engine
) -> None:
    away = make_app(redis_url="redis://127.0.0.1:1/0")
    client = away.test_client()
    with owner_engine.begin() as connection:
        before = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        connection.execute(text("DELETE FROM alembic_version"))
    try:
        answer = client.get("/readyz")
    finally:
        with owner_engine.begin() as connection:
            for version in before:
                connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})

    assert answer.status_code == 503
    checks = answer.get_json()["checks"]
    assert checks["redis"] == "unreachable" and checks["migrations"].endswith("pending")
    assert client.get("/healthz").status_code == 200


def test_metrics_count_requests_by_endpoint_and_hide_from_proxies(app: Flask, visitor: Browser) -> None:
    visitor.get("/sign-in")
    client = app.test_client()

    assert b'endpoint="sign_in.form"' in client.get("/metrics").data
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


def test_static_files_are_kept_for_ever_and_sent_compressed(app: Flask) -> None:
    client = app.test_client()

    plain = client.get(asset("app.css"))
    packed = client.get(asset("vendor/tabler.min.css"), headers={"Accept-Encoding": "gzip"})

    assert plain.status_code == 200 and "immutable" in plain.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert client.get("/static/old/app.css", base_url=f"http://{BASE_HOST}").status_code == 404
    for answer in (plain, packed):
        answer.close()


def test_pages_work_without_scripts_as_far_as_reading_and_simple_forms_go(admin: Browser) -> None:
    page = admin.get("/settings/users").text

    forms = re.findall(r"<form\b[^>]*>", page)
    assert forms and all("hx-" not in form for form in forms)
