"""A buyer's order above his limit, and his colleague's answer, through the pages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Engine

from kernel.ids import new_id
from oms.purchasing.plan import Limit
from oms.purchasing.save_buyer import SaveBuyer, save_buyer
from tenants.scope import open_work
from tests.support.portal import Shop
from tests.support.portal_pages import add
from tests.support.web import Browser, Person

Enter = Callable[[Shop, Person], Browser]


def _limit(engine: Engine, shop: Shop) -> None:
    limits = (Limit(site_id=None, per_order=Decimal(20), per_month=None),)
    with open_work(engine, shop.company.id) as work:
        save_buyer(work, SaveBuyer(customer_id=shop.customer, user_id=shop.li.id, limits=limits))
        save_buyer(work, SaveBuyer(customer_id=shop.customer, user_id=shop.wu.id, approves=True))


def test_a_request_is_asked_declined_and_approved(engine: Engine, shop: Shop, enter: Enter) -> None:
    _limit(engine, shop)
    li, wu, kim = enter(shop, shop.li), enter(shop, shop.wu), enter(shop, shop.kim)

    for answer in ("decline", "approve"):
        if answer == "decline":
            add(li, "TEA", "3")
        sent = li.post("/portal/cart/submit", {"_once": str(new_id()), "order_type": "standard"})
        asked = sent.location
        assert "/portal/requests/" in asked, sent.text
        page = li.get(asked).text
        assert "Waiting" in page and "Withdraw" in page and "Approve and order" not in page
        assert kim.get(asked).status_code == 404
        assert "Wait for you" in wu.get("/portal/requests").text
        assert "Approve and order" in wu.get(asked).text
        if answer == "decline":
            silent = wu.post(asked, {"_once": str(new_id()), "do": "decline"})
            assert silent.status_code == 422 and "Say why" in silent.text
        own = li.post(asked, {"_once": str(new_id()), "do": "approve"})
        assert own.status_code == 403
        done = wu.post(asked, {"_once": str(new_id()), "do": answer, "note": "because", "expected_total": ""})
        assert done.status_code == 303
    final = li.get(asked).text
    assert "Approved" in final and "/portal/orders/" in final
