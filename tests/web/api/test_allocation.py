"""Batches, priorities, backorders and substitutes over the API."""

from __future__ import annotations

from decimal import Decimal

from tests.web.api.conftest import Api
from tests.web.api.test_orders import place


def test_a_batch_is_tried_read_again_and_done_once(api: Api) -> None:
    placed = place(api, ("TEA", "4"))
    order = placed["id"]
    assert api.post(f"/orders/{order}/deallocations", {"reason": "again"}).status_code == 201
    body = {"orders": [order], "mode": "optimise", "dry_run": True}

    tried = api.post("/allocation-batches", body).json or {}
    assert Decimal(tried["promised"]) == 4 and tried["dry_run"]
    assert Decimal((api.get(f"/orders/{order}").json or {})["lines"][0]["allocated"]) == 0
    read = api.get(f"/allocation-batches/{tried['id']}").json or {}
    assert read["orders"][0]["order_id"] == order
    done = api.post("/allocation-batches", {"waiting": {"kind": "all"}}).json or {}
    assert order in [one["order_id"] for one in done["orders"]]
    assert Decimal((api.get(f"/orders/{order}").json or {})["lines"][0]["allocated"]) == 4


def test_faults_of_batches_and_priorities_are_problems(api: Api) -> None:
    order = place(api, ("TEA", "1"))["id"]
    for body in (
        {},
        {"orders": []},
        {"orders": [order], "waiting": {}},
        {"orders": ["x"]},
        {"orders": [order], "mode": "x"},
    ):
        assert api.post("/allocation-batches", body).status_code == 422
    assert api.get("/allocation-batches/" + order.replace("ord", "bat")).status_code == 404
    assert api.put(f"/orders/{order}/priority", {"priority": 10}).status_code == 422
    answer = api.put(f"/orders/{order}/priority", {"priority": 7, "promise_on": "2030-01-31"}).json or {}
    assert (answer["priority"], answer["promise_on"]) == (7, "2030-01-31")
    assert api.post(f"/orders/{order}/refusals", {"location": "nowhere", "reason": "x"}).status_code == 404


def test_what_waits_is_listed_asked_about_and_followed_up(api: Api) -> None:
    placed = place(api, ("TEA", "1000"))
    order = placed["id"]
    for hold in (api.get(f"/orders/{order}").json or {})["holds"]:
        assert api.post(f"/orders/{order}/holds/{hold['id']}/releases", {"reason": "test"}).status_code == 201
    found = api.get("/backorders", sku="TEA", limit=200).json or {}
    line = next(one for one in found["data"] if one["order_id"] == order)

    asked = api.post(f"/orders/{order}/backorder-questions", {}).json or {}
    assert asked["data"][0]["link"].count("/b/") == 1
    noted = api.put(f"/orders/{order}/lines/{line['line_id']}/follow-up", {"note": "Call", "due_on": "2030-01-31"}).json
    assert noted is not None
    assert api._send("DELETE", f"/backorder-follow-ups/{noted['id']}").status_code == 204
    assert api._send("DELETE", f"/backorder-follow-ups/{noted['id']}").status_code == 404


def test_substitutes_are_set_and_read(api: Api) -> None:
    kept = api.put("/skus/TEA/substitutes", {"substitutes": ["MUG"]}).json or {}
    assert [one["sku"] for one in kept["data"]] == ["MUG"]
    assert api.put("/skus/TEA/substitutes", {"substitutes": ["TEA"]}).status_code == 422
    assert api.get("/skus/NONE/substitutes").status_code == 404
    assert api.put("/skus/TEA/substitutes", {"substitutes": []}).status_code == 200
