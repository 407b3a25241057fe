"""Orders that wait: two that lack units, one of them asked about and followed up; four whose promises the planner took
back, to decide them as one; and a batch that was tried by rules and at the least cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.allocation.waiting_orders import WaitingFilter, waiting_orders
from oms.backorders.ask_buyer import AskBuyer, ask_buyer
from oms.backorders.follow_up import FollowUp, follow_up
from oms.backorders.queries import BackorderFilter, list_backorders
from oms.catalog.substitutes import set_substitutes
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.save_customer import AddressData, ContactData, SaveCustomer, save_customer
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

# Customers whose credit is wide, so that only stock stops them.
# (number, name, limit, city, region, latitude, longitude, mail, phone)
_CUSTOMERS = (
    ("K-1007", "Grand Canal Hotels 运河酒店", "200000", "Wuxi", "Jiangsu", "31.49", "120.31", "purchasing@grandcanal.example", "+86 510 5555 0107"),
    ("K-1009", "Orange Isle Tea 橘洲茶行", "150000", "Changsha", "Hunan", "28.23", "112.94", "orders@orangeisle.example", "+86 731 5555 0109"),
    ("K-1008", "Five Rams Markets 五羊超市", "250000", "Guangzhou", "Guangdong", "23.12", "113.32", "buying@fiverams.example", "+86 20 5555 0108"),
)  # fmt: skip
# (customer, priority, days until it is promised, lines): more than one location has of some. By the rules the urgent one
# takes what is a little nearer to it, and the next has to come from far away; the least cost is found by both together.
_BATCH: tuple[tuple[str, int, int, tuple[tuple[str, int], ...]], ...] = (
    ("K-1008", 5, 3, (("LSX-100", 120), ("QM-250", 60))),
    ("K-1007", 3, 2, (("QM-250", 90), ("MF-250", 20))),
    ("K-1009", 7, 5, (("LSX-100", 140),)),
    ("K-1007", 5, 4, (("DHP-100", 40), ("CUP-6", 60))),
)


def tell_backorder_story(engine: Engine, tenant_id: UUID, people: Mapping[str, Actor]) -> None:
    """By the order desk and the warehouse keeper."""
    in_work(engine, tenant_id, people["admin"], _customers)
    in_work(engine, tenant_id, people["stock"], _prepare)
    for customer, priority, days, lines in _BATCH:
        in_work(
            engine,
            tenant_id,
            people["ops"],
            partial(_taken_back, customer=customer, priority=priority, days=days, lines=lines),
        )
    for customer, units, priority in (("K-1008", 4, 5), ("K-1007", 3, 8)):
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


def _customers(work: Work) -> None:
    for number, name, limit, city, region, latitude, longitude, mail, phone in _CUSTOMERS:
        account = f"CA-{number[2:]}"
        save_account(work, SaveAccount(number=account, name=name, currency="CNY", credit_limit=Decimal(limit)))
        address = AddressData(
            label=city, recipient=name, street="8 Harbour Road", city=city, region=region, country="CN",
            latitude=Decimal(latitude), longitude=Decimal(longitude), is_default_shipping=True, is_default_billing=True,
        )  # fmt: skip
        contact = ContactData(name="Purchasing 采购部", position="Purchasing", email=mail, phone=phone)
        save_customer(
            work,
            SaveCustomer(
                number=number, name=name, email=mail, phone=phone, credit_account=account, payment_terms_days=30,
                addresses=(address,), contacts=(contact,),
            ),
        )  # fmt: skip


def _taken_back(work: Work, *, customer: str, priority: int, days: int, lines: tuple[tuple[str, int], ...]) -> None:
    """An order whose promises were taken back: the planner decides it with the others."""
    placed = place(
        work,
        PlaceOrder(
            order_type="standard", channel="console", customer_number=customer, priority=priority,
            promise_on=work.today + timedelta(days=days),
            lines=tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in lines),
        ),
    )  # fmt: skip
    deallocate_order(
        work, DeallocateOrder(order_id=placed.order_id, reason="Decided with the others / 与其他订单一并分配")
    )


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
    for mode in ("rules", "optimise"):
        keep_batch(work, allocate_batch(work, AllocateBatch(order_ids=orders, mode=mode, dry_run=True)))
