"""Writes of what stands beside orders: notes, files, planned deliveries, drafts, templates, and the review queue."""

from __future__ import annotations

from typing import Any

from tests.web.api.writes.case import Call, Case, Stage


def _made(stage: Stage, call: Call) -> str:
    """The id of what the call makes on the way to the case."""
    answer = stage.send(call, stage.fresh())
    assert answer.status_code < 300, answer.text
    return str((answer.json or {})["id"])


def _note(stage: Stage) -> Call:
    return Call("POST", f"/orders/{stage.order()['id']}/notes", {"body": "mind the step"})


def _pin(stage: Stage) -> Call:
    note = _note(stage)
    return Call("PUT", f"{note.path}/{_made(stage, note)}", {"pinned": True})


def _attach(stage: Stage) -> Call:
    return Call("POST", f"/orders/{stage.order()['id']}/attachments", form=("label.txt", b"Dock 4"))


def _detach(stage: Stage) -> Call:
    file = _attach(stage)
    return Call("DELETE", f"{file.path}/{_made(stage, file)}")


def _plan(stage: Stage) -> Call:
    order = stage.order(("TEA", "4"))["id"]
    stage.do("POST", f"/orders/{order}/deallocations", {"reason": "later"})
    deliveries = [{"due_on": "2099-01-01", "quantity": "1"}, {"due_on": "2099-02-01", "quantity": "3"}]
    line = stage.lines(order)[0]["id"]
    return Call("PUT", f"/orders/{order}/deliveries", {"lines": [{"line_id": line, "deliveries": deliveries}]})


def _body(stage: Stage) -> dict[str, Any]:
    return {"name": stage.fresh(), "customer_number": "K-1", "lines": [{"sku": "TEA", "quantity": "1"}]}


def _draft(stage: Stage) -> Call:
    body = _body(stage)
    del body["name"]
    return Call("POST", "/order-drafts/", body)


def _template(stage: Stage) -> Call:
    body = _body(stage)
    del body["customer_number"]
    return Call("POST", "/order-templates/", body)


def _anew(make: Case) -> Case:
    def case(stage: Stage) -> Call:
        call = make(stage)
        body = {**call.body, "lines": [{"sku": "MUG", "quantity": "2"}]}
        return Call("PUT", f"{call.path}{_made(stage, call)}", body)

    return case


def _dropped(make: Case) -> Case:
    def case(stage: Stage) -> Call:
        call = make(stage)
        return Call("DELETE", f"{call.path}{_made(stage, call)}")

    return case


def _release(stage: Stage) -> Call:
    holds = []
    for _ in range(2):
        order = stage.order()["id"]
        stage.do("POST", f"/orders/{order}/deallocations", {"reason": "wait"})
        held = stage.do("POST", f"/orders/{order}/holds", {"reason": "wait"})
        holds += [hold["id"] for hold in held["holds"] if hold["released_at"] is None]
    return Call("POST", "/holds/releases", {"holds": holds, "reason": "go"})


def _service_times(stage: Stage) -> Call:
    del stage
    return Call("PUT", "/holds/service-times", {"hours": {"credit": 3}})


PAPERS: dict[str, Case] = {
    "POST api_order_papers.Notes": _note,
    "PUT api_order_papers.NoteById": _pin,
    "POST api_attachments.Attachments": _attach,
    "DELETE api_attachments.AttachmentById": _detach,
    "PUT api_deliveries.Deliveries": _plan,
    "POST api_drafts.Drafts": _draft,
    "PUT api_drafts.DraftById": _anew(_draft),
    "DELETE api_drafts.DraftById": _dropped(_draft),
    "POST api_templates.Templates": _template,
    "PUT api_templates.TemplateById": _anew(_template),
    "DELETE api_templates.TemplateById": _dropped(_template),
    "POST api_review.Releases": _release,
    "PUT api_review.ServiceTimes": _service_times,
}
