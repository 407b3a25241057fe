"""The configuration from outside: by API and by the command that uses it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Engine

from kernel.db import json as exact_json
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.plans.queries import list_plans
from oms.configuration import publish_bundle, starter_documents
from tenants.directory.tenant_settings import set_four_eyes
from tenants.scope import open_work
from tests.support.web import Company, make_company, make_key
from tests.web.api.conftest import ALL, Api
from web.cli import main

RULES: dict[str, Any] = {
    "name": {"en": "Standard", "zh-CN": "标准"},
    "rules": [
        {"id": "big", "name": {"en": "Big"}, "when": {">": [{"var": "order.total"}, 1000]}, "outcome": {"do": "hold", "hold_type": "review", "reason": {"en": "look"}}}
    ],
    "tests": [{"id": "t", "given": {"order": {"total": exact_json.loads("1000.10")}}, "expect": {"hits": ["big"]}}],
}  # fmt: skip
FLOW = {"name": {"en": "F"}, "subject": {"of": "order"}, "steps": [{"id": "a", "type": "approve", "name": {"en": "A"}, "who": [{"role": "sales_lead"}, {"users": ["gone@other.example"]}], "mode": "any"}]}  # fmt: skip


@pytest.fixture
def made(engine: Engine, system_engine: Engine) -> Company:
    company = make_company(engine, system_engine)
    with open_work(engine, company.id) as work:
        if work.tenant.head_release == 0:
            publish_bundle(work, starter_documents(), notes="Starter")
    return company


@pytest.fixture
def mine(app: Flask, engine: Engine, made: Company) -> Api:
    return Api(app, made, make_key(engine, made, *ALL))


def exported(api: Api) -> bytes:
    return bytes(api.get("/configuration/").data)


def push(api: Api, documents: Any, **more: Any) -> Any:
    body = exact_json.dumps({"documents": documents, **more})
    return api._send("POST", "/configuration/drafts", data=body, content_type="application/json")


def test_what_is_taken_out_and_put_in_again_is_the_same_to_the_byte(
    app: Flask, engine: Engine, system_engine: Engine, mine: Api
) -> None:
    push(mine, {"review_rules/standard": RULES})
    mine.post("/configuration/releases", {"base": 1, "accept_warnings": True})
    other_company = make_company(engine, system_engine)
    other = Api(app, other_company, make_key(engine, other_company, *ALL))
    first = exact_json.loads(exported(mine))

    pushed = push(other, first["documents"], prune=True)
    base = exact_json.loads(exported(other))["release"]
    published = other.post("/configuration/releases", {"base": base, "accept_warnings": True})
    second = exact_json.loads(exported(other))

    assert pushed.status_code == 200 and published.status_code == 201, published.text
    assert b'{"total":1000.1}' in exported(mine)
    assert exact_json.dumps(first["documents"]) == exact_json.dumps(second["documents"])
    again = push(other, second["documents"], prune=True)
    assert (again.json["drafted"], again.json["removed"]) == ([], [])


def test_a_part_comes_with_all_that_it_needs(mine: Api) -> None:
    part = exact_json.loads(mine.get("/configuration/", documents="order_type/standard").data)

    assert set(part["documents"]) == {
        "order_type/standard", "numbering/standard", "review_rules/standard", "allocation_rule/standard",
    }  # fmt: skip


def test_a_comparison_says_what_would_change_and_changes_nothing(mine: Api) -> None:
    before = exported(mine)

    answer = mine.post(
        "/configuration/comparisons",
        {"documents": {"numbering/standard": {"name": {"en": "N"}, "pattern": "X-{seq:4}"}, "approval_flow/f": FLOW}},
    ).json
    told = {f"{one['kind']}/{one['key']}": one["status"] for one in answer["changes"]}

    assert told == {"numbering/standard": "changed", "approval_flow/f": "added"}
    assert any("X-{seq:4}" in change["sentence"] for one in answer["changes"] for change in one["changes"])
    assert answer["unknown"] == {
        "roles": {"sales_lead": ["/approval_flow/f/steps/0/who/0/role"]},
        "users": {"gone@other.example": ["/approval_flow/f/steps/0/who/1/users/0"]},
    }
    assert exported(mine) == before and mine.get("/configuration/drafts").json["drafts"] == []


def test_names_that_are_unknown_here_are_mapped(mine: Api, made: Company) -> None:
    refused = push(mine, {"approval_flow/f": FLOW})
    mapping = {"roles": {"sales_lead": "admin"}, "users": {"gone@other.example": made.admin.email}}
    mapped = push(mine, {"approval_flow/f": FLOW}, mapping=mapping, replace=True)

    assert refused.json["validation"]["errors"] == 2
    assert mapped.json["validation"]["errors"] == 0
    who = mine.get("/configuration/drafts").json["drafts"][0]["body"]["steps"][0]["who"]
    assert who == [{"role": "admin"}, {"users": [made.admin.email]}]


def test_nobody_s_draft_is_replaced_unasked(engine: Engine, made: Company, mine: Api) -> None:
    with open_work(engine, made.id) as work:
        save_draft(work, SaveDraft(kind="review_rules", key="standard", body={**RULES, "rules": []}))

    refused, replaced = (
        push(mine, {"review_rules/standard": RULES}),
        push(mine, {"review_rules/standard": RULES}, replace=True),
    )

    assert refused.status_code == 409 and refused.json["facts"]["documents"] == ["review_rules/standard"]
    assert replaced.json["drafted"] == ["review_rules/standard"]


def test_publishing_is_refused_with_every_problem_or_when_another_was_first(mine: Api) -> None:
    push(
        mine,
        {
            "numbering/standard": {"name": {"en": "N"}, "pattern": "no counter"},
            "review_rules/standard": {**RULES, "tests": [{"id": "t", "given": {}, "expect": {"hits": ["big"]}}]},
        },
    )

    wrong = mine.post("/configuration/releases", {"base": 1})
    late = mine.post("/configuration/releases", {"base": 0})

    assert wrong.status_code == 422
    assert {each["pointer"] for each in wrong.json["errors"]} == {
        "/numbering/standard/pattern",
        "/review_rules/standard/tests/0/expect/hits",
    }
    assert late.status_code == 409 and late.json["code"] == "head_moved_on"


def test_a_release_may_wait_for_its_hour_or_a_second_person(engine: Engine, made: Company, mine: Api) -> None:
    push(mine, {"review_rules/standard": RULES})
    timed = mine.post("/configuration/releases", {"base": 1, "publish_at": "2099-01-01T00:00:00Z"})
    with open_work(engine, made.id) as work:
        set_four_eyes(work, True)
    proposed = mine.post("/configuration/releases", {"base": 1})

    assert timed.status_code == 422 and timed.json["code"] == "hour_passed"
    assert proposed.status_code == 202 and proposed.json["plan"]["state"] == "waiting"
    assert mine.get(f"/configuration/plans/{proposed.json['plan']['id']}").json["state"] == "waiting"
    assert mine.get("/configuration/releases").json["data"][0]["number"] == 1


def test_each_right_is_asked_of_the_key(app: Flask, engine: Engine, made: Company) -> None:
    reader = Api(app, made, make_key(engine, made, "config.view"))
    editor = Api(app, made, make_key(engine, made, "config.view", "config.edit"))
    stranger = Api(app, made, make_key(engine, made, "orders.view"))

    assert reader.get("/configuration/").status_code == 200
    assert push(reader, {}).status_code == 403
    assert push(editor, {"review_rules/standard": RULES}).status_code == 200
    assert editor.post("/configuration/releases", {"base": 1}).status_code == 403
    for path in ("/configuration/", "/configuration/drafts", "/configuration/releases", "/configuration/backtests"):
        assert stranger.get(path).status_code == 403


@pytest.mark.parametrize("documents", [{"x": {}}, {"review_rules/standard": 5}, {"review_rules/standard": [1]}, {"../../etc/passwd": {}}, {"nope/x": {}}, {"review_rules/standard": {"a": "\u0000"}}])  # fmt: skip
def test_what_is_no_configuration_is_refused_with_its_place(mine: Api, documents: Any) -> None:
    for path in ("drafts", "comparisons"):
        answer = mine.post(f"/configuration/{path}", {"documents": documents})
        assert answer.status_code == 422 and answer.json["errors"], answer.text
    for body in ([], {"documents": []}, {"documents": {}, "mapping": {"roles": 5}}, {"documents": {}, "mapping": []}):
        assert mine.post("/configuration/drafts", body).status_code == 422


def test_an_order_is_tried_by_sample(mine: Api) -> None:
    push(mine, {"review_rules/standard": {**RULES, "tests": []}})
    line = {"sku": "A", "quantity": "2", "list_price": "600", "tax_rate": "0"}
    sample = {"order": {"order_type": "standard", "channel": "portal", "lines": [line]}}

    tried = mine.post("/configuration/simulations", {"sample": sample})
    nothing, wrong = (
        mine.post("/configuration/simulations", {}),
        mine.post("/configuration/simulations", {"sample": {}}),
    )

    assert tried.status_code == 200, tried.text
    assert "review" in tried.json["differs"] and tried.json["after"]["holds"] == ["review"]
    assert tried.json["before"]["total"] == "1200.00"
    assert nothing.status_code == 422 and wrong.status_code == 422
    assert mine.post("/configuration/simulations", {"order": "NO-1"}).status_code == 404


def test_a_backtest_without_history_is_refused(mine: Api) -> None:
    push(mine, {"review_rules/standard": RULES})

    assert mine.post("/configuration/backtests", {}).json["code"] == "no_history"
    assert mine.get("/configuration/backtests").json["data"] == []


# the command


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the terminal."""


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(served: str, key: str, command: str, folder: Path, *more: str) -> Result:
    arguments = ["config", command, "--url", served, "--dir", str(folder), *more]
    return CliRunner().invoke(main, arguments, env={"ORDERLOOM_KEY": key})


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def test_a_folder_is_pulled_compared_and_pushed(
    served: str, mine: Api, tmp_path: Path, engine: Engine, made: Company
) -> None:
    pulled = run(served, mine.key, "pull", tmp_path)
    same = run(served, mine.key, "diff", tmp_path)
    (tmp_path / "review_rules" / "standard.json").write_text(exact_json.dumps(RULES))
    different = run(served, mine.key, "diff", tmp_path)
    pushed = run(served, mine.key, "push", tmp_path, "--notes", "from git")
    again = run(served, mine.key, "push", tmp_path)
    run(served, mine.key, "pull", tmp_path / "second")
    run(served, mine.key, "pull", tmp_path)

    assert (pulled.exit_code, same.exit_code, same.output) == (0, 0, "no differences\n"), pulled.output
    assert different.exit_code == 1 and "review_rules/standard" in different.output
    assert (pushed.exit_code, pushed.output) == (0, "release 2 is in force\n")
    assert (again.exit_code, again.output) == (0, "nothing is different from what is in force\n")
    second = {f"second/{name}": text for name, text in files(tmp_path / "second").items()}
    assert {name: text for name, text in files(tmp_path).items() if not name.startswith("second/")} == {
        name.removeprefix("second/"): text for name, text in second.items()
    }
    with open_work(engine, made.id) as work:
        set_four_eyes(work, True)
    (tmp_path / "numbering" / "standard.json").write_text('{"name": {"en": "N"}, "pattern": "N-{seq:4}"}')
    waits = run(served, mine.key, "push", tmp_path)
    assert waits.exit_code == 3 and "second person" in waits.output
    with open_work(engine, made.id) as work:
        assert [plan.state for plan in list_plans(work)] == ["waiting"]


