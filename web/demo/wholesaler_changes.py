"""What became of some of the wholesaler's orders: split, merged, changed, and asked to be changed by their buyer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from oms.changes.actions import SetNote, SetQuantity
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.orders.lock_order import LockedOrder, lock_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from tenants.scope import in_work

SPLIT_RULES = {
    "name": {"en": "Heavy and waiting goods", "zh-CN": "超重与拆仓"},
    "never": {
        "when": {"in": ["cash_on_delivery", {"var": "order.tags"}]},
        "reason": {"en": "Cash on delivery", "zh-CN": "货到付款"},
    },
    "rules": [
        {"id": "place", "name": {"en": "By warehouse", "zh-CN": "按仓库"}, "by": {"how": "location"}},
        {"id": "heavy", "name": {"en": "Half a ton", "zh-CN": "半吨"}, "by": {"how": "weight", "most": 500}},
    ],
}  # fmt: skip
MERGE_RULES = {"name": {"en": "Same day, same address", "zh-CN": "同日同址"}, "within_hours": 24}


def tell_changes_story(engine: Engine, tenant_id: UUID, people: Mapping[str, Actor]) -> None:
    """By the order desk, on fresh small orders of two customers."""
    split = in_work(
        engine, tenant_id, people["ops"], partial(_order, customer="K-1004", lines={"BAG-K": 12, "CUP-6": 6})
    )
    in_work(engine, tenant_id, people["ops"], partial(_split_half, order_id=split))
    pair = [
        in_work(engine, tenant_id, people["ops"], partial(_order, customer="K-1006", lines={"QM-250": units}))
        for units in (2, 3)
    ]
    in_work(engine, tenant_id, people["ops"], partial(_merge, orders=tuple(pair)))
    changed = in_work(engine, tenant_id, people["ops"], partial(_order, customer="K-1005", lines={"CUP-6": 8}))
    in_work(engine, tenant_id, people["ops"], partial(_change, order_id=changed))
    asked = in_work(
        engine, tenant_id, people["bund"], partial(_order, customer="K-1002", lines={"QM-250": 4}, channel="portal")
    )
    in_work(engine, tenant_id, people["bund"], partial(_ask, order_id=asked))


def _order(work: Work, *, customer: str, lines: Mapping[str, int], channel: str = "console") -> UUID:
    wanted = tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in lines.items())
    command = PlaceOrder(order_type="standard", channel=channel, customer_number=customer, lines=wanted)
    return place(work, command).order_id


def _split_half(work: Work, *, order_id: UUID) -> None:
    line = lock_order(work, order_id).lines[0]
    group = SplitOff(units={line.id: line.ordered / 2})
    split_order(work, SplitOrder(order_id=order_id, groups=(group,), note="Half next week / 一半下周发"))


def _merge(work: Work, *, orders: tuple[UUID, ...]) -> None:
    merge_orders(work, MergeOrders(order_ids=orders, note="One parcel / 合并发货"))


def _change(work: Work, *, order_id: UUID) -> None:
    order = lock_order(work, order_id)
    opened = open_change(work, OpenChange(order_id=order_id, actions=(_fewer(order),), reason="By phone / 电话改单"))
    confirm_change(work, CloseChange(order_id=order_id, change_id=opened))


def _ask(work: Work, *, order_id: UUID) -> None:
    order = lock_order(work, order_id)
    actions = (_fewer(order), SetNote(buyer_note="Please deliver after five / 请五点后送货"))
    command = OpenChange(order_id=order_id, actions=actions, reason="We need fewer / 需求减少", by_customer=True)
    open_change(work, command)


def _fewer(order: LockedOrder) -> SetQuantity:
    line = order.lines[0]
    return SetQuantity(line_id=line.id, quantity=line.ordered / 2)
