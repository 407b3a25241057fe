"""Customers in depth over the API: each call, its refusals, and the same key twice."""

from __future__ import annotations

from tests.web.api.conftest import Api

ADDRESS = {"recipient": "Shop", "street": "2 Side St", "city": "Hamburg", "country": "DE"}


def test_sites_names_and_the_log_are_kept_and_read(api: Api) -> None:
    assert api.put("/customers/K-1/sites/1", {"name": "Altona", "address": ADDRESS}).status_code == 200
    assert api.put("/customers/K-1/sites/1", {"name": "Altona", "address": {}}).status_code == 422
    sites = (api.get("/customers/K-1/sites").json or {})["data"]
    assert [(site["number"], site["address"]["city"]) for site in sites] == [("1", "Hamburg")]

    made = api.post("/customers/K-1/identities", {"channel": "shop", "outside_id": "u-1"})
    assert made.status_code == 201
    assert api.post("/customers/K-2/identities", {"channel": "shop", "outside_id": "u-1"}).status_code == 409
    key = (made.json or {})["data"][0]["id"]
    assert api._send("DELETE", f"/customers/K-2/identities/{key}").status_code == 404
    assert (api._send("DELETE", f"/customers/K-1/identities/{key}").json or {})["data"] == []

    entry = {"kind": "call", "text": "asked", "next_step": "send", "due_on": "2099-01-01"}
    assert api.post("/customers/K-1/log", {**entry, "due_on": None}).status_code == 422
    log = (api.post("/customers/K-1/log", entry).json or {})["data"][0]
    assert log["next_step"] == "send" and log["done_at"] is None
    assert api.post(f"/customer-steps/{log['id']}/done").status_code == 200
    assert api.post(f"/customer-steps/{log['id']}/done").status_code == 404
    assert (api.get("/customers/K-1/log").json or {})["data"][0]["done_at"]


def test_a_channels_buyer_is_the_customer_that_the_name_stands_for(api: Api) -> None:
    api.post("/customers/K-1/identities", {"channel": "api", "outside_id": "u-1"})
    order = {"order_type": "standard", "lines": [{"sku": "TEA", "quantity": "1"}], "custom": {"po": "1"}}

    placed = api.post("/orders/", {**order, "buyer": {"outside_id": "u-1"}})
    unknown = api.post("/orders/", {**order, "buyer": {"outside_id": "u-2"}})
    both = api.post("/orders/", {**order, "buyer": {"outside_id": "u-1"}, "customer_number": "K-1"})

    assert placed.status_code == 201, placed.text
    assert unknown.status_code in {404, 422} and both.status_code == 422
    figures = api.get("/customers/K-1/figures").json or {}
    assert figures["orders"] == 1 and len(figures["months"]) == 12
    assert figures["bought_most"][0]["sku"] == "TEA"


def test_two_are_merged_once_and_taken_apart(api: Api) -> None:
    merged = api.post("/customers/K-1/merges", {"number": "K-2", "note": "the same"}, once="merge-1")
    again = api.post("/customers/K-1/merges", {"number": "K-2", "note": "the same"}, once="merge-1")
    body = merged.json or {}

    assert merged.status_code == 201 and again.json == body
    assert api.post("/customers/K-1/merges", {"number": "K-1"}).status_code == 422
    assert api.post("/customers/K-1/merges", {"number": "K-2"}).status_code == 409
    undone = api.post(f"/customer-merges/{body['merge_id']}/undo")
    assert undone.status_code == 200 and (undone.json or {})["restored"] == body["moved"]
    assert api.post(f"/customer-merges/{body['merge_id']}/undo").status_code == 409


def test_buyers_and_requests_are_listed(api: Api) -> None:
    assert (api.get("/customers/K-1/buyers").json or {})["data"] == []
    assert (api.get("/purchase-requests").json or {})["data"] == []
    assert api.get("/purchase-requests", cursor="x").status_code == 422
    nobody = "usr_0000000000000000000000000a"
    assert api.put(f"/customers/K-1/buyers/{nobody}", {"limits": [{"per_order": "5"}]}).status_code == 404
