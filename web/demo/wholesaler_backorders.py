"""Orders that wait: one that is urgent, one that is asked about, one that somebody follows up; and a batch that was
tried. Told at the end of the wholesaler's story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from oms.allocation.waiting_orders import WaitingFilter, waiting_orders
from oms.backorders.ask_buyer import AskBuyer, ask_buyer
from oms.backorders.follow_up import FollowUp, follow_up
from oms.backorders.queries import BackorderFilter, list_backorders
from oms.catalog.substitutes import set_substitutes
from oms.inventory.set_capacity import set_capacity
from oms.placement.allocate_batch import AllocateBatch, allocate_batch, keep_batch
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.scope import in_work

# What is left least of: so the orders stay small, and neither approval nor credit stops them.
_SCARCE = """
SELECT s.code, sum(p.available) AS available FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id AND s.active AND s.tracking = 'none'
WHERE p.tenant_id = %(tenant)s GROUP BY s.code, s.order_multiple HAVING s.order_multiple = 1 AND sum(p.available) >= 0
ORDER BY 2, 1 LIMIT 1
"""


def tell_backorder_story(engine: Engine, tenant_id: UUID, people: Mapping[str, Actor]) -> None:
    """By the order desk and the warehouse keeper."""
    in_work(engine, tenant_id, people["stock"], _prepare)
    for customer, units, priority in (("K-1004", 4, 5), ("K-1006", 3, 8)):
        in_work(
            engine, tenant_id, people["ops"], partial(_order, customer=customer, units=units, priority=priority)
        )  # fmt: skip
    in_work(engine, tenant_id, people["ops"], _follow)
    in_work(engine, tenant_id, people["ops"], _try_batch)


def _prepare(work: Work) -> None:
    scarce = work.row(_SCARCE, {"tenant": work.tenant_id})
    assert scarce is not None
    set_substitutes(work, scarce.code, ["CUP-6" if scarce.code != "CUP-6" else "QM-250"])
    set_capacity(work, "shanghai_store", 40)


def _order(work: Work, *, customer: str, units: int, priority: int) -> None:
    scarce = work.row(_SCARCE, {"tenant": work.tenant_id})
    assert scarce is not None
    command = PlaceOrder(
        order_type="standard", channel="console", customer_number=customer, priority=priority,
        promise_on=work.today + timedelta(days=priority - 5),
        lines=(LineRequest(sku=scarce.code, quantity=scarce.available + units),),
    )  # fmt: skip
    place(work, command)


def _follow(work: Work) -> None:
    waiting, _after = list_backorders(work, BackorderFilter(), limit=2)
    for row in waiting[:1]:
        note = "Ask the mill for a day / 向工厂确认到货日"
        follow_up(work, FollowUp(order_id=row.order_id, line_id=row.line_id, note=note, due_on=work.today))
        ask_buyer(work, AskBuyer(order_id=row.order_id, lines=(row.line_id,)))


def _try_batch(work: Work) -> None:
    orders = tuple(one.id for one in waiting_orders(work, WaitingFilter(), most=20))
    keep_batch(work, allocate_batch(work, AllocateBatch(order_ids=orders, mode="optimise", dry_run=True)))
