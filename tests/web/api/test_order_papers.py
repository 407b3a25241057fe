"""What stands beside an order, over the API: notes, files, planned deliveries, drafts, templates, and the queue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kernel.ids import to_text
from tests.web.api.conftest import Api, an_order, codes
from tests.web.api.test_orders import place


def _id(answer: Any) -> str:
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.json["id"])


def test_files_are_attached_listed_downloaded_and_removed(api: Api, rival_api: Api) -> None:
    order = place(api)["id"]
    path = f"/orders/{order}/attachments"

    made = _id(api.upload(path, "label.txt", b"Dock 4", for_buyer="true"))

    (row,) = (api.get(path).json or {})["data"]
    assert (row["id"], row["name"], row["size"], row["for_buyer"]) == (made, "label.txt", 6, True)
    file = api.get(f"{path}/{made}")
    assert file.data == b"Dock 4" and "attachment" in file.headers["Content-Disposition"]
    assert rival_api.get(path).status_code == 404 and rival_api.get(f"{path}/{made}").status_code == 404
    assert api.post(path, {}).status_code in {400, 422}
    assert api.delete(f"{path}/{made}").status_code == 204
    assert (api.get(path).json or {})["data"] == []
    assert api.delete(f"{path}/{made}").status_code == 404


def test_a_note_is_pinned_and_let_go(api: Api) -> None:
    order = place(api)["id"]
    first = _id(api.post(f"/orders/{order}/notes", {"body": "Call first"}))
    _id(api.post(f"/orders/{order}/notes", {"body": "Later"}))

    assert api.put(f"/orders/{order}/notes/{first}", {"pinned": True}).status_code == 204

    notes = (api.get(f"/orders/{order}/notes").json or {})["data"]
    assert [(note["body"], note["pinned"]) for note in notes] == [("Call first", True), ("Later", False)]


def test_deliveries_are_planned_anew_as_far_as_nothing_is_promised(api: Api) -> None:
    placed = place(api, ("TEA", "60"))  # 50 are there
    order = api.get(f"/orders/{placed['id']}").json or {}
    line, path = order["lines"][0]["id"], f"/orders/{placed['id']}/deliveries"
    soon, later = date.today() + timedelta(days=3), date.today() + timedelta(days=40)

    def plan(*days: tuple[date, str], **more: Any) -> Any:
        deliveries = [{"due_on": day.isoformat(), "quantity": units} for day, units in days]
        return api.put(path, {"lines": [{"line_id": line, "deliveries": deliveries}], **more})

    assert codes(plan((soon, "20"), (later, "40"))) == [("/lines/0/instalments", "units_promised")]
    assert codes(plan((soon, "50"), (later, "9"))) == [("/lines/0/instalments", "instalments_do_not_add_up")]
    assert plan((soon, "50"), (later, "10"), version=1_000).status_code == 409
    kept = plan((soon, "50"), (later, "10"))
    assert kept.status_code == 200, kept.data
    assert [(one["due_on"], one["quantity"]) for one in kept.json["data"]] == [
        (soon.isoformat(), "50"), (later.isoformat(), "10"),
    ]  # fmt: skip
    assert api.put(path, {"lines": [{"line_id": line, "deliveries": []}] * 2}).status_code == 422


def test_a_draft_is_kept_read_changed_and_handed_to_somebody(api: Api) -> None:
    draft = {"customer_number": "K-1", "order_type": "standard", "lines": [{"sku": "TEA", "quantity": "3"}]}
    made = _id(api.post("/order-drafts/", draft))

    (row,) = (api.get("/order-drafts/").json or {})["data"]
    assert (row["id"], row["customer_number"], row["lines"]) == (made, "K-1", 1)
    changed = api.put(f"/order-drafts/{made}", {**draft, "lines": [{"sku": "MUG"}, {"sku": "TEA", "unit": "box"}]})
    assert [(line["sku"], line["unit"]) for line in (changed.json or {})["lines"]] == [("MUG", ""), ("TEA", "box")]
    assert (api.get(f"/order-drafts/{made}").json or {}) == changed.json
    assert api.delete(f"/order-drafts/{made}").status_code == 204
    assert api.get(f"/order-drafts/{made}").status_code == 404

    admin = to_text("usr", api.company.admin.id)
    theirs = _id(api.post("/order-drafts/", {**draft, "for_user_id": admin}))
    assert api.get(f"/order-drafts/{theirs}").status_code == 404
    nobody = to_text("usr", api.company.id)
    assert (api.post("/order-drafts/", {**draft, "for_user_id": nobody}).json or {})["code"] == "draft_owner_unfit"


def test_a_template_is_written_read_changed_and_removed(api: Api) -> None:
    body = {"name": "Weekly", "lines": [{"sku": "TEA", "quantity": "5"}]}
    made = _id(api.post("/order-templates/", body))

    assert api.post("/order-templates/", body).status_code == 409
    wrong = api.post(
        "/order-templates/", {**body, "name": "B", "lines": [*body["lines"], {"sku": "X", "quantity": "1"}]}
    )
    assert codes(wrong) == [("/lines/1/sku", "sku_unknown")]
    changed = api.put(f"/order-templates/{made}", {**body, "lines": [{"sku": "MUG", "quantity": "2", "unit": ""}]})
    assert [line["sku"] for line in (changed.json or {})["lines"]] == ["MUG"]
    assert (api.get(f"/order-templates/{made}").json or {})["name"] == "Weekly"
    assert api.delete(f"/order-templates/{made}").status_code == 204
    assert api.get(f"/order-templates/{made}").status_code == 404


def test_holds_are_released_together_and_each_refusal_is_named(api: Api) -> None:
    first, second = place(api)["id"], place(api)["id"]
    for order in (first, second):
        assert api.post(f"/orders/{order}/holds", {"reason": "look", "types": ["address"]}).status_code == 201
    queue = [hold["id"] for hold in (api.get("/holds/").json or {})["data"]]
    missing = first.replace("ord_", "hld_")

    done = api.post("/holds/releases", {"holds": [*queue, missing], "reason": "looked"}).json or {}

    assert sorted(done["released"]) == sorted(queue)
    assert [(one["hold_id"], one["code"]) for one in done["refused"]] == [(missing, "hold_not_found")]
    order = api.get(f"/orders/{second}").json or {}
    assert [hold["release_reason"] for hold in order["holds"]] == ["looked"]
    again = api.post("/holds/releases", {"holds": queue, "reason": "looked"}).json or {}
    assert again["released"] == []


def test_a_lookalike_is_compared_and_service_times_are_set(api: Api, rival_api: Api) -> None:
    body = an_order(("TEA", "2"), order_type="watched")
    one, two = api.post("/orders/", body).json or {}, api.post("/orders/", body).json or {}
    (hold,) = (api.get("/holds/").json or {})["data"]

    seen = api.get(f"/holds/{hold['id']}/comparison").json or {}

    assert (seen["order_id"], seen["other_order_id"]) == (two["id"], one["id"])
    assert seen["goods"] == [{"sku": "TEA", "name": seen["goods"][0]["name"], "here": "2", "there": "2"}]
    assert rival_api.get(f"/holds/{hold['id']}/comparison").status_code in {404, 409}
    assert (api.put("/holds/service-times", {"hours": {"credit": 3}}).json or {})["hours"]["credit"] == 3
    assert api.put("/holds/service-times", {"hours": {"credit": 0}}).status_code == 422


def test_what_was_received_is_mapped_to_the_order_with_its_differences(api: Api) -> None:
    sent = an_order(("TEA", "5"), ("MUG", "2.0"), outside_number="S-1", buyer_note="ring", coupons=[], tags=["vip"])
    order = (api.post("/orders/", sent).json or {})["id"]
    line = (api.get(f"/orders/{order}").json or {})["lines"][0]["id"]

    def fields() -> dict[str, Any]:
        return {one["at"]: one for one in (api.get(f"/orders/{order}/received").json or {})["fields"]}

    before = fields()
    assert not any(one["differs"] for one in before.values())
    assert before["/lines/1/quantity"]["line"] == 2 and before["/custom/po"]["field"] == "custom.po"
    assert before["/tags/0"]["now"] == "vip"
    body = {"reason": "customer", "lines": [{"line_id": line, "quantity": "1"}]}
    assert api.post(f"/orders/{order}/cancellations", body).status_code == 201
    change = {"actions": [{"do": "set_note", "buyer_note": "knock"}], "confirm": True}
    assert api.post(f"/orders/{order}/changes", change).status_code == 201

    after = {at: one["now"] for at, one in fields().items() if one["differs"]}
    assert after == {"/lines/0/quantity": "4", "/buyer_note": "knock"}


def test_the_change_that_would_settle_a_hold_is_proposed(api: Api, rival_api: Api) -> None:
    order = place(api, ("TEA", "60"))["id"]  # 50 are there
    assert api.put("/skus/TEA/substitutes", {"substitutes": ["MUG"]}).status_code == 200

    answer = api.get(f"/orders/{order}/proposed-changes", remedy="substitute")

    (action,) = (answer.json or {})["actions"]
    assert (action["do"], action["sku"], action["quantity"]) == ("substitute", "MUG", "10")
    assert api.post(f"/orders/{order}/change-previews", {"actions": [action]}).status_code == 200
    assert api.get(f"/orders/{order}/proposed-changes", remedy="floor").json == {"actions": []}
    assert api.get(f"/orders/{order}/proposed-changes", remedy="magic").status_code == 422
    assert rival_api.get(f"/orders/{order}/proposed-changes", remedy="floor").status_code == 404
