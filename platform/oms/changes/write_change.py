"""Writes a planned change: lines, adjustments, charges and totals of the order as it is from now on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.changes.plan_change import ChangePlan
from oms.changes.wanted import WantedLine, effective
from oms.orders.lock_order import LockedLine
from oms.placement.planned import PlannedLine

_ZERO = Decimal(0)

# Units that go are cancelled ones: what was ordered once stays to be seen. Units that come raise what is ordered.
_LINES = """
WITH x AS (
  SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, ordered numeric, cancelled numeric,
    list_price numeric, unit_price numeric, floor_price numeric, tax_class text, tax_rate numeric, discount numeric,
    net numeric, tax numeric, gross numeric)
)
UPDATE order_lines l SET ordered = x.ordered, cancelled = x.cancelled,
  backordered = least(l.backordered, x.ordered - x.cancelled - l.allocated),
  unit = CASE WHEN u.even THEN l.unit ELSE s.base_unit END,
  unit_quantity = CASE WHEN u.even THEN round(l.unit_quantity * x.ordered / l.ordered, 4) ELSE x.ordered END,
  list_price = x.list_price, unit_price = x.unit_price, floor_price = x.floor_price, tax_class = x.tax_class,
  tax_rate = x.tax_rate, discount = x.discount, net = x.net, tax = x.tax, gross = x.gross
FROM x JOIN order_lines b ON b.tenant_id = %(tenant)s AND b.id = x.id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.sku_id
CROSS JOIN LATERAL (SELECT b.ordered > 0 AND round(b.unit_quantity * x.ordered / nullif(b.ordered, 0), 4) * b.ordered
  = b.unit_quantity * x.ordered AS even) u
WHERE l.tenant_id = %(tenant)s AND l.id = x.id
"""
_EMPTIED = """
UPDATE order_lines SET cancelled = ordered, backordered = 0, discount = 0, net = 0, tax = 0, gross = 0
WHERE tenant_id = %(tenant)s AND id = ANY(%(lines)s)
"""
_ADDED = """
INSERT INTO order_lines (tenant_id, id, order_id, line_no, sku_id, sku, name, unit, unit_quantity, ordered, list_price,
  unit_price, floor_price, tax_class, tax_rate, discount, net, tax, gross, custom)
SELECT %(tenant)s, x.id, %(order)s, x.line_no, x.sku_id, x.sku, x.name, x.unit, x.unit_quantity, x.ordered,
  x.list_price, x.unit_price, x.floor_price, x.tax_class, x.tax_rate, x.discount, x.net, x.tax, x.gross, x.custom
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, line_no int, sku_id uuid, sku text, name text, unit text,
  unit_quantity numeric, ordered numeric, list_price numeric, unit_price numeric, floor_price numeric, tax_class text,
  tax_rate numeric, discount numeric, net numeric, tax numeric, gross numeric, custom jsonb)
"""
_FORGET = """
WITH taken_off AS (DELETE FROM order_adjustments WHERE tenant_id = %(tenant)s AND order_id = %(order)s)
DELETE FROM order_charges WHERE tenant_id = %(tenant)s AND order_id = %(order)s
"""
_TAKE_OFF = """
WITH taken_off AS (
  INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, coupon, amount)
  SELECT %(tenant)s, x.id, %(order)s, x.line_id, x.source, x.label, x.coupon, x.amount
  FROM jsonb_to_recordset(%(adjustments)s::jsonb)
    AS x (id uuid, line_id uuid, source text, label jsonb, coupon text, amount numeric)
)
INSERT INTO order_charges (tenant_id, id, order_id, position, kind, label, source, price, discount, waived_by,
  tax_class, tax_rate, net, tax, gross)
SELECT %(tenant)s, x.id, %(order)s, x.position, x.kind, x.label, x.source, x.price, x.discount, x.waived_by,
  x.tax_class, x.tax_rate, x.net, x.tax, x.gross
