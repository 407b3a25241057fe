"""Computes the fields of all rows of an entity anew, after a release changed how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kernel import settings
from kernel.db import Work
from kernel.db.json import dumps
from low_code.expressions import Environment, canonical
from low_code.field_index.run_batches import Batch, RunSteps, table_of
from low_code.kinds.fields.compile import EntityFields
from low_code.registry import Configuration, DocumentUnknown
from oms.fields.judge_values import entity_fields
from oms.fields.known import find_known
from oms.orders.order_values import values_of_orders
from oms.upkeep.compute_order import compute_order, compute_row
from oms.upkeep.row_subjects import ROW_KINDS

# Whose rows are computed together: an order with its lines.
COMPUTED_WITH = {"order": ("order", "order_line"), "customer": ("customer",), "product": ("product",),
                 "location": ("location",)}  # fmt: skip
_NEXT = """
SELECT id FROM {table} WHERE tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(size)s
"""
_ORDERS = (
    "SELECT id, custom FROM orders WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"
)
_LINES = """
SELECT order_id, id, custom FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = ANY(%(ids)s)
ORDER BY order_id, line_no
"""
_WRITE = """
UPDATE {table} r SET custom = x.custom FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, custom jsonb)
WHERE r.tenant_id = %(tenant)s AND r.id = x.id
"""


def compute_batch(work: Work, entity: str, after: UUID | None) -> Batch:
    """The next rows by id. Drafts of orders are rows too."""
    size = max(1, settings.get_int("ORDERLOOM_FIELD_BATCH") // 4)  # a row costs more here than in the database
    parameters = {"tenant": work.tenant_id, "after": after, "size": size}
    ids = [row.id for row in work.rows(_NEXT.format(table=table_of(entity)), parameters)]
    if ids:
        _compute_orders(work, ids) if entity == "order" else _compute_rows(work, entity, ids)
    return Batch(ids)


def _compute_orders(work: Work, ids: Sequence[UUID]) -> None:
    name = {"tenant": work.tenant_id, "ids": list(ids)}
    orders = work.rows(_ORDERS, name)
    lines: dict[UUID, list[Any]] = {}
    for line in work.rows(_LINES, name):
        lines.setdefault(line.order_id, []).append(line)
    values = values_of_orders(work, ids)
    changed: list[dict[str, Any]] = []
    changed_lines: list[dict[str, Any]] = []
    for order in orders:
        own = lines.get(order.id, [])
        custom, custom_lines = compute_order(work, order.custom, [line.custom for line in own], values[order.id])
        if custom != order.custom:
            changed.append({"id": order.id, "custom": custom})
        changed_lines += [
            {"id": line.id, "custom": new} for line, new in zip(own, custom_lines, strict=True) if new != line.custom
        ]
    _write(work, "orders", changed)
    _write(work, "order_lines", changed_lines)


def _compute_rows(work: Work, entity: str, ids: Sequence[UUID]) -> None:
    fields, kind = entity_fields(work, entity), ROW_KINDS[entity]
    if fields is None:
        return
    rows = work.rows(kind.select, {"tenant": work.tenant_id, "ids": list(ids)})
    known = find_known(work, entity, {one for row in rows for one in fields.wanted(row.custom)})
    moment = Environment(now=work.now, today=work.today)
    changed = []
    for row in rows:
        kept = dict(row.custom)
        compute_row(fields, kept, kind.subject(row), moment, known)
        if kept != row.custom:
            changed.append({"id": row.id, "custom": kept})
    _write(work, kind.table, changed)


def _write(work: Work, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        work.execute(_WRITE.format(table=table), {"tenant": work.tenant_id, "rows": dumps(rows)})


COMPUTE = RunSteps(
    kind="compute", may_start=lambda work, entity: True, batch=compute_batch, finish=lambda work, entity: None
)


def computed_differently(before: Configuration, after: Configuration, entity: str) -> bool:
    """Whether a row of the entity could come to other values under `after`."""
    return any(_computation(before, one) != _computation(after, one) for one in COMPUTED_WITH[entity])


def _computation(configuration: Configuration, entity: str) -> dict[str, Any]:
    """What is computed and how; {} where nothing is."""
    try:
        fields: EntityFields = configuration.compiled("fields", entity)
    except DocumentUnknown:
        return {}
    return {
        key: (
            canonical(one.checked["formula"]) if one.compute else None, one.lookup, one.kept_as, one.scale, one.retired,
        )
        for key, one in fields.fields.items()
        if one.compute or one.lookup
    }  # fmt: skip
