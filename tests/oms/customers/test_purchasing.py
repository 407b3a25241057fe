"""Spending limits of buyers: what crosses them waits for a colleague, also where sixteen orders come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.ids import new_id
from oms.carts.cart import CartLine, read_cart
from oms.carts.put_lines import PutLines, put_lines
from oms.carts.set_details import SetDetails
from oms.carts.submit_cart import SubmitCart
from oms.customers.save_customer import AddressData
from oms.customers.save_site import SaveSite, save_site
from oms.orders.cancel_order import CancelOrder, cancel_order
from oms.placement.commands import OrderPlaced
from oms.placement.errors import SiteOutOfReach
from oms.pricing.amounts import Rounding
from oms.purchasing.decide_request import DecideRequest, approve_request, decline_request, withdraw_request
from oms.purchasing.errors import NobodyApproves, NotAnApprover, NoteMissing, NotYourRequest, RequestDecided
from oms.purchasing.plan import Limit, crossed_limits
from oms.purchasing.queries import list_requests
from oms.purchasing.save_buyer import SaveBuyer, save_buyer
from oms.purchasing.submit_purchase import PurchaseAsked, submit_purchase
from tenants.access.queries import reach_of, session_user
from tenants.scope import in_work, open_work
from tests.support.portal import Shop, make_shop

SITE = AddressData(recipient="Shop", street="2 Side St", city="Hamburg", postal_code="20095", country="DE")


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    return make_shop(engine, system_engine, limit="100000")


def acting(engine: Engine, shop: Shop, user_id: UUID) -> Actor:
    with open_work(engine, shop.company.id) as work:
        user = session_user(work, user_id)
    assert user is not None
    return Actor(kind="portal", id=user.id, name=user.name, reach=reach_of(user), roles=user.role_keys)


def limit(engine: Engine, shop: Shop, user_id: UUID, **more: Any) -> None:
    with open_work(engine, shop.company.id) as work:
        save_buyer(work, SaveBuyer(customer_id=shop.customer, user_id=user_id, **more))


def buy(engine: Engine, shop: Shop, actor: Actor, quantity: str, address: UUID | None = None) -> Any:
    """Fills the cart with tea at 9.00 and 19 % tax, and submits it."""

    def submit(work: Work) -> OrderPlaced | PurchaseAsked:
        line = CartLine(sku="TEA", quantity=Decimal(quantity))
        put_lines(work, PutLines(customer_id=shop.customer, lines=(line,)))
        details = SetDetails(customer_id=shop.customer, address_id=address)
        return submit_purchase(work, SubmitCart(customer_id=shop.customer, order_type="standard", details=details))

    return in_work(engine, shop.company.id, actor, submit)


def per_month(most: str, site: UUID | None = None) -> Limit:
    return Limit(site_id=site, per_order=None, per_month=Decimal(most))


def test_what_crosses_a_limit_is_named_with_its_amounts() -> None:
    site, other = new_id(), new_id()
    limits = (Limit(site_id=None, per_order=Decimal(100), per_month=Decimal(150)), per_month("50", site))
    spent = {site: Decimal(30), other: Decimal(70), None: Decimal(1)}

    crossed = crossed_limits(limits, site_id=site, total=Decimal(49), spent=spent)
    assert [(one.limit, one.site_id, one.spent) for one in crossed] == [("per_month", site, Decimal(30))]
    assert [one.limit for one in crossed_limits(limits, site_id=other, total=Decimal(101), spent=spent)] == [
        "per_order", "per_month",
    ]  # fmt: skip
    assert crossed_limits(limits, site_id=None, total=Decimal(49), spent=spent) == ()


def test_an_order_above_the_limit_waits_and_a_colleague_places_it_in_both_names(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, limits=(Limit(site_id=None, per_order=Decimal(20), per_month=None),))
    limit(engine, shop, shop.wu.id, approves=True)
    li, wu = acting(engine, shop, shop.li.id), acting(engine, shop, shop.wu.id)

    assert isinstance(buy(engine, shop, li, "1"), OrderPlaced)
    asked = buy(engine, shop, li, "3")
    assert isinstance(asked, PurchaseAsked)
    with open_work(engine, shop.company.id, li) as work:
        assert work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 1
        assert read_cart(work, shop.customer).lines == ()
    with pytest.raises(NotAnApprover), open_work(engine, shop.company.id, li) as work:
        approve_request(work, DecideRequest(request_id=asked.request_id))
    with open_work(engine, shop.company.id, wu) as work:
        decided = approve_request(work, DecideRequest(request_id=asked.request_id, note="fine"))
    with pytest.raises(RequestDecided), open_work(engine, shop.company.id, wu) as work:
        approve_request(work, DecideRequest(request_id=asked.request_id))

    with open_work(engine, shop.company.id) as work:
        order = work.row(
            "SELECT buyer_id, created_by, total FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
            {"t": work.tenant_id, "o": decided.order_id},
        )
    assert order is not None
    assert (order.buyer_id, order.created_by, order.total) == (shop.li.id, shop.wu.id, asked.total)


def test_a_declined_request_is_back_in_the_cart(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, limits=(per_month("5"),))
    limit(engine, shop, shop.wu.id, approves=True)
    li, wu = acting(engine, shop, shop.li.id), acting(engine, shop, shop.wu.id)
    asked = buy(engine, shop, li, "3")

    with pytest.raises(NoteMissing), open_work(engine, shop.company.id, wu) as work:
        decline_request(work, DecideRequest(request_id=asked.request_id))
    with pytest.raises(NotYourRequest), open_work(engine, shop.company.id, wu) as work:
        withdraw_request(work, DecideRequest(request_id=asked.request_id))
    with open_work(engine, shop.company.id, wu) as work:
        decline_request(work, DecideRequest(request_id=asked.request_id, note="next month"))
    with open_work(engine, shop.company.id, li) as work:
        assert [(line.sku, line.quantity) for line in read_cart(work, shop.customer).lines] == [("TEA", 3)]
        [request] = list_requests(work, user_id=shop.li.id)
    assert (request.status, request.decision_note) == ("declined", "next month")


def test_without_anybody_who_approves_nothing_is_asked(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, approves=True, limits=(per_month("5"),))  # of himself he cannot ask

    with pytest.raises(NobodyApproves):
        buy(engine, shop, acting(engine, shop, shop.li.id), "1")


def test_sixteen_orders_at_once_do_not_pass_the_month_together(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, limits=(per_month("45"),))  # four at 10.71
    limit(engine, shop, shop.wu.id, approves=True)
    li = acting(engine, shop, shop.li.id)

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda _: buy(engine, shop, li, "1"), range(16)))

    placed = [one for one in outcomes if isinstance(one, OrderPlaced)]
    assert len(outcomes) == 16
    assert sum(one.total for one in placed) <= 45
    assert len(placed) == 4
    assert sum(isinstance(one, PurchaseAsked) for one in outcomes) == 12


def test_a_cancelled_order_gives_the_limit_back(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, limits=(per_month("20"),))
    limit(engine, shop, shop.wu.id, approves=True)
    li = acting(engine, shop, shop.li.id)
    first = buy(engine, shop, li, "1")
    assert isinstance(buy(engine, shop, li, "1"), PurchaseAsked)

    with open_work(engine, shop.company.id) as work:
        cancel_order(work, CancelOrder(order_id=first.order_id, reason="customer"), Rounding())

    assert isinstance(buy(engine, shop, li, "1"), OrderPlaced)


def test_a_buyer_of_one_site_orders_for_it_alone(engine: Engine, shop: Shop) -> None:
    with open_work(engine, shop.company.id) as work:
        site = save_site(work, SaveSite(customer_id=shop.customer, number="1", name="Altona", address=SITE))
        address = work.scalar(
            "SELECT id FROM customer_addresses WHERE tenant_id = %(t)s AND site_id = %(s)s",
            {"t": work.tenant_id, "s": site},
        )
    limit(engine, shop, shop.li.id, sites=(site,), limits=(per_month("12", site),))
    limit(engine, shop, shop.wu.id, approves=True)
    li = acting(engine, shop, shop.li.id)

    with pytest.raises(SiteOutOfReach):
        buy(engine, shop, li, "1")
    assert isinstance(buy(engine, shop, li, "1", address), OrderPlaced)
    assert isinstance(buy(engine, shop, li, "1", address), PurchaseAsked)
    with open_work(engine, shop.company.id) as work:
        sites = work.rows("SELECT site_id FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert [row.site_id for row in sites] == [site]
