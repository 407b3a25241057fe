"""Changes custom values of an order that was placed, and of its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import to_text
from kernel.outbox import put_message
from low_code.flows.restart_approval import SubjectWasChanged, subject_was_changed
from oms.fields.judge_values import entity_fields, judge_values, take_files_of
from oms.orders.errors import OrderNotOpen
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event
from oms.placement.start_order_approval import SUBJECT
from oms.upkeep.compute_order import compute_order
from oms.upkeep.records import told_changes
from tenants.access.audit import audit

LINE_UNKNOWN = N_("The order has no such line.")
_WRITE = """
UPDATE orders SET custom = %(custom)s::jsonb, version = version + 1
WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING version
"""
_WRITE_LINES = """
UPDATE order_lines l SET custom = x.custom FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, custom jsonb)
WHERE l.tenant_id = %(tenant)s AND l.id = x.id
"""
_LINES = """
SELECT id, line_no, custom FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(order)s ORDER BY line_no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrderFields:
    """custom  field key -> raw value; fields that are left out stay as they are
    lines   line id -> the same of that line
    """

    order_id: UUID
    custom: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFieldsChanged:
    """keys: of the fields that changed, those of lines as "line.<key>"; () where nothing did"""

    topic = "order.fields_changed"

    order_id: UUID
    version: int
    keys: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"order_id": to_text("ord", self.order_id), "version": self.version, "fields": list(self.keys)}


def change_order_fields(work: Work, command: ChangeOrderFields) -> OrderFieldsChanged:
    """Raises OrderNotFound, OrderChanged, OrderNotOpen, Invalid with every fault."""
    order = lock_order(work, command.order_id, expected_version=command.expected_version)
    if order.status not in {"placed", "closed"}:
        raise OrderNotOpen(number=order.number, status=order.status)
    rows = work.rows(_LINES, {"tenant": work.tenant_id, "order": order.id})
    values = order_values(work, order.id)
    custom, lines = _judge(work, command, order.custom, rows, values)
    custom, lines = compute_order(work, custom, lines, values)
    keys = _differences(order.custom, custom, [row.custom for row in rows], lines)
    if not keys:
        return OrderFieldsChanged(order_id=order.id, version=order.version, keys=())
    version = work.scalar(_WRITE, {"tenant": work.tenant_id, "id": order.id, "custom": dumps(custom)})
    changed = [{"id": row.id, "custom": own} for row, own in zip(rows, lines, strict=True) if own != row.custom]
    if changed:
        work.execute(_WRITE_LINES, {"tenant": work.tenant_id, "rows": dumps(changed)})
    take_files_of(work, entity_fields(work, "order"), order.id, custom, order.custom)
    for row, own in zip(rows, lines, strict=True):
        take_files_of(work, entity_fields(work, "order_line"), row.id, own, row.custom)
    outcome = OrderFieldsChanged(order_id=order.id, version=int(version), keys=tuple(keys))
    _record(work, outcome, order.custom, custom, rows, lines)
    revised = order_values(work, order.id)
    subject_was_changed(
        work,
        SubjectWasChanged(subject_kind=SUBJECT, subject_id=order.id, subject_revision=outcome.version, values=revised),
    )
    return outcome


def _judge(
    work: Work, command: ChangeOrderFields, stored: Mapping[str, Any], rows: list[Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    judged = judge_values(
        work, "order", command.custom, row=values, stored=stored, row_id=command.order_id, partial=True
    )
    problems = list(judged.problems)
    known = {row.id for row in rows}
    problems += [
        Problem(f"/lines/{to_text('lin', line)}", "line_unknown", LINE_UNKNOWN) for line in command.lines.keys() - known
    ]
    lines: list[dict[str, Any]] = []
    for row, line in zip(rows, values["order"]["lines"], strict=True):
        given = command.lines.get(row.id)
        if given is None:
            lines.append(dict(row.custom))
            continue
        own = judge_values(
            work, "order_line", given, row={**values, "line": line}, stored=row.custom, row_id=row.id, partial=True,
            pointer=f"/lines/{to_text('lin', row.id)}/custom",
        )  # fmt: skip
        problems += own.problems
        lines.append(own.values)
    if problems:
        raise Invalid(problems=problems)
    return judged.values, lines


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], lines_before: list[Any], lines_after: list[dict[str, Any]]
) -> list[str]:
    found = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    for old, new in zip(lines_before, lines_after, strict=True):
        found |= {f"line.{key}" for key in {*old, *new} if old.get(key) != new.get(key)}
    return sorted(found)


def _record(
    work: Work, outcome: OrderFieldsChanged, before: Mapping[str, Any], after: Mapping[str, Any], rows: list[Any],
    lines: list[dict[str, Any]],
) -> None:  # fmt: skip
    record_event(work, outcome.order_id, "fields_changed", {"keys": list(outcome.keys)})
    told = told_changes(entity_fields(work, "order"), before, after)
    for row, own in zip(rows, lines, strict=True):
        told |= told_changes(entity_fields(work, "order_line"), row.custom, own, f"line {row.line_no}.")
    audit(work, "order.change_fields", "order", to_text("ord", outcome.order_id), told)
    put_message(work, outcome.topic, outcome.to_json())
