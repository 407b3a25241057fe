"""Moves rows of lines and their promises from one order to others. Stock stays where it is: who is promised changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.credit.book_exposure import book_exposure
from oms.instalments.fit_instalments import copy_plans, fit_instalments
from oms.regrouping.move_discounts import follow_lines, split_adjustments
from oms.regrouping.pieces import OpenPromise, Share

_PROMISES = """
SELECT id, line_id, location_id, sku_id, lot_id, quantity - released - shipped AS open
FROM allocations WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND released + shipped < quantity ORDER BY id
"""
_MOVE = """
INSERT INTO order_moves (tenant_id, id, order_id, kind, rule, note, at, actor)
VALUES (%(tenant)s, %(id)s, %(order)s, %(kind)s, %(rule)s, %(note)s, %(now)s, %(actor)s)
"""
# A part becomes a line of its own; what it leaves behind shrinks by exactly as much.
_PARTS = """
WITH parts AS (
  SELECT * FROM jsonb_to_recordset(%(parts)s::jsonb) AS x (from_line uuid, to_line uuid, to_order uuid, line_no int,
    units numeric, allocated numeric, backordered numeric, net numeric, tax numeric, gross numeric, discount numeric)
), made AS (
  INSERT INTO order_lines (tenant_id, id, order_id, line_no, sku_id, sku, name, unit, unit_quantity, ordered,
    allocated, backordered, list_price, unit_price, floor_price, tax_class, tax_rate, discount, net, tax, gross,
    outside_line, custom)
  SELECT l.tenant_id, x.to_line, x.to_order, x.line_no, l.sku_id, l.sku, l.name,
    CASE WHEN u.even THEN l.unit ELSE s.base_unit END,
    CASE WHEN u.even THEN round(l.unit_quantity * x.units / l.ordered, 4) ELSE x.units END, x.units,
    x.allocated, x.backordered, l.list_price, l.unit_price, l.floor_price, l.tax_class, l.tax_rate, x.discount, x.net,
    x.tax, x.gross, l.outside_line, l.custom
  FROM parts x
  JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.id = x.from_line
  JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
  CROSS JOIN LATERAL (SELECT round(l.unit_quantity * x.units / l.ordered, 4) * l.ordered
    = l.unit_quantity * x.units AS even) u
)
UPDATE order_lines l SET ordered = l.ordered - x.units, allocated = l.allocated - x.allocated,
  backordered = l.backordered - x.backordered, discount = l.discount - x.discount, net = l.net - x.net,
  tax = l.tax - x.tax, gross = l.gross - x.gross,
  unit = CASE WHEN u.even THEN l.unit ELSE s.base_unit END,
  unit_quantity = CASE WHEN u.even THEN round(l.unit_quantity * (l.ordered - x.units) / l.ordered, 4)
    ELSE l.ordered - x.units END
FROM (SELECT from_line, sum(units) AS units, sum(allocated) AS allocated, sum(backordered) AS backordered,
    sum(discount) AS discount, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross FROM parts GROUP BY from_line) x
JOIN order_lines b ON b.tenant_id = %(tenant)s AND b.id = x.from_line
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.sku_id
CROSS JOIN LATERAL (SELECT round(b.unit_quantity * (b.ordered - x.units) / b.ordered, 4) * b.ordered
  = b.unit_quantity * (b.ordered - x.units) AS even) u
WHERE l.tenant_id = %(tenant)s AND l.id = x.from_line
"""
_WHOLE = """
WITH whole AS (
  SELECT * FROM jsonb_to_recordset(%(whole)s::jsonb) AS x (line uuid, to_order uuid, line_no int)
), promised AS (
  UPDATE allocations a SET order_id = x.to_order FROM whole x WHERE a.tenant_id = %(tenant)s AND a.line_id = x.line
)
UPDATE order_lines l SET order_id = x.to_order, line_no = x.line_no FROM whole x
WHERE l.tenant_id = %(tenant)s AND l.id = x.line
"""
_PROMISED = """
WITH moved AS (
  SELECT * FROM jsonb_to_recordset(%(promised)s::jsonb) AS x
    (id uuid, new_id uuid, to_order uuid, to_line uuid, units numeric)
), made AS (
  INSERT INTO allocations (tenant_id, id, order_id, line_id, location_id, sku_id, lot_id, quantity, at)
  SELECT a.tenant_id, x.new_id, x.to_order, x.to_line, a.location_id, a.sku_id, a.lot_id, x.units, a.at
  FROM moved x JOIN allocations a ON a.tenant_id = %(tenant)s AND a.id = x.id
)
UPDATE allocations a SET released = a.released + x.units
FROM (SELECT id, sum(units) AS units FROM moved GROUP BY id) x
WHERE a.tenant_id = %(tenant)s AND a.id = x.id
"""
# One pair per promise that changed hands, so that the movements of each order still add up to what it is promised.
_MOVEMENTS = """
INSERT INTO stock_movements
  (tenant_id, id, sku_id, location_id, lot_id, kind, allocated_change, order_id, reason, at, actor)
