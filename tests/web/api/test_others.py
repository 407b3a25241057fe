"""Products, prices, customers, stock and imports over the API, and its own documentation."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from openapi_spec_validator import validate

from kernel.db import SYSTEM
from kernel.ids import from_text
from oms.mass.jobs import TOOLS
from oms.mass.run_import import run_import
from tenants.scope import open_work
from tests.web.api.conftest import Api, an_order


def test_a_quote_prices_what_it_can_and_names_the_rest(api: Api) -> None:
    quote = api.post("/prices/quotes", an_order(("TEA", "9"), ("NONE", "1"), ("MUG", "1"))).json

    assert quote is not None
    assert [(line["sku"], line["gross"]) for line in quote["lines"]] == [
        ("TEA", "90.00"),
        ("NONE", None),
        ("MUG", "4.80"),
    ]
    assert quote["lines"][1]["errors"][0]["code"] == "sku_unknown"
    assert (quote["total"], quote["credit"]["verdict"]) == ("94.80", "pass")
    assert quote["lines"][0]["why"]["winner"]["list"] == "base"
    assert (api.get("/orders/").json or {})["data"] == []


def test_a_product_is_saved_twice_and_stays_one(api: Api) -> None:
    body = {
        "name": "Pot",
        "skus": [{"code": "POT-1", "name": "Pot", "units": {"box": "4"}, "barcodes": {"4006381333931": None}}],
    }

    first, second = api.put("/products/POT", body), api.put("/products/POT", body)

    assert first.status_code == second.status_code == 200
    assert first.json == second.json and first.json is not None
    assert first.json["skus"][0]["units"] == {"box": "4"}
    taken = api.put("/products/CAN", {"name": "Can", "skus": [{"code": "POT-1", "name": "Can"}]})
    assert taken.status_code == 409


def test_a_price_list_holds_from_the_next_order_on(api: Api) -> None:
    body = {
        "names": {"en": "Deal"},
        "currency": "USD",
        "scope": "contract",
        "customers": ["K-1"],
        "tiers": [{"sku": "TEA", "unit_price": "7.00"}],
    }

    saved = api.put("/prices/lists/deal", body)
    unknown = api.put("/prices/lists/deal", {**body, "tiers": [{"sku": "NONE", "unit_price": "1"}]})

    assert saved.status_code == 200 and unknown.status_code == 422
    placed = api.post("/orders/", an_order(("TEA", "1"))).json
    assert placed is not None and placed["total"] == "7.00"


def test_a_customer_is_saved_and_read_with_its_credit(api: Api) -> None:
    address = {
        "recipient": "Ann",
        "street": "1 Main St",
        "city": "Hamburg",
        "country": "DE",
        "is_default_shipping": True,
    }

    saved = api.put("/customers/K-9", {"name": "Nine", "addresses": [address], "tags": ["new"]})
    wrong = api.put("/customers/K-9", {"name": "Nine", "group": "nobody"})

    assert saved.status_code == 200 and saved.json is not None
    assert saved.json["addresses"][0]["city"] == "Hamburg" and saved.json["credit"] is None
    assert wrong.status_code == 422
    credit = (api.get("/customers/K-1").json or {})["credit"]
    assert (credit["credit_limit"], credit["exposure"]) == ("500.00", "0.00")


def test_stock_moves_and_promised_units_stay(api: Api) -> None:
    api.post("/orders/", an_order(("TEA", "25"), order_type="cash"))

    received = api.post("/stock/receipts", {"sku": "TEA", "location": "west", "quantity": "5"})
    taken = api.post("/stock/adjustments", {"sku": "TEA", "location": "east", "change": "-20", "reason": "broken"})
    nowhere = api.post("/stock/receipts", {"sku": "TEA", "location": "moon", "quantity": "5"})

    assert (received.json or {})["on_hand"] == "25"
    assert taken.status_code == 409 and nowhere.status_code == 404


def test_a_file_is_checked_mended_and_run(api: Api, engine: object) -> None:
    text = "Order number,Customer number,SKU,Quantity,po\nA,K-1,TEA,2,1\nB,K-1,NONE,1,2\n"

    sent = api.upload("/imports/", "orders.csv", text.encode(), order_type="cash")
    assert sent.status_code == 202 and sent.json is not None
    run_id = from_text("imp", sent.json["id"])
    assert run_id is not None
    run_import(lambda tenant: open_work(engine, tenant, SYSTEM), api.company.id, run_id, TOOLS)  # type: ignore[arg-type]

    run = api.get(f"/imports/{sent.json['id']}").json
    assert run is not None and (run["state"], run["orders_done"], run["orders_bad"]) == ("checked", 1, 1)
    (fault,) = (api.get(f"/imports/{sent.json['id']}/faults").json or {})["data"]
    assert (fault["row"], fault["field"], fault["code"]) == (3, "sku", "sku_unknown")
    assert "B,K-1,NONE,1,2" in api.get(f"/imports/{sent.json['id']}/bad-rows.csv").get_data(as_text=True)
    assert (api.get("/orders/").json or {})["data"] == []

    assert api.post(f"/imports/{sent.json['id']}/starts").status_code == 202
    run_import(lambda tenant: open_work(engine, tenant, SYSTEM), api.company.id, run_id, TOOLS)  # type: ignore[arg-type]
    assert len((api.get("/orders/").json or {})["data"]) == 1


@pytest.mark.filterwarnings("ignore")
def test_the_specification_is_valid_and_documents_problems(app: Flask) -> None:
    spec = json.loads(app.test_client().get("/api/v1/openapi.json").data)

    validate(spec)
    assert spec["openapi"] == "3.1.0"
    refused = spec["paths"]["/api/v1/orders/"]["post"]["responses"]["422"]["$ref"].rpartition("/")[2]
    assert "application/problem+json" in spec["components"]["responses"][refused]["content"]
    assert spec["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_the_reference_page_names_every_path(app: Flask) -> None:
    text = app.test_client().get("/developers").get_data(as_text=True)

    for path in ("/api/v1/orders/", "/api/v1/imports/", "/api/v1/prices/quotes", "/api/v1/stock/receipts"):
        assert path in text
