"""Inside one company: who is limited to some customers, or to some locations, meets no order of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.errors import NotFound
from kernel.ids import new_id, to_text
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.customers.queries import list_customers, read_customer
from oms.inventory.move_stock import (
    AdjustStock,
    ReceiveStock,
    TransferStock,
    adjust_stock,
    receive_stock,
    transfer_stock,
)
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.list_orders import OrderFilter, list_orders
from oms.orders.lock_order import lock_order
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.read_order import read_order
from oms.placement.act_on_approval import ActOnApproval, act_on_approval, resubmit_order, withdraw_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import CustomerUnknown
from oms.placement.follow_up import allocate_by_rule
from oms.placement.place import place
from oms.pricing.amounts import Rounding
from oms.receivables.errors import DebtorNotFound
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.receivables.read_statement import read_statement
from tenants.scope import open_work
from tests.support.builders import a_customer, a_location, a_sku, sku_id, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.digest import digest_of
from tests.support.web import Browser, Company, make_company, make_user, sign_in, token_of


@dataclass(frozen=True)
class House:
    """mine: an order of customer MINE from the location here; theirs: of THEIRS from there"""

    company: Company
    mine: UUID
    theirs: UUID
    customer: UUID
    their_customer: UUID
    here: UUID
    there: UUID


@pytest.fixture(scope="module")
def house(engine: Engine, system_engine: Engine) -> House:
    company = make_company(engine, system_engine)
    with open_work(engine, company.id) as work:
        publish_defaults(work, {"order_type/standard": an_order_type(channels=["api"])})
        for code in ("HERE", "THERE"):
            a_sku(work, code)
        customer, other = a_customer(work, "MINE", limit="9000"), a_customer(work, "THEIRS", limit="9000")
        here, there = a_location(work, "here"), a_location(work, "there")
        stock(work, "HERE", at=here, on_hand="100")
        stock(work, "THERE", at=there, on_hand="100")
        mine, theirs = _order(work, "MINE", "HERE"), _order(work, "THEIRS", "THERE")
    return House(company, mine, theirs, customer, other, here, there)


def _order(work: Work, customer: str, sku: str) -> UUID:
    return place(work, PlaceOrder(
        order_type="standard", channel="api", customer_number=customer,
        lines=(LineRequest(sku=sku, quantity=Decimal(2)),),
    )).order_id  # fmt: skip


def rep(house: House) -> dict[str, frozenset[UUID]]:
    return {"customer": frozenset({house.customer})}


def clerk(house: House) -> dict[str, frozenset[UUID]]:
    return {"location": frozenset({house.here})}


LIMITED = pytest.mark.parametrize("limit", [rep, clerk])
USE_CASES: dict[str, Callable[[Work, UUID], object]] = {
    "read": lambda work, order: read_order(work, order),
    "lock": lambda work, order: lock_order(work, order),
    "hold": lambda work, order: place_hold(work, PlaceHold(order_id=order, reason="mine")),
    "cancel": lambda work, order: cancel_order(
        work, CancelOrder(order_id=order, reason=CancelReason.OTHER), Rounding()
    ),
    "allocate": lambda work, order: allocate_by_rule(work, order),
    "deallocate": lambda work, order: deallocate_order(work, DeallocateOrder(order_id=order, reason="mine")),
    "approve": lambda work, order: act_on_approval(work, ActOnApproval(order_id=order, action="approve")),
    "withdraw": lambda work, order: withdraw_order(work, order),
    "resubmit": lambda work, order: resubmit_order(work, order),
}


def actor(house: House, limit: Callable[[House], dict[str, frozenset[UUID]]]) -> Actor:
    return Actor(kind="staff", id=house.company.admin.id, name="Limited", reach=limit(house))


@LIMITED
@pytest.mark.parametrize("use_case", USE_CASES)
def test_an_order_out_of_reach_is_not_found_by_any_use_case(
    use_case: str, limit: Any, engine: Engine, house: House
) -> None:
    before = digest_of(engine, house.company.id)

    with pytest.raises(NotFound) as refusal, open_work(engine, house.company.id, actor(house, limit)) as work:
        USE_CASES[use_case](work, house.theirs)

    assert refusal.value.code == "order_not_found"
    assert digest_of(engine, house.company.id) == before


@LIMITED
def test_what_is_within_reach_is_found_and_listed_alone(limit: Any, engine: Engine, house: House) -> None:
    with open_work(engine, house.company.id, actor(house, limit)) as work:
        assert lock_order(work, house.mine).id == house.mine
        assert [order.id for order in list_orders(work, OrderFilter()).orders] == [house.mine]


def test_a_clerk_may_go_on_with_an_order_whose_units_he_took_back(engine: Engine, house: House) -> None:
    with open_work(engine, house.company.id) as work:
        order = _order(work, "MINE", "HERE")
    with open_work(engine, house.company.id, actor(house, clerk)) as work:
        deallocate_order(work, DeallocateOrder(order_id=order, reason="broken"))
    with open_work(engine, house.company.id, actor(house, clerk)) as work:
        assert allocate_by_rule(work, order).allocated == 2
        cancel_order(work, CancelOrder(order_id=order, reason=CancelReason.OTHER), Rounding())


def test_a_rep_meets_no_other_customer(engine: Engine, house: House) -> None:
    before = digest_of(engine, house.company.id)

    with open_work(engine, house.company.id, actor(house, rep)) as work:
        assert [row.number for row in list_customers(work)] == ["MINE"]
        assert read_statement(work, house.their_customer) == []
        with pytest.raises(NotFound):
            read_customer(work, house.their_customer)
        with pytest.raises(DebtorNotFound):
            post_receivable(work, PostReceivable(
                customer_id=house.their_customer, kind="invoice", number="X", amount=Decimal(1),
            ))  # fmt: skip
        with pytest.raises(CustomerUnknown):
            _order(work, "THEIRS", "HERE")

    assert digest_of(engine, house.company.id) == before


def test_a_clerk_moves_no_stock_elsewhere(engine: Engine, house: House) -> None:
    before = digest_of(engine, house.company.id)

    one, here, there = Decimal(1), house.here, house.there
    moves: tuple[Callable[[Work, UUID], object], ...] = (
        lambda work, sku: receive_stock(work, ReceiveStock(sku_id=sku, location_id=there, quantity=one)),
        lambda work, sku: adjust_stock(work, AdjustStock(sku_id=sku, location_id=there, change=one, reason="x")),
        lambda work, sku: transfer_stock(
            work, TransferStock(sku_id=sku, from_location_id=here, to_location_id=there, quantity=one)
        ),
        lambda work, sku: transfer_stock(
            work, TransferStock(sku_id=sku, from_location_id=there, to_location_id=here, quantity=one)
        ),
    )
    for move in moves:
        with pytest.raises(NotFound), open_work(engine, house.company.id, actor(house, clerk)) as work:
            move(work, sku_id(work, "HERE"))

    assert digest_of(engine, house.company.id) == before


@LIMITED
def test_pages_of_orders_out_of_reach_are_not_found(limit: Any, app: Flask, engine: Engine, house: House) -> None:
    scope = limit(house)
    person = make_user(
        engine, house.company, "admin",
        customer_scope=tuple(scope.get("customer", ())) or None, location_scope=tuple(scope.get("location", ())) or None,
    )  # fmt: skip
    browser = sign_in(app, house.company, person)
    token = token_of(browser.get("/profile"))
    theirs = f"/orders/{to_text('ord', house.theirs)}"
    before = digest_of(engine, house.company.id)

    def send(page: str, **form: str) -> int:
        return browser.send(theirs + page, {"_once": str(new_id()), "csrf_token": token, **form}).status_code

    writes = [
        send("/hold", reason="mine"),
        send("/cancel", reason="other"),
        send("/allocate"),
        send("/deallocate", reason="mine"),
        send("/approval", action="approve"),
        send("/withdraw"),
        send("/resubmit"),
    ]

    assert browser.get(f"/orders/{to_text('ord', house.mine)}").status_code == 200
    assert browser.get(theirs).status_code == 404
    assert writes == [404] * len(writes)
    assert to_text("ord", house.theirs) not in browser.get("/orders").text + browser.get("/orders/export.csv").text
    assert digest_of(engine, house.company.id) == before


def test_pages_of_customers_out_of_reach_are_not_found(app: Flask, engine: Engine, house: House) -> None:
    person = make_user(engine, house.company, "admin", customer_scope=(house.customer,))
    browser = sign_in(app, house.company, person)
    theirs = f"/customers/{to_text('cus', house.their_customer)}"

    answers = [
        browser.get(theirs),
        _post(browser, f"{theirs}/credit", credit_limit="1"),
        _post(browser, f"{theirs}/receivables", kind="invoice", number="X", amount="1"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "THEIRS" not in browser.get("/customers").text


def _post(browser: Browser, path: str, **form: object) -> Any:
    return browser.post(path, {"_once": str(new_id()), **form})
