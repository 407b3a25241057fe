"""Asks a buyer what shall become of units that he waits for: by mail with a link, and in his portal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.backorders.errors import BackorderNotFound
from oms.backorders.queries import expected_days
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import lock_placed_order
from oms.orders.record import record_event

VALID_DAYS = 14
# A question that is open stays so, with what is known today: the link in an earlier mail keeps working.
_ASK = """
INSERT INTO backorder_questions (tenant_id, id, order_id, line_id, units, expected_on, asked_at, asked_by, expires_at)
VALUES (%(tenant)s, %(id)s, %(order)s, %(line)s, %(units)s, %(expected_on)s, %(now)s, %(actor)s, %(expires_at)s)
ON CONFLICT (tenant_id, line_id) WHERE answer = ''
DO UPDATE SET units = excluded.units, expected_on = excluded.expected_on, asked_at = excluded.asked_at,
  asked_by = excluded.asked_by, expires_at = excluded.expires_at
RETURNING id
"""
_OPEN = """
SELECT q.id, q.order_id, q.line_id, q.units, q.expected_on, q.asked_at, q.expires_at, q.answer, q.substitute,
  q.answered_at, o.number, o.status, o.customer_id, c.name AS customer_name, l.sku, l.sku_id, l.name, s.base_unit,
  l.backordered, l.ordered - l.cancelled - l.allocated AS open
FROM backorder_questions q
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = q.order_id
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.id = q.line_id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
WHERE q.tenant_id = %(tenant)s AND (%(id)s::uuid IS NULL OR q.id = %(id)s)
  AND (%(order)s::uuid IS NULL OR (q.order_id = %(order)s AND q.answer = '' AND q.expires_at > %(now)s))
ORDER BY l.line_no
"""
_SUBSTITUTES = """
SELECT x.sku_id, s.code, s.name FROM sku_substitutes x
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.substitute_id AND s.active
WHERE x.tenant_id = %(tenant)s AND x.sku_id = ANY(%(skus)s) ORDER BY x.sku_id, x.rank, s.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBuyer:
    """lines  that wait; empty: all of the order that do"""

    order_id: UUID
    lines: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a buyer is asked. units: base units; expected_on: None where it is not known when they come; substitutes:
    (SKU, name), the first is offered first; still_waits: the line waits for units, and it can be answered"""

    id: UUID
    order_id: UUID
    line_id: UUID
    number: str
    customer_id: UUID
    customer_name: str
    sku: str
    name: str
    base_unit: str
    units: Decimal
    expected_on: date | None
    asked_at: datetime
    expires_at: datetime
    answer: str
    substitute: str
    still_waits: bool
    substitutes: tuple[tuple[str, str], ...]


def ask_buyer(work: Work, command: AskBuyer) -> tuple[UUID, ...]:
    """The questions, in the order of the lines. The mail goes out with the event.

    raises  OrderNotFound, OrderNotOpen, BackorderNotFound where a line does not wait, or none does
    """
    order = lock_placed_order(work, command.order_id)
    waiting = {line.id: line for line in order.lines if line.backordered > 0}
    wanted = command.lines or tuple(waiting)
    if not wanted or any(line not in waiting for line in wanted):
        raise BackorderNotFound()
    days = expected_days(work, {waiting[line].sku_id for line in wanted})
    asked = []
    for line in dict.fromkeys(wanted):
        parameters = {
            "tenant": work.tenant_id, "id": new_id(), "order": order.id, "line": line,
            "units": waiting[line].backordered, "expected_on": days.get(line), "now": work.now,
            "actor": work.actor.name, "expires_at": work.now + timedelta(days=VALID_DAYS),
        }  # fmt: skip
        found = work.scalar(_ASK, parameters)
        assert isinstance(found, UUID)
        asked.append(found)
    skus = ", ".join(dict.fromkeys(waiting[line].sku for line in wanted))
    record_event(work, order.id, "buyer_asked", {"skus": skus})
    facts = {"questions": [to_text("bqu", one) for one in asked]}
    put_event(work, OrderChangedEvent("order.backorder_asked", order.id, order.number, facts))
    return tuple(asked)


def read_question(work: Work, question_id: UUID) -> Question | None:
    found = _questions(work, question_id=question_id)
    return found[0] if found else None


def open_questions(work: Work, order_id: UUID) -> Sequence[Question]:
    """Of an order that the caller may see, in the order of its lines."""
    return _questions(work, order_id=order_id)


def _questions(work: Work, *, question_id: UUID | None = None, order_id: UUID | None = None) -> list[Question]:
    parameters = {"tenant": work.tenant_id, "id": question_id, "order": order_id, "now": work.now}
    rows = work.rows(_OPEN, parameters)
    skus = [row.sku_id for row in rows]
    offered: dict[UUID, list[tuple[str, str]]] = {}
    for row in work.rows(_SUBSTITUTES, {"tenant": work.tenant_id, "skus": skus}) if skus else ():
        offered.setdefault(row.sku_id, []).append((row.code, row.name))
    return [_question(work, row, tuple(offered.get(row.sku_id, ()))) for row in rows]


def _question(work: Work, row: Any, substitutes: tuple[tuple[str, str], ...]) -> Question:
    waits = row.status == "placed" and row.backordered > 0 and row.answer == "" and row.expires_at > work.now
    return Question(
        id=row.id, order_id=row.order_id, line_id=row.line_id, number=row.number, customer_id=row.customer_id,
        customer_name=row.customer_name, sku=row.sku, name=row.name, base_unit=row.base_unit,
        units=row.backordered if waits else row.units, expected_on=row.expected_on, asked_at=row.asked_at,
        expires_at=row.expires_at, answer=row.answer, substitute=row.substitute, still_waits=waits,
        substitutes=substitutes,
    )  # fmt: skip
