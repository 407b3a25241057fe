"""Approvals over the API."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM
from kernel.ids import to_text
from low_code.documents.compiled import configuration
from tenants.scope import in_work
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.web import make_user
from tests.web.api.conftest import Api, an_order


def publish(engine: Engine, api: Api, *steps: dict[str, Any]) -> None:
    flow = {"name": {"en": "All"}, "subject": {"of": "order"}, "steps": list(steps)}
    documents = {
        "fields/order": in_work(
            engine, api.company.id, SYSTEM, lambda work: configuration(work).body("fields", "order")
        ),
        "approval_flow/all": flow,
        "order_type/standard": an_order_type(approvals=["all"], channels=["api"], credit={"policy": "ignore"}),
    }
    in_work(engine, api.company.id, SYSTEM, lambda work: publish_defaults(work, documents))


@pytest.fixture
def people(engine: Engine, api: Api) -> dict[str, Any]:
    return {name: make_user(engine, api.company, role, name=name)
            for name, role in (("Ann", "approver"), ("Fay", "finance"))}  # fmt: skip


ASK = {"id": "n1", "type": "approve", "who": [{"role": "approver"}], "allow": {"add_signer": ["parallel"]},
       "fields": {"order.cf.po": "edit", "order.cf.weight": "hide"}}  # fmt: skip
THEN = {"id": "n2", "type": "approve", "who": [{"role": "finance"}]}


def test_the_way_of_an_order_is_told_before_it_is_placed(engine: Engine, api: Api, people: dict[str, Any]) -> None:
    choice = {**THEN, "who": [{"submitter_choice": {"among": [{"role": "finance"}]}}]}
    publish(engine, api, ASK, choice)

    seen = api.post("/approvals/preview", an_order(("TEA", "1"))).json or {}
    assert (seen["needed"], seen["flow"], [step["step"] for step in seen["steps"]]) == (True, "all", ["n1", "n2"])
    assert [person["name"] for person in seen["steps"][0]["people"]] == ["Ann"]
    assert [person["name"] for person in seen["choices"][0]["candidates"]] == ["Fay"]
    assert api.get("/orders/").json["data"] == []  # type: ignore[index]

    missing = api.post("/orders/", an_order(("TEA", "1")))
    assert missing.status_code == 422
    assert [problem["pointer"] for problem in missing.json["errors"]] == ["/approvers/n2"]  # type: ignore[index]
    chosen = seen["choices"][0]["candidates"][0]["id"]
    placed = api.post("/orders/", an_order(("TEA", "1"), approvers={"n2": [chosen]}))
    assert placed.status_code == 201
    for bad in ({"n2": ["nonsense"]}, {"n2": "x"}, {"other": [chosen]}):
        assert api.post("/orders/", an_order(("TEA", "1"), approvers=bad)).status_code == 422


def test_tasks_are_listed_acted_on_and_followed(engine: Engine, api: Api, people: dict[str, Any]) -> None:
    publish(engine, api, ASK, THEN)
    order = (api.post("/orders/", an_order(("TEA", "1"), custom={"po": "1", "weight": "9"})).json or {})["id"]
    ann, fay = people["Ann"].email, people["Fay"].email

    (task,) = (api.get("/approvals/tasks", on_behalf_of=ann).json or {})["data"]
    assert (task["order"], task["step"], task["custom"], task["edit"]) == (order, "n1", {"po": "1"}, ["po"])
    assert api.get("/approvals/tasks", on_behalf_of="nobody@rival.example").status_code == 403
    assert api.get("/approvals/tasks").status_code == 422
    act = f"/orders/{order}/approvals"
    for bad, status in (
        ({"fields": {"weight": "1"}}, 403), ({"version": 1}, 409), ({"task": to_text("tsk", people["Ann"].id)}, 409),
        ({"action": "nonsense"}, 422), ({"action": "transfer", "transfer_to": "nobody@x.example"}, 422),
        ({"action": "add_signers", "signers": [fay], "where": "before"}, 403),
        ({"action": "return", "return_to": "n9", "comment": "x"}, 422),
    ):  # fmt: skip
        answer = api.post(act, {"action": "approve", "on_behalf_of": ann, **bad})
        assert answer.status_code == status, (bad, answer.text)
    done = api.post(act, {"action": "approve", "on_behalf_of": ann, "task": task["id"], "fields": {"po": "2"},
                          "version": task["version"]})  # fmt: skip
    assert done.status_code == 201 and done.json["custom"]["po"] == "2"  # type: ignore[index]

    (approval,) = (api.get(act).json or {})["data"]
    assert [(each["step"], each["status"]) for each in approval["tasks"]] == [("n1", "approved"), ("n2", "open")]
    (running,) = (api.get("/approvals/", flow="all", step="n2").json or {})["data"]
    assert (running["order"], running["asked"][0]["assignee"]["name"]) == (order, "Fay")
    assert (api.get("/approvals/", step="n1").json or {})["data"] == []
    assert api.post(act, {"action": "approve", "on_behalf_of": fay}).status_code == 201
    assert (api.get(act).json or {})["data"][0]["status"] == "approved"


def test_what_waits_is_paged(engine: Engine, api: Api, people: dict[str, Any]) -> None:
    publish(engine, api, ASK)
    placed = [(api.post("/orders/", an_order(("TEA", "1"))).json or {})["id"] for _ in range(3)]

    for path, query in (("/approvals/tasks", {"on_behalf_of": people["Ann"].email}), ("/approvals/", {})):
        seen, cursor = [], None
        for _ in range(3):
            page = api.get(path, limit=1, **query, **({"cursor": cursor} if cursor else {})).json or {}
            seen += [row["order"] for row in page["data"]]
            cursor = page["next_cursor"]
        assert (seen, cursor) == (placed, None)