FROM jsonb_to_recordset(%(charges)s::jsonb) AS x (id uuid, position int, kind text, label jsonb, source text,
  price numeric, discount numeric, waived_by text, tax_class text, tax_rate numeric, net numeric, tax numeric,
  gross numeric)
"""
_HEAD = """
UPDATE orders SET net_total = %(net)s, tax_total = %(tax)s, total = %(total)s, credit_exposed = %(exposed)s,
  prepay_required = %(required)s,
  ship_to = %(ship_to)s::jsonb, requested_on = %(requested_on)s, buyer_note = %(buyer_note)s
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""


def write_change(work: Work, plan: ChangePlan, exposed: Decimal, required: Decimal) -> None:
    """exposed  what the order counts to its credit account from now on; the ledger entry is the caller's
    required  what is to be paid in advance of it from now on

    Promised units beyond a line's new quantity must have been released before.
    """
    parameters: dict[str, Any] = {"tenant": work.tenant_id, "order": plan.order.id}
    work.execute(_FORGET, parameters)
    changed, added, line_ids = _rows(plan)
    if changed:
        work.execute(_LINES, {**parameters, "lines": dumps(changed)})
    if plan.leaves:
        gone = [line.line.id for line in plan.leaves if line.line is not None]
        work.execute(_EMPTIED, {**parameters, "lines": gone})
    if added:
        work.execute(_ADDED, {**parameters, "lines": dumps(added)})
    adjustments = [
        {"id": new_id(), "line_id": line_id, **one.row()}
        for line_id, line in zip(line_ids, plan.planned.lines, strict=True)
        for one in line.adjustments
    ]
    charges = [{"id": new_id(), **charge.row(at)} for at, charge in enumerate(plan.planned.charges, start=1)]
    if adjustments or charges:
        rows = {"adjustments": dumps(adjustments), "charges": dumps(charges)}
        work.execute(_TAKE_OFF, {**parameters, **rows})
    work.execute(
        _HEAD,
        {
            **parameters, "net": plan.planned.net_total, "tax": plan.planned.tax_total, "total": plan.planned.total,
            "exposed": exposed, "required": required,
            "ship_to": dumps(plan.loaded.ship_to), "requested_on": plan.command.requested_on,
            "buyer_note": plan.command.buyer_note,
        },
    )  # fmt: skip


def _rows(plan: ChangePlan) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[UUID]]:
    """(lines that are there, new lines, the id of each line that stays)."""
    changed, added, ids = [], [], []
    number = max((line.line_no for line in plan.order.lines), default=0)
    for wanted, planned in plan.pairs:
        if wanted.line is not None:
            changed.append({"id": wanted.line.id, **_ledger(wanted.line, wanted), **_priced(planned)})
            ids.append(wanted.line.id)
            continue
        number += 1
        added.append(
            {
                "id": planned.id, "line_no": number, "sku_id": planned.sku.id, "sku": planned.sku.code,
                "name": planned.sku.name, "unit": planned.request.unit or planned.sku.base_unit,
                "unit_quantity": planned.request.quantity, "ordered": planned.ordered, "custom": planned.custom,
                **_priced(planned),
            }
        )  # fmt: skip
        ids.append(planned.id)
    return changed, added, ids


def _ledger(line: LockedLine, wanted: WantedLine) -> dict[str, Decimal]:
    more = wanted.quantity - effective(line)
    return {"ordered": line.ordered + max(more, _ZERO), "cancelled": line.cancelled + max(-more, _ZERO)}


def _priced(planned: PlannedLine) -> dict[str, Any]:
    return {
        "list_price": planned.list_price, "unit_price": planned.unit_price, "floor_price": planned.floor_price,
        "tax_class": planned.sku.tax_class, "tax_rate": planned.sku.tax_rate, "discount": planned.discount,
        "net": planned.amounts.net, "tax": planned.amounts.tax, "gross": planned.amounts.gross,
    }  # fmt: skip
