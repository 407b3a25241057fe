"""Keeps planned deliveries true to lines that have changed: the last step of whatever changes quantities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.instalments.plan import Instalment, fitted

# A line that went to another order takes its plan along.
_FOLLOW = """
UPDATE order_instalments i SET order_id = l.order_id FROM order_lines l
WHERE i.tenant_id = %(tenant)s AND l.tenant_id = %(tenant)s AND l.id = i.line_id AND i.order_id <> l.order_id
  AND l.order_id = ANY(%(orders)s)
"""
_PLANS = """
SELECT i.line_id, i.due_on, i.quantity, l.ordered - l.cancelled AS wanted FROM order_instalments i
JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.id = i.line_id
WHERE i.tenant_id = %(tenant)s AND l.order_id = ANY(%(orders)s) ORDER BY i.line_id, i.due_on
"""
_INSERT = """
INSERT INTO order_instalments (tenant_id, id, order_id, line_id, due_on, quantity)
SELECT %(tenant)s, x.id, l.order_id, x.line_id, x.due_on, x.quantity
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, line_id uuid, due_on date, quantity numeric)
JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.id = x.line_id
"""


def fit_instalments(work: Work, *order_ids: UUID) -> None:
    """Makes the plans of these orders add up to what their lines want now. Twice changes nothing.

    The last deliveries shrink first, so what was due first, and may be promised already, stays; a line of which
    nothing is left has no plan left either. Call it after quantities have changed, in the same transaction.
    """
    parameters = {"tenant": work.tenant_id, "orders": list(order_ids)}
    work.execute(_FOLLOW, parameters)
    plans: dict[UUID, tuple[Decimal, list[Instalment]]] = {}
    for row in work.rows(_PLANS, parameters):
        plans.setdefault(row.line_id, (row.wanted, []))[1].append(Instalment(due_on=row.due_on, quantity=row.quantity))
    wrong = {
        line: fitted(plan, wanted)
        for line, (wanted, plan) in plans.items()
        if sum(one.quantity for one in plan) != wanted
    }
    if wrong:
        replace_plans(work, wrong)


def copy_plans(work: Work, moved: Iterable[tuple[UUID, UUID, Decimal]]) -> None:
    """Gives parts of lines that became lines of their own their share of the plan, delivery by delivery.

    moved  (line that it left, new line, units that went) each
    """
    rows = list(moved)
    plans = read_plans(work, [line for line, _, _ in rows])
    made: dict[UUID, tuple[Instalment, ...]] = {}
    taken: dict[UUID, list[Instalment]] = {line: list(plan) for line, plan in plans.items()}
    for line, new_line, units in rows:
        if line not in taken:
            continue
        made[new_line], taken[line] = _cut_off(taken[line], units)
    if made:
        replace_plans(work, {**made, **{line: tuple(plan) for line, plan in taken.items()}})


def join_plans(work: Work, back: Mapping[UUID, UUID]) -> None:
    """Parts that flow back into the line that they came from (part -> line) bring their planned deliveries along."""
    plans = read_plans(work, {*back, *back.values()})
    joined: dict[UUID, tuple[Instalment, ...]] = {part: () for part in back if part in plans}
    days: dict[UUID, dict[date, Decimal]] = {}
    for part, line in back.items():
        if part not in plans:
            continue
        of_line = days.setdefault(line, {one.due_on: one.quantity for one in plans.get(line, ())})
        for one in plans[part]:
            of_line[one.due_on] = of_line.get(one.due_on, Decimal(0)) + one.quantity
    joined |= {
        line: tuple(Instalment(due_on=day, quantity=units) for day, units in sorted(of_line.items()))
        for line, of_line in days.items()
    }
    if joined:
        replace_plans(work, joined)


def _cut_off(plan: Sequence[Instalment], units: Decimal) -> tuple[tuple[Instalment, ...], list[Instalment]]:
    """(what goes, what stays): units in proportion to each delivery, whole ones where all are whole."""
    total = sum((one.quantity for one in plan), Decimal(0))
    whole = all(one.quantity == one.quantity.to_integral_value() for one in plan) and units % 1 == 0
    digits = Decimal(1) if whole else Decimal("0.0001")
    goes: list[Decimal] = []
    before = Decimal(0)
    for one in plan:  # cumulative rounding: the parts add up to `units` exactly
        before += one.quantity
        share = (units * before / total).quantize(digits) - sum(goes, Decimal(0))
        goes.append(min(max(share, Decimal(0)), one.quantity))
    missing = units - sum(goes, Decimal(0))
    for index, one in enumerate(plan):  # rounding may leave a rest; it goes with the earliest that have room
        more = min(missing, one.quantity - goes[index])
        goes[index] += more
        missing -= more
    pairs = list(zip(plan, goes, strict=True))
    gone = tuple(Instalment(due_on=one.due_on, quantity=share) for one, share in pairs if share)
    stays = [
        Instalment(due_on=one.due_on, quantity=one.quantity - share) for one, share in pairs if one.quantity > share
    ]
    return gone, stays


def read_plans(work: Work, lines: Iterable[UUID]) -> dict[UUID, tuple[Instalment, ...]]:
    """Line -> its planned deliveries, the earliest first; lines without any are missing."""
    found: dict[UUID, list[Instalment]] = {}
    for row in work.rows(
        "SELECT line_id, due_on, quantity FROM order_instalments WHERE tenant_id = %(tenant)s"
        " AND line_id = ANY(%(lines)s) ORDER BY line_id, due_on",
        {"tenant": work.tenant_id, "lines": list(lines)},
    ):
        found.setdefault(row.line_id, []).append(Instalment(due_on=row.due_on, quantity=row.quantity))
    return {line: tuple(plan) for line, plan in found.items()}


def replace_plans(work: Work, plans: Mapping[UUID, Sequence[Instalment]]) -> None:
    """Line -> the plan that it has from now on; () for none."""
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "line_id": line, "due_on": one.due_on, "quantity": one.quantity}
        for line, plan in plans.items()
        for one in plan
    ]
    parameters = {"tenant": work.tenant_id, "lines": list(plans)}
    work.execute("DELETE FROM order_instalments WHERE tenant_id = %(tenant)s AND line_id = ANY(%(lines)s)", parameters)
    if rows:
        work.execute(_INSERT, {**parameters, "rows": dumps(rows)})
