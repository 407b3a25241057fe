"""Writes firm promises: allocations, positions, movements and the lines' ledgers, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.allocation.plan import Pick
from oms.allocation.promise_sql import PROMISES, promise_rows

_WRITE = f"""
WITH {PROMISES}, wanted AS (
  SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, backordered numeric)
)
UPDATE order_lines l
SET allocated = l.allocated + coalesce(x.quantity, 0), backordered = w.backordered
FROM wanted w
LEFT JOIN (SELECT line_id, sum(quantity) AS quantity FROM picks GROUP BY line_id) x ON x.line_id = w.id
WHERE l.tenant_id = %(tenant)s AND l.id = w.id
"""


def write_picks(work: Work, order_id: UUID, picks: Sequence[Pick], backordered: Mapping[UUID, Decimal]) -> None:
    """backordered  line -> units that nobody could promise; every line of the order that was planned is in it"""
    lines = [{"id": line, "backordered": units} for line, units in backordered.items()]
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "picks": dumps(promise_rows(order_id, picks)), "lines": dumps(lines),
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
