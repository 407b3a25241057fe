"""Which list holds for whom: by region, in another currency, for a packaging unit; and the tax of a region."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import load_for_placement
from oms.placement.plan import KeptPrice
from oms.placement.policy import OrderPolicy
from oms.placement.quote_order import Quote, quote_order
from oms.placement.reprice import kept_prices, reprice
from oms.pricing.models import TaxRate
from tests.support.builders import a_customer, a_policy, a_price, a_rate, a_sku, names_of
from tests.support.promotions import a_freight, a_promotion


def ask(work: Work, policy: OrderPolicy, *, quantity: str = "1", unit: str | None = None, **more: Any) -> Quote:
    line = LineRequest(sku="TEA", quantity=Decimal(quantity), unit=unit)
    command = PlaceOrder(order_type="standard", channel="test", customer_number="C-1", lines=(line,), **more)
    return quote_order(work, command, policy)


def price(quote: Quote) -> Decimal:
    assert quote.lines[0].planned is not None, quote.lines[0].problems
    return quote.lines[0].planned.unit_price


def why(quote: Quote) -> dict[str, Any]:
    assert quote.lines[0].planned is not None
    return dict(quote.lines[0].planned.price_trace)


@pytest.fixture
def shop(work: Work) -> Work:
    a_sku(work, "TEA", price="10.00", units={"box": "12"})
    a_customer(work, "C-1")
    return work


def test_a_region_comes_before_the_base_and_after_the_channel(shop: Work) -> None:
    a_price(shop, "TEA", "9.00", list_key="north", scope="region", country="DE", region="Hamburg")
    to_hamburg = {"recipient": "A", "street": "S", "city": "H", "country": "DE", "region": "hamburg"}

    assert price(ask(shop, a_policy())) == 10  # his own address names no region
    assert price(ask(shop, a_policy(), ship_to=to_hamburg)) == 9
    assert price(ask(shop, a_policy(), ship_to={**to_hamburg, "country": "AT"})) == 10
    a_price(shop, "TEA", "9.50", list_key="tests", scope="channel", channel="test")
    assert price(ask(shop, a_policy(), ship_to=to_hamburg)) == Decimal("9.5")


def test_a_price_of_a_box_holds_for_each_unit_in_it(shop: Work) -> None:
    a_price(shop, "TEA", "100.00", list_key="boxes", scope="channel", channel="test", unit="box")

    quote = ask(shop, a_policy(), quantity="3", unit="box")

    assert price(quote) == Decimal("8.33333333")
    assert quote.order is not None and quote.order.net_total == 300
    winner = why(quote)["winner"]
    assert (winner["unit"], winner["stated"], winner["unit_price"]) == ("box", "100", "8.33333333")


def test_a_list_in_another_currency_holds_only_where_it_may_and_at_the_rate_of_the_day(shop: Work) -> None:
    a_price(shop, "TEA", "7.00", list_key="euro", scope="channel", channel="test", currency="EUR")
    a_rate(shop, "EUR", "USD", "1.10")
    a_rate(shop, "EUR", "USD", "1.20", valid_from=date(2026, 1, 1))
    a_rate(shop, "EUR", "USD", "9.99", valid_from=date(2999, 1, 1))

    assert price(ask(shop, a_policy())) == 10
    quote = ask(shop, a_policy(convert_prices=True))
    assert price(quote) == Decimal("8.4")
    assert {name: why(quote)["winner"][name] for name in ("currency", "rate", "stated")} == {
        "currency": "EUR", "rate": "1.2", "stated": "7",
    }  # fmt: skip


def test_of_one_scope_a_list_in_the_own_currency_comes_first(shop: Work) -> None:
    a_price(shop, "TEA", "7.00", list_key="euro", currency="EUR", priority=9)
    a_rate(shop, "EUR", "USD", "1.10")

    quote = ask(shop, a_policy(convert_prices=True))

    assert price(quote) == 10
    assert why(quote)["losers"][0]["because"] == "a list in the currency of the order comes first"


def test_the_tax_of_the_region_comes_before_that_of_the_country(shop: Work) -> None:
    for country, region, rate in (("US", "", "0.02"), ("US", "California", "0.0725"), ("US", "Texas", "0.0625")):
        shop.session.add(
            TaxRate(tenant_id=shop.tenant_id, tax_class="vat-0.19", country=country, region=region, rate=Decimal(rate))
        )

    def rate_in(**place: str) -> Decimal:
        line = ask(shop, a_policy(), ship_to={"recipient": "A", "street": "S", "city": "C", **place}).lines[0]
        assert line.sku is not None and line.sku.tax_rate is not None
        return line.sku.tax_rate

    assert rate_in(country="US", region="california") == Decimal("0.0725")
    assert rate_in(country="US", region="Ohio") == rate_in(country="US") == Decimal("0.02")
    assert rate_in(country="FR", region="California") == Decimal("0.19")


def test_changed_lines_keep_their_price_or_are_priced_anew_as_the_order_type_says(shop: Work) -> None:
    """The seam for changes: the same plan as placement, promotions and freight included, with some prices given."""
    a_sku(shop, "MUG", price="4.00")
    promotion = a_promotion("tenth", "percent", effect={"value": "10"})
    command = PlaceOrder(
        order_type="standard", channel="test", customer_number="C-1",
        lines=(LineRequest(sku="TEA", quantity=Decimal(2)), LineRequest(sku="MUG", quantity=Decimal(1))),
    )  # fmt: skip
    totals = {}
    for on_change in ("keep", "reprice"):
        policy = a_policy(on_change=on_change, promotions=(promotion,), freight=a_freight(("0", "5")))
        loaded = load_for_placement(shop, command, policy, currency="USD", today=shop.today, lock=False)
        kept = kept_prices(policy, {0: (Decimal(20), Decimal(15))})
        order, problems = reprice(
            command, loaded, policy, currency="USD", now=shop.now, today=shop.today, kept=kept,
            order_custom={}, line_custom=({}, {}),
        )  # fmt: skip
        assert order is not None and problems == []
        assert [charge.price for charge in order.charges] == [5]
        totals[on_change] = order.net_total

    assert totals == {"keep": Decimal("35.6"), "reprice": Decimal("26.6")}


def test_a_line_at_fault_is_named_when_an_order_is_changed(shop: Work) -> None:
    policy = a_policy()
    command = PlaceOrder(
        order_type="standard", channel="test", customer_number="C-1",
        lines=(LineRequest(sku="TEA", quantity=Decimal("0.5")), LineRequest(sku="NONE", quantity=Decimal(1))),
    )  # fmt: skip
    loaded = load_for_placement(shop, command, policy, currency="USD", today=shop.today, lock=False)

    order, problems = reprice(
        command, loaded, policy, currency="USD", now=shop.now, today=shop.today,
        kept={0: KeptPrice(list_price=Decimal(1), unit_price=Decimal(1))}, order_custom={}, line_custom=({}, {}),
    )  # fmt: skip

    assert order is None
    assert names_of(problems) == [("/lines/0/quantity", "not_a_multiple"), ("/lines/1/sku", "sku_unknown")]
