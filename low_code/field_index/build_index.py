"""Fills the slots and words of rows that were there before a field was indexed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel import settings
from kernel.db import Work
from low_code.field_index.columns import EVERY_SLOT
from low_code.field_index.run_batches import Batch, RunSteps, table_of
from low_code.field_index.statistics import take_statistics

# Writing `custom` over itself makes the table's trigger fill the row by what it holds when it is locked; so a writer
# who was there a moment before is not overwritten with what was read before him.
_FILL = """
WITH batch AS (
  SELECT id FROM {table} WHERE tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
  ORDER BY id LIMIT %(size)s FOR NO KEY UPDATE
), filled AS (
  UPDATE {table} r SET custom = r.custom FROM batch b
  WHERE r.tenant_id = %(tenant)s AND r.id = b.id
    AND (r.custom <> '{{}}'::jsonb OR num_nonnulls({slots}, r.custom_grams) > 0)
)
SELECT id FROM batch ORDER BY id
"""
# Who wrote before the slots were assigned did not fill them; when none of those writes any more, all rows are seen.
_OLDER_WRITERS = """
SELECT coalesce(max(assigned_xid), 0) >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM field_slots
WHERE tenant_id = %(tenant)s AND entity = %(entity)s
"""
_READY = "UPDATE field_slots SET ready = true WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND NOT ready"


def fill_batch(work: Work, entity: str, after: UUID | None) -> Batch:
    """The next rows by id, each filled by what it holds now."""
    slots = ", ".join(f"r.{column}" for column in EVERY_SLOT)
    rows: list[Any] = work.rows(
        _FILL.format(table=table_of(entity), slots=slots),
        {
            "tenant": work.tenant_id, "after": after, "size": settings.get_int("ORDERLOOM_FIELD_BATCH"),
        },
    )  # fmt: skip
    return Batch([row.id for row in rows])


def may_start(work: Work, entity: str) -> bool:
    return not work.scalar(_OLDER_WRITERS, {"tenant": work.tenant_id, "entity": entity})


def finish(work: Work, entity: str) -> None:
    """From here on lists use the slots."""
    work.execute(_READY, {"tenant": work.tenant_id, "entity": entity})
    take_statistics(work, entity)


INDEX = RunSteps(kind="index", may_start=may_start, batch=fill_batch, finish=finish)