def test_the_command_says_why_not(served: str, mine: Api, tmp_path: Path) -> None:
    run(served, mine.key, "pull", tmp_path)
    (tmp_path / "numbering" / "standard.json").write_text('{"name": {"en": "N"}, "pattern": "no counter"}')
    refused = run(served, mine.key, "push", tmp_path)
    wrong_key = run(served, "ol_nobody", "diff", tmp_path)
    (tmp_path / "numbering" / "broken.json").write_text("{")
    broken = run(served, mine.key, "push", tmp_path)
    nowhere = run("http://127.0.0.1:9", mine.key, "pull", tmp_path)
    unsaid = CliRunner().invoke(main, ["config", "diff", "--dir", str(tmp_path)])
    mapped = run(served, mine.key, "push", tmp_path, "--map", "roles:x")

    assert refused.exit_code == 1 and "/numbering/standard/pattern" in refused.output
    assert (wrong_key.exit_code != 0 and wrong_key.exit_code != 1) or "401" in wrong_key.output or wrong_key.output
    assert broken.exit_code == 1 and "broken.json" in broken.output
    assert nowhere.exit_code == 1 and "cannot be reached" in nowhere.output
    assert unsaid.exit_code == 2 and "--tenant" in unsaid.output
    assert (mapped.exit_code == 1 and "theirs=yours" in mapped.output) or "broken.json" in mapped.output
    json.dumps(files(tmp_path), default=str)


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800"])
def test_half_a_text_in_json_is_no_fault_of_ours(mine: Api, text: str) -> None:
    body = f'{{"order": "{text}"}}'

    answer = mine._send("POST", "/configuration/simulations", data=body, content_type="application/json")

    assert answer.status_code < 500
