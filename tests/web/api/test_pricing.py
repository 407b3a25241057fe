"""Prices, rates, coupons and rebates over the API."""

from __future__ import annotations

from typing import Any

from tests.web.api.conftest import Api


def test_a_list_is_filled_in_bulk_and_read_back_page_by_page(api: Api) -> None:
    made = api.put(
        "/prices/lists/south",
        {"names": {"en": "South"}, "currency": "USD", "scope": "region", "places": [{"country": "US", "region": "TX"}]},
    )
    rows = [{"sku": "TEA", "unit_price": "8.00"}, {"sku": "TEA", "unit_price": "7.5", "from_quantity": "10"},
            {"sku": "MUG", "unit_price": "3.00", "floor_price": "2.50"}]  # fmt: skip
    saved = api.post("/prices/lists/south/rows", {"tiers": rows})
    first = api.get("/prices/lists/south/rows", limit=2).get_json()
    second = api.get("/prices/lists/south/rows", limit=2, cursor=first["next_cursor"]).get_json()

    assert (made.status_code, saved.get_json()) == (200, {"key": "south", "saved": 3})
    assert [(row["sku"], row["from_quantity"]) for row in first["data"] + second["data"]] == [
        ("MUG", "0"), ("TEA", "0"), ("TEA", "10"),
    ]  # fmt: skip
    assert not second["has_more"]
    assert api.get("/prices/lists/south").get_json()["places"] == [{"country": "US", "region": "TX"}]
    assert "south" in [row["key"] for row in api.get("/prices/lists", scope="region").get_json()["data"]]
    assert api.get("/prices/lists/none").status_code == 404


def test_rows_at_fault_are_named_and_none_is_saved(api: Api) -> None:
    api.put("/prices/lists/x", {"names": {"en": "X"}, "currency": "USD"})

    answer = api.post(
        "/prices/lists/x/rows",
        {"tiers": [{"sku": "TEA", "unit_price": "1"}, {"sku": "NONE", "unit_price": "1"},
                   {"sku": "TEA", "unit_price": "2", "unit": "crate"}]},
    )  # fmt: skip

    errors = [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]
    assert answer.status_code == 422
    assert errors == [("/tiers/1/sku", "sku_unknown"), ("/tiers/2/unit", "unit_unknown"), ("/tiers/2/sku", "twice")]
    assert api.get("/prices/lists/x/rows").get_json()["data"] == []


def test_rates_and_rebates_are_kept(api: Api) -> None:
    rate: dict[str, Any] = {"from_currency": "EUR", "to_currency": "USD", "valid_from": "2026-01-01", "rate": "1.0837"}
    tax = {"tax_class": "standard", "country": "US", "region": "Texas", "rate": "0.0625", "valid_from": "2026-01-01"}
    agreement = {
        "key": "k1-year", "names": {"en": "Yearly"}, "customer": "K-1", "period": "year", "currency": "USD",
        "valid_from": "2020-01-01", "tiers": [{"from_turnover": "0", "percent": "2"}],
    }  # fmt: skip

    assert api.put("/rates/exchange", rate).status_code == 200
    assert api.put("/rates/exchange", {**rate, "rate": "0"}).status_code == 422
    assert api.put("/rates/tax", tax).status_code == 200
    assert api.put("/rebates/", agreement).status_code == 200
    assert api.put("/rebates/", {**agreement, "customer": "NOBODY"}).status_code == 422
    assert api.get("/rates/exchange").get_json()["data"] == [rate]
    assert tax in api.get("/rates/tax").get_json()["data"]
    standing = api.get("/rebates/standings", agreement="k1-year").get_json()["data"]
    assert [(one["customer"], one["turnover"], one["settled"]) for one in standing] == [("K-1", "0.00", None)]


def test_a_coupon_that_is_not_known_is_named_by_a_quote_and_refuses_an_order(api: Api) -> None:
    order = {
        "order_type": "standard", "channel": "api", "customer_number": "K-1", "coupons": ["SPRING"],
        "lines": [{"sku": "TEA", "quantity": "1"}],
    }  # fmt: skip

    quote, placed = api.post("/prices/quotes", order), api.post("/orders/", order)

    assert quote.status_code == 200 and quote.get_json()["total"] is not None
    assert [error["code"] for error in quote.get_json()["errors"]] == ["coupon_unknown"]
    assert placed.status_code == 422 and placed.get_json()["errors"][0]["pointer"] == "/coupons/0"
    assert api.put("/promotions/coupons", {"code": "SPRING", "promotion": "none"}).status_code == 422
    assert api.get("/promotions/coupons").get_json()["data"] == []
    assert api.get("/promotions/redemptions").get_json()["data"] == []
