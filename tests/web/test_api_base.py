"""What the API stands on: keys, rate limits, problems, and writes that may be sent twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine

from kernel.db.engine import counting_statements
from kernel.errors import Conflict, Invalid, Problem
from kernel.ids import new_id
from tenants.access.create_role import CreateRole, create_role
from tenants.access.permissions import Permission
from tenants.access.queries import all_api_keys
from tenants.access.revoke_api_key import revoke_api_key
from tenants.scope import open_work
from tests.support.web import BASE_HOST, Company, make_key, sign_in
from web.http.access import requires, signed_in_only
from web.http.idempotency import idempotent
from web.http.principals import signed_in
from web.http.work import current_work

pytestmark = pytest.mark.usefixtures("api")


class Taken(Conflict):
    code = "taken"
    message = "This is taken."


def _blueprint() -> Blueprint:
    bp = Blueprint("trial", __name__, url_prefix="/api/trial")

    @bp.get("/me")
    @signed_in_only
    def me() -> ResponseReturnValue:
        with current_work() as work:
            return jsonify(
                tenant=work.tenant.slug, name=signed_in().name, rows=work.scalar("SELECT count(*) FROM roles")
            )

    @bp.get("/stock")
    @requires(Permission.VIEW_STOCK)
    def stock() -> ResponseReturnValue:
        return jsonify(ok=True)

    @bp.post("/roles")
    @requires(Permission.MANAGE_USERS)
    @idempotent
    def roles() -> ResponseReturnValue:
        sent = request.get_json()
        with current_work() as work:
            made = create_role(work, CreateRole(names={"en": sent["name"]}, key=sent["name"]))
            time.sleep(sent.get("milliseconds", 0) / 1000)
            if sent.get("fail") == "raise":
                raise Taken
            if sent.get("fail") == "problem":
                raise Invalid(problems=[Problem(pointer="/name", code="bad", message="Give it a name.")])
            if sent.get("fail") == "answer":
                return jsonify(error="no"), 422
        return jsonify(key=made.key, at=str(new_id())), 201, {"Location": f"/api/trial/roles/{made.key}"}

    return bp


@pytest.fixture(scope="module")
def api(make_app: Callable[..., Flask]) -> Flask:
    app = make_app(api_rate="10000/minute")
    app.register_blueprint(_blueprint())
    return app


@pytest.fixture(scope="module")
def key(engine: Engine, company: Company) -> str:
    from tenants.access.create_api_key import CreateApiKey, create_api_key

    with open_work(engine, company.id) as work:
        return create_api_key(work, CreateApiKey(name="ERP", permissions=frozenset({"users.manage", "stock.view"}))).key


def ask(api: Flask, key: str, path: str, host: str = f"api.{BASE_HOST}", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
    # The key names its tenant, so the host need not: `api.` is nobody's.
    return api.test_client().open(path, base_url=f"http://{BASE_HOST}", headers=headers, **more)


def write(api: Flask, key: str, idempotency_key: str, **body: Any) -> Any:
    return ask(api, key, "/api/trial/roles", method="POST", json=body, headers={"Idempotency-Key": idempotency_key})


def roles_called(engine: Engine, company: Company, key: str) -> int:
    with open_work(engine, company.id) as work:
        return int(work.scalar("SELECT count(*) FROM roles WHERE key = %(key)s", {"key": key}))


def a_name() -> str:
    return f"r{new_id().hex[-12:]}"


def test_a_key_opens_the_company_that_it_names(api: Flask, key: str, company: Company) -> None:
    answer = ask(api, key, "/api/trial/me")

    assert answer.get_json()["tenant"] == company.slug
    assert answer.get_json()["name"] == "ERP"
    assert answer.get_json()["rows"] >= 7


def test_a_key_costs_one_statement_besides_the_scope(api: Flask, key: str) -> None:
    ask(api, key, "/api/trial/stock")

    with counting_statements() as log:
        assert ask(api, key, "/api/trial/stock").status_code == 200

    assert log.count == 2, log.statements


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer oms_live_" + "0" * 58])
def test_without_a_good_key_the_answer_is_401(api: Flask, header: str) -> None:
    answer = api.test_client().get("/api/trial/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["code"] == "api_key_refused"


def test_a_revoked_key_is_refused_at_once(api: Flask, engine: Engine, company: Company) -> None:
    made = make_key(engine, company, "stock.view")
    assert ask(api, made, "/api/trial/stock").status_code == 200
    with open_work(engine, company.id) as work:
        revoke_api_key(work, next(row.id for row in all_api_keys(work) if row.last_four == made[-4:]))

    assert ask(api, made, "/api/trial/stock").status_code == 401


def test_a_key_without_the_permission_gets_403(api: Flask, engine: Engine, company: Company) -> None:
    answer = ask(api, make_key(engine, company, "orders.view"), "/api/trial/stock")

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "permission_missing"


def test_a_key_at_the_host_of_another_company_is_refused(api: Flask, key: str, rival: Company) -> None:
    answer = api.test_client().get(
        "/api/trial/me", base_url=f"http://{rival.host}", headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 401


def test_a_session_does_not_open_the_api(api: Flask, company: Company) -> None:
    assert sign_in(api, company).get("/api/trial/me").status_code == 401


def test_the_rate_of_a_key_is_told_and_held(api: Flask, engine: Engine, company: Company) -> None:
    made = make_key(engine, company, "stock.view", rate_limit="3/day")

    answers = [ask(api, made, "/api/trial/stock") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=86400'
    assert answers[0].headers["RateLimit"].startswith('"key";r=2;t=')
    assert answers[-1].get_json()["code"] == "rate_limited"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_where_redis_is_away_nobody_is_held_up(make_app: Callable[..., Flask], key: str) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    app.register_blueprint(_blueprint())

    assert ask(app, key, "/api/trial/stock").status_code == 200


def test_the_same_write_twice_gives_the_same_answer(api: Flask, key: str, engine: Engine, company: Company) -> None:
    name, once = a_name(), a_name()

    first = write(api, key, once, name=name)
    second = write(api, key, once, name=name)

    assert first.status_code == second.status_code == 201
    assert first.data == second.data and first.headers["Location"] == second.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers and second.headers["Idempotency-Replayed"] == "true"
    assert roles_called(engine, company, name) == 1


def test_the_same_key_for_another_write_is_refused(api: Flask, key: str) -> None:
    once = a_name()
    write(api, key, once, name=a_name())

    answer = write(api, key, once, name=a_name())

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "idempotency_key_reused"


def test_a_write_without_a_key_is_refused(api: Flask, key: str) -> None:
    for bad in ("", "x" * 256):
        answer = write(api, key, bad, name=a_name())
        assert answer.status_code == 400
        assert answer.get_json()["code"] == "idempotency_key_missing"


def test_keys_of_two_owners_do_not_meet(api: Flask, key: str, engine: Engine, company: Company) -> None:
    from tenants.access.create_api_key import CreateApiKey, create_api_key

    with open_work(engine, company.id) as work:
        other = create_api_key(work, CreateApiKey(name="B", permissions=frozenset({"users.manage"}))).key
    once = a_name()

    assert write(api, key, once, name=a_name()).status_code == 201
    assert write(api, other, once, name=a_name()).status_code == 201


@pytest.mark.parametrize(("fail", "status"), [("raise", 409), ("problem", 422), ("answer", 422)])
def test_what_failed_is_rolled_back_and_can_be_sent_again(
    api: Flask, key: str, engine: Engine, company: Company, fail: str, status: int
) -> None:
    name, once = a_name(), a_name()

    failed = write(api, key, once, name=name, fail=fail)
    assert failed.status_code == status
    assert roles_called(engine, company, name) == 0

    assert write(api, key, once, name=name).status_code == 201
    if fail == "problem":
        assert failed.get_json()["errors"] == [{"pointer": "/name", "code": "bad", "detail": "Give it a name."}]


def test_it_costs_two_statements(api: Flask, key: str) -> None:
    with counting_statements() as log:
        write(api, key, a_name(), name=a_name())

    own = [statement for statement in log.statements if "idempotency_records" in statement]
    assert len(own) == 2


def test_of_many_at_once_one_does_the_work(api: Flask, key: str, engine: Engine, company: Company) -> None:
    name, once = a_name(), a_name()
    answers: list[Any] = []
    ready = threading.Barrier(8)

    def send() -> None:
        ready.wait()
        answers.append(write(api, key, once, name=name, milliseconds=300))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made = [answer for answer in answers if answer.status_code == 201]
    running = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(running) == 8
    assert len({answer.data for answer in made}) == 1
    assert running and all(answer.headers["Retry-After"] == "1" for answer in running)
    assert roles_called(engine, company, name) == 1
    assert write(api, key, once, name=name, milliseconds=300).headers["Idempotency-Replayed"] == "true"
