"""Prices in the console: lists with their rows, by hand and by file, rates, coupons, rebates."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest

from oms.configuration import publish_bundle
from tests.support.builders import a_price, a_sku
from tests.web.console.conftest import Shop, once


def _rows(shop: Shop, key: str) -> list[tuple[str, Decimal, Decimal]]:
    with shop.work() as work:
        rows = work.rows(
            "SELECT s.code, e.min_quantity, e.unit_price FROM price_list_entries e"
            " JOIN price_lists l ON l.tenant_id = e.tenant_id AND l.id = e.price_list_id"
            " JOIN skus s ON s.tenant_id = e.tenant_id AND s.id = e.sku_id"
            " WHERE e.tenant_id = %(t)s AND l.key = %(k)s ORDER BY 1, 2",
            {"t": work.tenant_id, "k": key},
        )
    return [(row.code, row.min_quantity, row.unit_price) for row in rows]


LIST = {"key": "deal", "name": "A deal", "scope": "customer", "targets": "C-1", "currency": "usd", "active": "1"}


def test_a_list_is_made_filled_changed_and_downloaded(shop: Shop) -> None:
    fay = shop.browser(shop.person("finance"))
    unknown = fay.post("/prices", {**once(), **LIST, "targets": "NOBODY"})
    made = fay.post("/prices", {**once(), **LIST})
    row = {"sku": "TEA-250", "unit_price": "8.50", "from_quantity": "10"}
    saved = fay.post("/prices/lists/deal/rows", {**once(), **row})
    faulty = fay.post("/prices/lists/deal/rows", {**once(), **row, "sku": "NONE", "unit_price": "x"})
    strange = fay.post("/prices/lists/deal/rows", {**once(), **row, "unit": "crate"})

    assert unknown.status_code == 422 and "f-new-targets-problem" in unknown.text
    assert made.status_code == saved.status_code == 303
    assert faulty.status_code == 422 and "f-row-price-problem" in faulty.text
    assert strange.status_code == 422 and "not sold by crate" in strange.text
    assert _rows(shop, "deal") == [("TEA-250", 10, Decimal("8.5"))]
    assert "TEA-250,10,8.5,," in fay.get("/prices/lists/deal/file").text
    page = fay.get("/prices?q=deal").text
    assert "A deal" in page and "Nothing matches" in fay.get("/prices?q=zzz").text
    with shop.work() as work:
        actions = work.scalar(
            "SELECT array_agg(action ORDER BY id) FROM audit_entries"
            " WHERE tenant_id = %(t)s AND object_kind = 'price_list' AND object_id = 'deal'",
            {"t": work.tenant_id},
        )
    assert actions == ["price_list.save", "price_list.row"]
    assert shop.order("10").total < shop.order("9").total  # the tier holds from the next order on


def test_a_file_with_faults_names_each_row_and_saves_nothing(shop: Shop) -> None:
    fay = shop.browser(shop.person("finance"))
    fay.post("/prices", {**once(), **LIST})

    def upload(text: str) -> object:
        return fay.post("/prices/lists/deal/upload", {"file": (io.BytesIO(text.encode()), "prices.csv")})

    bad = upload("SKU,Price,From quantity,Unit\nTEA-250,9.10,0,\nNONE,1,0,\nTEA-250,many,5,\nTEA-250,8,-1,\n")
    without = upload("SKU,Cost\nTEA-250,9\n")
    good = upload("SKU,Price,From quantity,Unit\nTEA-250,9.10,0,\nTEA-250,8.90,20,\n")

    assert bad.status_code == 422 and "Nothing was saved" in bad.text  # type: ignore[attr-defined]
    for sentence in ("There is no SKU NONE.", "“many” is no price", "“-1” is no quantity"):
        assert sentence in bad.text  # type: ignore[attr-defined]
    assert without.status_code == 422 and good.status_code == 303  # type: ignore[attr-defined]
    assert [price for _, _, price in _rows(shop, "deal")] == [Decimal("9.1"), Decimal("8.9")]


def test_rates_are_set_from_a_day_on_and_refused_with_a_reason(shop: Shop) -> None:
    fay = shop.browser(shop.person("finance"))
    rate = {"source": "EUR", "target": "USD", "rate": "1.08", "valid_from": "2026-01-01"}
    tax = {"tax_class": "standard", "country": "US", "region": "Texas", "rate": "6.25", "valid_from": "2026-01-01"}

    assert fay.post("/prices/rates/exchange", {**once(), **rate}).status_code == 303
    assert fay.post("/prices/rates/tax", {**once(), **tax}).status_code == 303
    same = fay.post("/prices/rates/exchange", {**once(), **rate, "target": "EUR"})
    nowhere = fay.post("/prices/rates/tax", {**once(), **tax, "country": ""})
    page = fay.get("/prices/rates").text

    assert same.status_code == 422 and "the two currencies are the same" in same.text
    assert nowhere.status_code == 422 and "a region needs its country" in nowhere.text
    assert "1 EUR → USD" in page and "Texas" in page and "6.25" in page
    assert fay.post("/prices/rates/tax", {**once(), **tax, "remove": "1"}).status_code == 303
    assert "Texas" not in fay.get("/prices/rates").text


def test_a_coupon_needs_a_promotion_in_force(shop: Shop) -> None:
    fay = shop.browser(shop.person("finance"))

    refused = fay.post("/prices/coupons", {**once(), "code": "SPRING", "promotion": "none"})

    assert refused.status_code == 422
    assert "No promotion is in force" in fay.get("/prices/coupons").text


def test_a_rebate_counts_the_orders_that_stand(shop: Shop) -> None:
    fay = shop.browser(shop.person("finance"))
    agreement = {
        "key": "volume", "name": "Volume", "with": "customer", "party": "C-1", "period": "year", "currency": "USD",
        "valid_from": "2020-01-01", "tiers": "0 1\n100 5%\n1,000 7",
    }  # fmt: skip
    wrong = fay.post("/prices/rebates", {**once(), **agreement, "tiers": "many"})
    assert fay.post("/prices/rebates", {**once(), **agreement}).status_code == 303
    shop.order("15")

    page = fay.get("/prices/rebates").text

    assert wrong.status_code == 422 and "f-tiers-problem" in wrong.text
    assert "$150.00" in page and "$7.50" in page and "$850.00 more: 7 %" in page


@pytest.mark.parametrize("path", ["/prices", "/prices/rates", "/prices/coupons", "/prices/rebates"])
def test_who_may_only_see_prices_changes_none(shop: Shop, path: str) -> None:
    olga = shop.browser(shop.operator)

    page = olga.get(path)

    assert page.status_code == 200 and "form-foot" not in page.text
    refused = olga.post("/prices", {**once(), **LIST})
    assert refused.status_code == 403


def test_promotions_in_force_stand_beside_their_coupons(shop: Shop) -> None:
    promotion = {
        "name": {"en": "Spring"}, "coupon": True, "effect": {"do": "percent", "value": "5"},
    }  # fmt: skip
    with shop.work() as work:
        publish_bundle(work, {"promotion/spring": promotion}, notes="promotion")
    page = shop.browser(shop.person("admin")).get("/prices/coupons")
    assert page.status_code == 200
    assert 'href="/builder/promotion/spring"' in page.text


def test_prices_are_changed_where_they_stand(shop: Shop) -> None:
    with shop.work() as work:
        for sku in ("MUG", "TIN"):
            a_sku(work, sku, price="4.00")
        a_price(work, "MUG", "3.50", from_quantity="10", floor="3")
    admin = shop.browser(shop.person("admin"))
    plain, page = admin.get("/prices/lists/base").text, admin.get("/prices/lists/base?edit=1").text
    assert "Change prices here" in plain and 'name="price.MUG|10"' in page and 'name="floor.MUG|10"' in page
    fields = dict(re.findall(r'name="([a-z]+\.[^"]+)" value="([^"]*)"', page))
    query = "SELECT max(unit_price) AS p, count(*) AS n FROM price_list_entries WHERE tenant_id = %(tenant)s"
    before = shop.row(query)

    same = admin.post("/prices/lists/base/prices", {**once(), **fields})
    wrong = {**fields, "price.MUG|0": "cheap", "price.TIN|0": "77", "floor.MUG|10": "-1"}
    refused = admin.post("/prices/lists/base/prices", {**once(), **wrong})
    negative = admin.post("/prices/lists/base/prices", {**once(), **fields, "price.TIN|0": "-1"})

    assert same.status_code == 422 and "No price was changed" in same.text
    assert refused.status_code == 422 and "Write a price such as 9.95" in refused.text and 'value="77"' in refused.text
    assert negative.status_code == 422 and "is no price" in negative.text
    assert shop.row(query) == before

    done = admin.post("/prices/lists/base/prices?q=MUG", {**once(), **fields, "price.TIN|0": "77", "floor.MUG|10": ""})
    assert done.status_code == 303 and done.location.endswith("q=MUG")
    assert (shop.row(query).p, shop.row(query).n) == (77, before.n)
    assert shop.row("SELECT count(floor_price) AS n FROM price_list_entries WHERE tenant_id = %(tenant)s").n == 0
    told = shop.row("SELECT changes FROM audit_entries WHERE tenant_id = %(tenant)s AND action = 'price_list.rows'")
    assert told.changes == {"MUG 10": ["3.5 / 3", "3.5"], "TIN 0": ["4", "77"]}
    assert shop.browser(shop.operator).post("/prices/lists/base/prices", {**once(), **fields}).status_code == 403
