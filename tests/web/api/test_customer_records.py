"""Customers in depth over the API: each call, its refusals, and the same key twice."""

from __future__ import annotations

from sqlalchemy import Engine

from kernel.ids import to_text
from tenants.access.permissions import Permission
from tests.support.web import make_key
from tests.web.api.conftest import ALL, Api

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


def test_contacts_addresses_and_terms_are_kept_one_at_a_time(api: Api, rival_api: Api) -> None:
    made = api.post("/customers/K-1/contacts", {"name": "Ida", "role": "finance"})
    assert made.status_code == 201, made.data
    contact = (made.json or {})["data"][0]["id"]
    assert api.put(f"/customers/K-1/contacts/{contact}", {"name": "Ida R."}).json["data"][0]["name"] == "Ida R."  # type: ignore[index]
    assert api.put("/customers/K-1/contacts/con_x", {"name": "Ida"}).status_code == 404
    assert api.delete(f"/customers/K-2/contacts/{contact}").status_code == 404
    assert api.delete(f"/customers/K-1/contacts/{contact}").json == {"data": []}

    place = {"recipient": "Tor 5", "street": "5 Kai", "city": "Bremen", "country": "DE"}
    first = (api.get("/customers/K-1/addresses").json or {})["data"]
    kept = api.post("/customers/K-1/addresses", {**place, "is_default_shipping": True})
    assert kept.status_code == 201, kept.data
    rows = (kept.json or {})["data"]
    assert [row["is_default_shipping"] for row in rows] == [False] * len(first) + [True]
    changed = api.put(f"/customers/K-1/addresses/{rows[-1]['id']}", {**place, "city": "Kiel"})
    assert (changed.json or {})["data"][-1]["city"] == "Kiel"
    assert len((api.delete(f"/customers/K-1/addresses/{rows[-1]['id']}").json or {})["data"]) == len(first)

    terms = {"credit_account": "CA-K-1", "payment_terms_days": 30, "prepay_percent": "30"}
    assert api.put("/customers/K-1/terms", terms).status_code == 200
    assert api.get("/customers/K-1/terms").json == {
        **terms, "prepay_percent": "30.00", "terms_end_of_month": False
    }  # fmt: skip
    assert api.put("/customers/K-1/terms", {**terms, "credit_account": "NONE"}).status_code == 422
    assert api.put("/customers/K-1/terms", {**terms, "prepay_percent": "101"}).status_code == 422
    assert (rival_api.get("/customers/K-1/terms").json or {})["prepay_percent"] is None


def test_saving_a_customer_leaves_its_sales_rep_where_none_is_named(api: Api) -> None:
    rep = to_text("usr", api.company.admin.id)
    assert api.put("/customers/K-9", {"name": "Kai", "sales_rep_id": rep}).status_code == 200

    assert (api.put("/customers/K-9", {"name": "Kai & Co."}).json or {})["sales_rep_id"] == rep
    assert (api.put("/customers/K-9", {"name": "Kai", "sales_rep_id": None}).json or {})["sales_rep_id"] is None


def test_terms_stay_where_none_are_named_and_take_the_permission_of_credit(api: Api, engine: Engine) -> None:
    terms = {
        "credit_account": "CA-K-1",
        "payment_terms_days": 30,
        "prepay_percent": "30.00",
        "terms_end_of_month": True,
    }
    assert api.put("/customers/K-1/terms", terms).status_code == 200
    clerk = Api(
        api.app, api.company, make_key(engine, api.company, *(one for one in ALL if one is not Permission.EDIT_CREDIT))
    )

    assert clerk.put("/customers/K-1", {"name": "Kim"}).status_code == 200
    refused = clerk.put("/customers/K-1", {"name": "Kim", "payment_terms_days": 300})

    assert refused.status_code == 403 and (refused.json or {})["code"] == "permission_missing"
    assert api.get("/customers/K-1/terms").json == terms
    assert api.put("/customers/K-1", {"name": "Kim", "credit_account": None}).status_code == 200
    assert api.get("/customers/K-1/terms").json == {**terms, "credit_account": None}
