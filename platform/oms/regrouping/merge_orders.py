"""Merges placed orders of one buyer into the one that was placed first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.credit.lock_account import lock_account
from oms.orders.events import OrderChangedEvent
from oms.orders.keep_version import keep_version
from oms.orders.lock_order import LockedLine, LockedOrder, lock_order
from oms.orders.record import record_decision, record_event, roll_up
from oms.receivables.share_payments import pass_payments_on
from oms.regrouping.errors import OneOrder, OrdersDiffer, TooManyOrders
from oms.regrouping.move_discounts import share_redemptions, take_charges
from oms.regrouping.pieces import OpenPromise, Piece, Share
from oms.regrouping.seals import refuse_sealed
from oms.regrouping.write_moves import Moved, move_exposure, move_terms, open_promises, retotal, write_move, write_moved

MOST_ORDERS = 50

OTHER_BUYER = N_("they have different buyers")
OTHER_ACCOUNT = N_("they count to different credit accounts; one that waits for payment in advance counts to none yet")
OTHER_TYPE = N_("they are of different types, channels or currencies")
OTHER_ADDRESS = N_("they go to different addresses")
OTHER_KEY = N_("the channel hides the receiver and says that they are different, or does not say")

_COMPARED = """
SELECT id, ship_to, bill_to, merge_key, receiver_hidden, requested_on, priority, promise_on, buyer_note, tags,
  custom
FROM orders WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s)
"""
_INTO = """
UPDATE orders SET requested_on = %(requested_on)s, priority = %(priority)s, promise_on = %(promise_on)s,
  buyer_note = %(buyer_note)s, tags = %(tags)s,
  custom = %(custom)s::jsonb WHERE tenant_id = %(tenant)s AND id = %(order)s
"""
_CLOSE = """
UPDATE orders SET status = 'closed', merged_into = %(into)s, closed_at = %(now)s, open_holds = 0, backordered = false,
  version = version + 1
WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s)
"""
_COPY_HOLDS = """
WITH standing AS (
  UPDATE order_holds SET released_at = %(now)s, released_by = %(actor)s, release_reason = 'merged'
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND released_at IS NULL
  RETURNING type, reason, source, placed_at, placed_by
), distinctly AS (
  SELECT DISTINCT ON (type, reason, source) * FROM standing s
  WHERE NOT EXISTS (SELECT FROM order_holds h WHERE h.tenant_id = %(tenant)s AND h.order_id = %(into)s
    AND h.released_at IS NULL AND (h.type, h.reason, h.source) = (s.type, s.reason, s.source))
  ORDER BY type, reason, source, placed_at
)
INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by)
SELECT %(tenant)s, i.id, %(into)s, d.type, d.reason, d.source, d.placed_at, d.placed_by
FROM (SELECT *, row_number() OVER () AS n FROM distinctly) d
JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS i (id, n) ON i.n = d.n
"""
_OPEN_HOLDS = """
SELECT count(*) FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND released_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOrders:
    """The order placed first takes the lines of the others. rule: as in SplitOrder"""

    order_ids: tuple[UUID, ...]
    note: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersMerged:
    """total  of the order that took the lines: the sum of all that were merged"""

    move_id: UUID
    order_id: UUID
    number: str
    total: Decimal


def merge_orders(work: Work, command: MergeOrders) -> OrdersMerged:
    """Moves all lines with promises, money and stops into the oldest order; the others are closed and name it.

    raises  OneOrder, TooManyOrders, OrderNotFound, OrderSealed, OrdersDiffer
    """
    wanted = sorted(set(command.order_ids))
    if len(wanted) < 2:
        raise OneOrder()
    if len(wanted) > MOST_ORDERS:
        raise TooManyOrders(most=MOST_ORDERS)
    orders = [lock_order(work, order_id) for order_id in wanted]  # in the order of their ids, as everywhere
    for order in orders:
        refuse_sealed(work, order)
    compared = {row.id: row for row in work.rows(_COMPARED, {"tenant": work.tenant_id, "orders": wanted})}
    # Orders of one file were placed at the same moment; their numbers say which came first.
    orders.sort(key=lambda order: (order.placed_at, len(order.number), order.number))
    into, others = orders[0], orders[1:]
    for other in others:
        if because := why_apart(into, other, compared):
            raise OrdersDiffer(number=into.number, other=other.number, because=because)
    if into.credit_account_id is not None:
        lock_account(work, into.credit_account_id)
    for order in orders:
        keep_version(work, order.id, "before")
    return _merge(work, command, into, others, compared)