SELECT %(tenant)s, x.id, x.sku_id, x.location_id, x.lot_id, x.kind, x.units, x.order_id, %(reason)s, %(now)s, %(actor)s
FROM jsonb_to_recordset(%(movements)s::jsonb) AS x
  (id uuid, sku_id uuid, location_id uuid, lot_id uuid, kind text, units numeric, order_id uuid)
"""
_MOVED = """
INSERT INTO order_moved_lines (tenant_id, id, move_id, from_order, to_order, from_line, to_line, line_no, quantity,
  net, tax, gross, discount)
SELECT %(tenant)s, x.id, %(move)s, x.from_order, x.to_order, x.from_line, x.to_line, x.line_no, x.units, x.net, x.tax,
  x.gross, x.discount
FROM jsonb_to_recordset(%(moved)s::jsonb) AS x (id uuid, from_order uuid, to_order uuid, from_line uuid, to_line uuid,
  line_no int, units numeric, net numeric, tax numeric, gross numeric, discount numeric)
"""
_RETOTAL = """
UPDATE orders o SET net_total = t.net, tax_total = t.tax, total = t.net + t.tax
FROM (SELECT x.id, coalesce(sum(m.net), 0) AS net, coalesce(sum(m.tax), 0) AS tax
  FROM unnest(%(orders)s::uuid[]) AS x (id)
  LEFT JOIN (SELECT order_id, net, tax FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s)
    UNION ALL SELECT order_id, net, tax FROM order_charges WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s)
  ) m ON m.order_id = x.id GROUP BY x.id) t
WHERE o.tenant_id = %(tenant)s AND o.id = t.id RETURNING o.id, o.total
"""
_TERMS = """
UPDATE orders o SET prepay_required = o.prepay_required + x.required, credit_released = o.credit_released + x.released
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, required numeric, released numeric)
WHERE o.tenant_id = %(tenant)s AND o.id = x.id
"""
_EXPOSED = """
UPDATE orders SET credit_exposed = credit_exposed + %(by)s, credit_account_id = %(account)s
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A share on its way: from one order to a numbered place in another."""

    from_order: UUID
    to_order: UUID
    line_no: int
    share: Share


def open_promises(work: Work, order_id: UUID) -> tuple[OpenPromise, ...]:
    """What locations have promised to the order and not shipped, oldest first."""
    rows = work.rows(_PROMISES, {"tenant": work.tenant_id, "order": order_id})
    return tuple(OpenPromise(*row) for row in rows)


def write_move(work: Work, order_id: UUID, kind: str, *, rule: str = "", note: str = "") -> UUID:
    """The row of one split or merge; its lines are written by `write_moved`."""
    move_id = new_id()
    work.execute(
        _MOVE,
        {
            "tenant": work.tenant_id, "id": move_id, "order": order_id, "kind": kind, "rule": rule, "note": note,
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    return move_id


def write_moved(
    work: Work, move_id: UUID, moves: Sequence[Moved], promises: Mapping[UUID, OpenPromise], *, currency: str,
    reason: str,
) -> None:  # fmt: skip
    """Moves the lines' rows, or parts of them, with their promises and discounts, and keeps what was moved.

    promises  the open promises of every order that lines leave
    """
    parameters = {
        "tenant": work.tenant_id,
        "now": work.now,
        "actor": work.actor.name,
        "reason": reason,
        "move": move_id,
    }
    parts = [_part(move) for move in moves if not move.share.whole]
    promised = [_promise(move, key, units) for move in moves if not move.share.whole
                for key, units in move.share.piece.promised.items()]  # fmt: skip
    if parts:
        work.execute(_PARTS, {**parameters, "parts": dumps(parts)})
        split_adjustments(work, currency, parts)
        copy_plans(work, ((part["from_line"], part["to_line"], part["units"]) for part in parts))
    if whole := [move for move in moves if move.share.whole]:
        rows = [{"line": m.share.line.id, "to_order": m.to_order, "line_no": m.line_no} for m in whole]
        work.execute(_WHOLE, {**parameters, "whole": dumps(rows)})
        follow_lines(work, [move.share.line.id for move in whole])
    if promised:
        work.execute(_PROMISED, {**parameters, "promised": dumps(promised)})
    write_movements(work, _movements(moves, promises), reason=reason)
    fit_instalments(work, *{order for move in moves for order in (move.from_order, move.to_order)})
    work.execute(_MOVED, {**parameters, "moved": dumps([_kept(move) for move in moves])})


def retotal(work: Work, orders: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Derives the orders' totals from their lines and charges. order -> total"""
    rows = work.rows(_RETOTAL, {"tenant": work.tenant_id, "orders": list(orders)})
    return {row.id: row.total for row in rows}


