"""Splits and merges that rules ask for, once an order is placed, imported, released or promised."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.errors import Conflict, Invalid, NotFound
from kernel.ids import from_text
from kernel.jobs import consumes
from kernel.jobs.registry import OpenWork, consumes_long
from kernel.outbox import Delivery
from oms.orders.errors import OrderNotFound
from oms.orders.lock_order import lock_order
from oms.regrouping.find_mergeable import find_by_rule
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.offer_split import split_by_rule
from oms.regrouping.split_order import split_order
from oms.regrouping.wanted_of_chunk import wanted_of_chunk

_SPLIT_ALREADY = """
SELECT EXISTS (SELECT FROM order_moves WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND kind = 'split')
  OR EXISTS (SELECT FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s AND parent_id IS NOT NULL)
"""


@consumes("order.placed", name="regrouping.after_placing", queue="allocation")
def regroup_placed(work: Work, delivery: Delivery) -> None:
    _regroup(work, delivery)


@consumes("order.released", name="regrouping.after_release", queue="allocation")
def regroup_released(work: Work, delivery: Delivery) -> None:
    _regroup(work, delivery)


@consumes("order.allocated", name="regrouping.after_allocation", queue="allocation")
def regroup_allocated(work: Work, delivery: Delivery) -> None:
    _regroup(work, delivery)


@consumes_long("orders.imported", name="regrouping.after_import", queue="allocation")
def regroup_imported(open_work: OpenWork, delivery: Delivery) -> None:
    """One order a transaction. Killed, it begins anew: what is merged or split already is left as it is."""
    run_id, first, last = (delivery.payload.get(name) for name in ("run_id", "first", "last"))
    run = from_text("imp", str(run_id))
    if run is None or first is None or last is None:  # announced before chunks said which orders are theirs
        return
    with open_work(delivery.tenant_id) as work:
        orders = wanted_of_chunk(work, run, range(int(first), int(last) + 1))
    for order_id in orders:
        with open_work(delivery.tenant_id) as work:
            _regroup_order(work, order_id)


def _regroup(work: Work, delivery: Delivery) -> None:
    order_id = from_text("ord", delivery.payload["order_id"])
    if order_id is not None:
        _regroup_order(work, order_id)


def _regroup_order(work: Work, order_id: UUID) -> None:
    """Merge first, then split what came of it. What a person did meanwhile wins: refusals are no faults."""
    if not merge_by_rule(work, order_id):
        split_by_rules(work, order_id)


def merge_by_rule(work: Work, order_id: UUID) -> bool:
    """Whether the order was merged with others, as its rules ask."""
    rules, orders = find_by_rule(work, order_id, only_automatic=True)
    if rules is None or not orders:
        return False
    try:  # it refuses before it writes
        merge_orders(work, MergeOrders(order_ids=orders, rule=f"merge_rules/{rules.key}"))
    except (Conflict, NotFound, Invalid):
        return False
    return True


def split_by_rules(work: Work, order_id: UUID) -> bool:
    """Whether the order was split, as its rules ask. What was split once is not split again by itself."""
    try:
        order = lock_order(work, order_id)
    except OrderNotFound:
        return False
    if order.status != "placed" or order.open_holds:
        return False
    if work.scalar(_SPLIT_ALREADY, {"tenant": work.tenant_id, "order": order_id}):
        return False
    command = split_by_rule(work, order, only_automatic=True)
    if command is None:
        return False
    try:
        split_order(work, command)
    except (Conflict, NotFound, Invalid):
        return False
    return True