def why_apart(one: LockedOrder, other: LockedOrder, compared: dict[UUID, Any]) -> str:
    """Why two orders may not become one, as an English sentence; "" where they may.

    Where a channel hides the receiver, only its merge key says who is the same: two masked addresses that read alike
    may be two people.
    """
    mine, theirs = compared[one.id], compared[other.id]
    if one.customer_id != other.customer_id:
        return OTHER_BUYER
    if one.credit_account_id != other.credit_account_id:
        return OTHER_ACCOUNT
    for name in ("order_type", "channel", "currency", "prices_include_tax"):
        if getattr(one, name) != getattr(other, name):
            return OTHER_TYPE
    if mine.receiver_hidden or theirs.receiver_hidden:
        return "" if mine.merge_key and mine.merge_key == theirs.merge_key else OTHER_KEY
    return "" if (mine.ship_to, mine.bill_to) == (theirs.ship_to, theirs.bill_to) else OTHER_ADDRESS


def _merge(
    work: Work, command: MergeOrders, into: LockedOrder, others: Sequence[LockedOrder], compared: dict[UUID, Any]
) -> OrdersMerged:
    move = write_move(work, into.id, "merge", rule=command.rule, note=command.note)
    moves: list[Moved] = []
    promises: dict[UUID, OpenPromise] = {}
    number = max(line.line_no for line in into.lines)
    for other in others:
        open_now = open_promises(work, other.id)
        promises |= {promise.id: promise for promise in open_now}
        for line in (line for line in other.lines if line.ordered):
            number += 1
            moves.append(Moved(other.id, into.id, number, whole_line(line, open_now)))
    write_moved(work, move, moves, promises, currency=into.currency, reason="merge")
    gone = [other.id for other in others]
    take_charges(work, into.id, gone)
    share_redemptions(work, [into.id, *gone])
    totals = retotal(work, [into.id, *gone])
    for other in others:
        move_exposure(work, into.credit_account_id, other.id, into.id, other.credit_exposed, cause="orders_merged")
    for other in others:
        move_terms(work, {into.id: (other.prepay_required, other.credit_released)})
        pass_payments_on(work, other.id, into.id)
    _join_heads(work, into, others, compared)
    _close(work, into, gone)
    for other in others:
        record_event(work, other.id, "merged_into", {"order": into.number, "note": command.note})
        keep_version(work, other.id, "merged")
        facts = {"into": to_text("ord", into.id)}
        put_event(work, OrderChangedEvent("order.merged_into", other.id, other.number, facts))
    numbers = [other.number for other in others]
    record_event(work, into.id, "merged", {"orders": numbers, "note": command.note})
    trace = {"document": command.rule, "orders": numbers, "total": str(totals[into.id])}
    outcome = f"{len(orders_of(into, others))} orders"
    record_decision(work, into.id, "merge", release=into.release, outcome=outcome, trace=trace)
    roll_up(work, into.id)
    keep_version(work, into.id, "merged")
    put_event(work, OrderChangedEvent("order.merged", into.id, into.number, {"orders": numbers}))
    return OrdersMerged(move_id=move, order_id=into.id, number=into.number, total=totals[into.id])


def orders_of(into: LockedOrder, others: Sequence[LockedOrder]) -> list[LockedOrder]:
    return [into, *others]


def whole_line(line: LockedLine, promises: Sequence[OpenPromise]) -> Share:
    """All of a line with all that it is promised. What was cancelled of it goes along."""
    promised = {promise.id: promise.open for promise in promises if promise.line_id == line.id}
    units = line.ordered - sum(promised.values(), Decimal(0))
    return Share(
        piece=Piece(line.id, units, promised), line=line, to_line=line.id, backordered=line.backordered, net=line.net,
        tax=line.tax, discount=line.discount,
    )  # fmt: skip


def _join_heads(work: Work, into: LockedOrder, others: Sequence[LockedOrder], compared: dict[UUID, Any]) -> None:
    """The highest priority, the earliest wished and promised day, all notes and tags, own values that it has not."""
    rows = [compared[order.id] for order in orders_of(into, others)]
    days = [row.requested_on for row in rows if row.requested_on is not None]
    custom: dict[str, Any] = {}
    for row in rows:
        custom = {**row.custom, **custom}
    work.execute(
        _INTO,
        {
            "tenant": work.tenant_id, "order": into.id, "requested_on": min(days, default=None),
            "priority": max(row.priority for row in rows),
            "promise_on": min((row.promise_on for row in rows if row.promise_on is not None), default=None),
            "buyer_note": "\n".join(dict.fromkeys(row.buyer_note for row in rows if row.buyer_note)),
            "tags": list(dict.fromkeys(tag for row in rows for tag in row.tags)), "custom": dumps(custom),
        },
    )  # fmt: skip


def _close(work: Work, into: LockedOrder, gone: Sequence[UUID]) -> None:
    parameters = {
        "tenant": work.tenant_id, "orders": list(gone), "into": into.id, "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    count = work.scalar(_OPEN_HOLDS, parameters) or 0
    work.execute(_COPY_HOLDS, {**parameters, "ids": [new_id() for _ in range(count)]})
    work.execute(_CLOSE, parameters)