def move_terms(work: Work, changes: Mapping[UUID, tuple[Decimal, Decimal]]) -> None:
    """order -> what joins (or leaves) what is to be paid in advance, and what finance released of its risk"""
    rows = [
        {"id": order, "required": required, "released": released} for order, (required, released) in changes.items()
    ]
    work.execute(_TERMS, {"tenant": work.tenant_id, "rows": dumps(rows)})


def move_exposure(
    work: Work, account_id: UUID | None, from_order: UUID, to_order: UUID, amount: Decimal, *, cause: str
) -> None:
    """What one order counted to its account is from now on counted by another; the account's sum stays.

    account_id  on which `from_order` counts. The other may have had none: what is paid in advance counts nowhere until
                it is paid
    """
    if account_id is None or not amount:
        return
    for order, by in ((from_order, -amount), (to_order, amount)):
        book_exposure(work, account_id, "open_orders", by, cause=cause, order_id=order)
        work.execute(_EXPOSED, {"tenant": work.tenant_id, "order": order, "by": by, "account": account_id})


def _part(move: Moved) -> dict[str, Any]:
    share = move.share
    return {
        "from_line": share.line.id, "to_line": share.to_line, "to_order": move.to_order, "line_no": move.line_no,
        "units": share.piece.units, "allocated": share.piece.units - share.piece.open,
        "backordered": share.backordered, **_money(share),
    }  # fmt: skip


def _kept(move: Moved) -> dict[str, Any]:
    share = move.share
    return {
        "id": new_id(), "from_order": move.from_order, "to_order": move.to_order, "from_line": share.line.id,
        "to_line": share.to_line, "line_no": share.line.line_no, "units": share.piece.units, **_money(share),
    }  # fmt: skip


def _money(share: Share) -> dict[str, Decimal]:
    return {"net": share.net, "tax": share.tax, "gross": share.gross, "discount": share.discount}


def _promise(move: Moved, key: UUID, units: Decimal) -> dict[str, Any]:
    return {"id": key, "new_id": new_id(), "to_order": move.to_order, "to_line": move.share.to_line, "units": units}


def _movements(moves: Sequence[Moved], promises: Mapping[UUID, OpenPromise]) -> list[dict[str, Any]]:
    return [
        row
        for move in moves
        for key, units in move.share.piece.promised.items()
        for row in change_hands(promises[key], units, move.from_order, move.to_order)
    ]


def change_hands(promise: OpenPromise, units: Decimal, from_order: UUID, to_order: UUID) -> list[dict[str, Any]]:
    """The pair of movements by which promised units become another order's."""
    place = {"sku_id": promise.sku_id, "location_id": promise.location_id, "lot_id": promise.lot_id}
    return [
        {"id": new_id(), "kind": kind, "order_id": order, "units": change, **place}
        for kind, order, change in (("released", from_order, -units), ("allocated", to_order, units))
    ]


def write_movements(work: Work, movements: Sequence[Mapping[str, Any]], *, reason: str) -> None:
    if movements:
        work.execute(
            _MOVEMENTS,
            {
                "tenant": work.tenant_id, "movements": dumps(movements), "reason": reason, "now": work.now,
                "actor": work.actor.name,
            },
        )  # fmt: skip
