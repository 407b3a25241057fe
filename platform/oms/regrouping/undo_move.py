"""Takes a split or a merge back, as long as nothing has moved since: every line returns with what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.credit.lock_account import lock_accounts
from oms.instalments.fit_instalments import fit_instalments, join_plans
from oms.orders.events import OrderChangedEvent
from oms.orders.keep_version import keep_version
from oms.orders.lock_order import LockedOrder, lock_order
from oms.orders.record import record_event, roll_up
from oms.receivables.share_payments import pass_payments_on
from oms.regrouping.errors import MoveNotFound, MoveStands
from oms.regrouping.merge_orders import whole_line
from oms.regrouping.move_discounts import (
    follow_lines,
    join_adjustments,
    return_charges,
    share_redemptions,
)
from oms.regrouping.pieces import OpenPromise
from oms.regrouping.seals import INVOICED, is_invoiced, seal_beside
from oms.regrouping.write_moves import change_hands, move_exposure, move_terms, open_promises, retotal, write_movements

ALREADY_UNDONE = N_("it is undone already")
SOMETHING_MOVED = N_("goods have left, or units were cancelled, changed or moved on")

_MOVE = """
SELECT id, order_id, kind, at, undone_at FROM order_moves
WHERE tenant_id = %(tenant)s AND id = %(move)s AND order_id = %(order)s
"""
_LINES = """
SELECT id, from_order, to_order, from_line, to_line, line_no, quantity
FROM order_moved_lines WHERE tenant_id = %(tenant)s AND move_id = %(move)s ORDER BY id
"""
# The mark is taken first, under the order's lock, so that two people cannot both take it back.
_UNDONE = """
UPDATE order_moves SET undone_at = %(now)s, undone_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(move)s
"""
_LATER = """
SELECT EXISTS (
  SELECT FROM order_moved_lines x JOIN order_moves m ON m.tenant_id = %(tenant)s AND m.id = x.move_id
  WHERE x.tenant_id = %(tenant)s AND m.id > %(move)s AND m.undone_at IS NULL
    AND (x.from_line = ANY(%(lines)s) OR x.to_line = ANY(%(lines)s)))
"""
_BACK = """
WITH back AS (
  SELECT * FROM jsonb_to_recordset(%(back)s::jsonb) AS x (line uuid, to_order uuid, line_no int)
), promised AS (
  UPDATE allocations a SET order_id = x.to_order FROM back x WHERE a.tenant_id = %(tenant)s AND a.line_id = x.line
)
UPDATE order_lines l SET order_id = x.to_order, line_no = x.line_no FROM back x
WHERE l.tenant_id = %(tenant)s AND l.id = x.line
"""
# A part flows back into the line it came from; its own row stays behind, empty.
_JOIN = """
WITH parts AS (
  SELECT * FROM jsonb_to_recordset(%(parts)s::jsonb) AS x (line uuid, back_to uuid, to_order uuid)
), promised AS (
  UPDATE allocations a SET order_id = x.to_order, line_id = x.back_to FROM parts x
  WHERE a.tenant_id = %(tenant)s AND a.line_id = x.line
), emptied AS (
  UPDATE order_lines l SET ordered = 0, unit_quantity = 0, allocated = 0, backordered = 0, discount = 0, net = 0,
    tax = 0, gross = 0
  FROM parts x, order_lines was
  WHERE l.tenant_id = %(tenant)s AND l.id = x.line AND was.tenant_id = %(tenant)s AND was.id = l.id
  RETURNING x.back_to, was.ordered, was.unit_quantity, was.unit, was.allocated, was.backordered, was.discount,
    was.net, was.tax, was.gross
)
UPDATE order_lines l SET ordered = l.ordered + t.ordered, allocated = l.allocated + t.allocated,
  backordered = l.backordered + t.backordered, discount = l.discount + t.discount, net = l.net + t.net,
  tax = l.tax + t.tax, gross = l.gross + t.gross,
  unit = CASE WHEN t.unit = l.unit THEN l.unit ELSE s.base_unit END,
  unit_quantity = CASE WHEN t.unit = l.unit THEN l.unit_quantity + t.unit_quantity ELSE l.ordered + t.ordered END
FROM (SELECT back_to, sum(ordered) AS ordered, sum(allocated) AS allocated, sum(backordered) AS backordered,
    sum(discount) AS discount, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross,
    sum(unit_quantity) AS unit_quantity, min(unit) AS unit
  FROM emptied GROUP BY back_to) t
JOIN order_lines b ON b.tenant_id = %(tenant)s AND b.id = t.back_to
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.sku_id
WHERE l.tenant_id = %(tenant)s AND l.id = t.back_to
"""
_REOPEN = """
UPDATE orders SET status = 'placed', merged_into = NULL, closed_at = NULL
WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s)
"""
_CLOSE = """
UPDATE orders SET status = 'closed', merged_into = %(into)s, closed_at = %(now)s, backordered = false, open_holds = 0,
  version = version + 1
WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s)
"""
_LIFT = """
UPDATE order_holds SET released_at = %(now)s, released_by = %(actor)s, release_reason = 'merged'
WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND released_at IS NULL
"""
# Each order gets back the stops that it brought, as far as they stand, and those that were placed on all of it since.
# Those that were brought leave the order that took them: the ids of its own are older than the move.
_HOLDS_BACK = """
WITH brought AS (
  SELECT order_id, type, reason, source, placed_at, placed_by FROM order_holds
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND release_reason = 'merged' AND released_at = %(at)s
), standing AS (
  SELECT h.*, h.id > %(move)s AND EXISTS (SELECT FROM brought b WHERE (b.type, b.reason, b.source, b.placed_at,
    b.placed_by) = (h.type, h.reason, h.source, h.placed_at, h.placed_by)) AS leaves
  FROM order_holds h WHERE h.tenant_id = %(tenant)s AND h.order_id = %(from)s AND h.released_at IS NULL
), lifted AS (
  UPDATE order_holds h SET released_at = %(now)s, released_by = %(actor)s, release_reason = 'merged'
  FROM standing s WHERE h.tenant_id = %(tenant)s AND h.id = s.id AND s.leaves
)
INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by)
SELECT %(tenant)s, new_id(), o.id, s.type, s.reason, s.source, s.placed_at, s.placed_by
FROM standing s CROSS JOIN unnest(%(orders)s::uuid[]) AS o (id)
WHERE EXISTS (SELECT FROM brought b WHERE b.order_id = o.id
    AND (b.type, b.reason, b.source) = (s.type, s.reason, s.source))
  OR (NOT s.leaves AND s.id > %(move)s AND s.placed_at >= %(at)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoMove:
    order_id: UUID
    move_id: UUID
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUndone:
    order_id: UUID
    kind: str
    total: Decimal


def undo_move(work: Work, command: UndoMove) -> MoveUndone:
    """Puts every moved line back where it was. Raises OrderNotFound, MoveNotFound, MoveStands."""
    parameters = {"tenant": work.tenant_id, "move": command.move_id, "order": command.order_id}
    moved = work.rows(_LINES, parameters)
    ids = sorted({command.order_id, *(row.from_order for row in moved), *(row.to_order for row in moved)})
    orders = {order_id: lock_order(work, order_id) for order_id in ids}
    move = work.row(_MOVE, parameters)
    if move is None:
        raise MoveNotFound()
    if move.undone_at is not None:
        raise MoveStands(because=ALREADY_UNDONE)
    _refuse_moved_on(work, move, moved, orders)
    counting = (order.credit_account_id for order in orders.values())
    lock_accounts(work, {account for account in counting if account is not None})
    for order_id in ids:
        keep_version(work, order_id, "before")
    work.execute(_UNDONE, {**parameters, "now": work.now, "actor": work.actor.name})
    _move_back(work, moved, orders)
    if move.kind == "merge":
        return_charges(work, move.order_id, [order_id for order_id in ids if order_id != move.order_id])
    totals = retotal(work, ids)
    share_redemptions(work, ids)
    for (holder, owner), amount in _exposed(move, moved, orders, totals).items():
        move_exposure(work, orders[holder].credit_account_id, holder, owner, amount, cause="move_undone")
    _terms_back(work, move, [orders[order_id] for order_id in ids if order_id != move.order_id])
    _mend_states(work, move, ids)
    for order_id in ids:
        facts = {"kind": move.kind, "note": command.note}
        record_event(work, order_id, "move_undone", facts)
        if move.kind == "merge" or order_id == move.order_id:
            roll_up(work, order_id)
        keep_version(work, order_id, "undone")
        event = OrderChangedEvent("order.move_undone", order_id, orders[order_id].number, {"kind": move.kind})
        put_event(work, event)
    return MoveUndone(order_id=move.order_id, kind=move.kind, total=totals[move.order_id])


def _refuse_moved_on(work: Work, move: Any, moved: Sequence[Any], orders: dict[UUID, LockedOrder]) -> None:
    lines = {line.id: line for order in orders.values() for line in order.lines}
    touched = [row.to_line for row in moved] + [row.from_line for row in moved]
    parameters = {"tenant": work.tenant_id, "move": move.id, "lines": touched}
    stands = work.scalar(_LATER, parameters)
    for row in moved:
        line = lines.get(row.to_line)
        if line is None or line.shipped or line.ordered != row.quantity or orders[row.to_order].status != "placed":
            stands = True
        elif row.to_line != row.from_line and (line.cancelled or row.from_line not in lines):
            stands = True
    parent = orders[move.order_id]
    if move.kind == "merge":  # an order of nothing could not stand
        gone = {row.to_line for row in moved}
        stands = stands or not any(line.ordered > line.cancelled for line in parent.lines if line.id not in gone)
    if stands or parent.status != "placed" or any(line.shipped for line in parent.lines):
        raise MoveStands(because=SOMETHING_MOVED)
    if move.kind == "split":
        for row in moved:  # a child with lines of its own could not be closed
            if {line.id for line in orders[row.to_order].lines if line.ordered} - {one.to_line for one in moved}:
                raise MoveStands(because=SOMETHING_MOVED)
    if any(is_invoiced(order) for order in orders.values()):  # an invoice names the lines of its order
        raise MoveStands(because=INVOICED)
    for order_id in {row.to_order for row in moved} | {move.order_id}:
        seal = seal_beside(work, order_id)
        if seal is not None:
            raise MoveStands(because=seal.because)


def _exposed(
    move: Any, moved: Sequence[Any], orders: Mapping[UUID, LockedOrder], totals: Mapping[UUID, Decimal]
) -> dict[tuple[UUID, UUID], Decimal]:
    """(who counts it now, whose it is) -> what goes back: all that a split-off order counts, or what a merged order
    comes to again, as far as it is still counted."""
    back: dict[tuple[UUID, UUID], Decimal] = {}
    left = orders[move.order_id].credit_exposed
    for holder, owner in dict.fromkeys((row.to_order, row.from_order) for row in moved):
        if move.kind == "split":
            back[holder, owner] = orders[holder].credit_exposed
        else:
            back[holder, owner] = min(totals[owner], left)
            left -= back[holder, owner]
    return back


def _terms_back(work: Work, move: Any, others: Sequence[LockedOrder]) -> None:
    """Payments and what is to be paid in advance return, as they came."""
    for other in others:
        terms = (other.prepay_required, other.credit_released)
        less = (-other.prepay_required, -other.credit_released)
        if move.kind == "split":
            move_terms(work, {move.order_id: terms, other.id: less})
            pass_payments_on(work, other.id, move.order_id)
        else:  # a merged order keeps its own terms while it is closed
            move_terms(work, {move.order_id: less})
            pass_payments_on(work, move.order_id, other.id, came_from=other.id)


def _move_back(work: Work, moved: Sequence[Any], orders: dict[UUID, LockedOrder]) -> None:
    parameters = {"tenant": work.tenant_id, "now": work.now, "actor": work.actor.name}
    lines = {line.id: line for order in orders.values() for line in order.lines}
    promises = [promise for row in {row.to_order for row in moved} for promise in open_promises(work, row)]
    back = _numbered([row for row in moved if row.to_line == row.from_line], orders)
    parts = [{"line": row.to_line, "back_to": row.from_line, "to_order": row.from_order} for row in moved
             if row.to_line != row.from_line]  # fmt: skip
    movements = [
        pair
        for row in moved
        for promise in _promised(whole_line(lines[row.to_line], promises).piece.promised, promises)
        for pair in change_hands(promise, promise.open, row.to_order, row.from_order)
    ]
    if back:
        work.execute(_BACK, {**parameters, "back": dumps(back)})
        follow_lines(work, [row["line"] for row in back])
    if parts:
        work.execute(_JOIN, {**parameters, "parts": dumps(parts)})
        join_adjustments(work, parts)
        join_plans(work, {row["line"]: row["back_to"] for row in parts})
    fit_instalments(work, *orders)
    write_movements(work, movements, reason="undone")


def _numbered(whole: Sequence[Any], orders: Mapping[UUID, LockedOrder]) -> list[dict[str, Any]]:
    """Lines on their way back, each with the number that it had, or the next one where another line has that by now."""
    goes = {row.to_line for row in whole}
    taken = {key: {line.line_no for line in order.lines if line.id not in goes} for key, order in orders.items()}
    found = []
    for row in sorted(whole, key=lambda row: row.line_no):
        numbers = taken[row.from_order]
        number = max(numbers) + 1 if row.line_no in numbers else row.line_no
        numbers.add(number)
        found.append({"line": row.to_line, "to_order": row.from_order, "line_no": number})
    return found


def _promised(keys: Any, promises: Sequence[OpenPromise]) -> list[OpenPromise]:
    return [promise for promise in promises if promise.id in keys]


def _mend_states(work: Work, move: Any, ids: Sequence[UUID]) -> None:
    """Closed orders that were merged live again, with the stops that stand; emptied children are closed."""
    others = [order_id for order_id in ids if order_id != move.order_id]
    parameters = {
        "tenant": work.tenant_id, "orders": others, "into": move.order_id, "from": move.order_id, "now": work.now,
        "actor": work.actor.name, "move": move.id, "at": move.at,
    }  # fmt: skip
    if move.kind == "split":
        work.execute(_LIFT, parameters)
        work.execute(_CLOSE, parameters)
        return
    work.execute(_REOPEN, parameters)
    work.execute(_HOLDS_BACK, parameters)


def move_text_id(move_id: UUID) -> str:
    """The move's name outside."""
    return to_text("mov", move_id)
