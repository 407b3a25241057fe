"""When fields were retired, and the end of their values."""

from __future__ import annotations

from datetime import timedelta

from kernel.db import Work
from low_code.field_index.assign_slots import fields_in_force
from low_code.field_index.run_batches import table_of
from low_code.kinds.fields.check_kept import PURGE_DAYS
from low_code.registry import installed
from tenants.access.audit import audit

AT_ONCE = 5_000
_RETIRE = """
INSERT INTO field_retirements (tenant_id, entity, key, retired_at)
SELECT %(tenant)s, %(entity)s, key, %(now)s FROM unnest(%(retired)s::text[]) key
ON CONFLICT (tenant_id, entity, key) DO NOTHING
"""
_TAKE_BACK = """
DELETE FROM field_retirements WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND key = ANY(%(used)s)
"""
_DUE = """
SELECT entity, key FROM field_retirements
WHERE tenant_id = %(tenant)s AND purged_at IS NULL AND retired_at < %(before)s ORDER BY entity, key
FOR UPDATE SKIP LOCKED
"""
_PURGE = """
WITH batch AS (
  SELECT id FROM {table} WHERE tenant_id = %(tenant)s AND custom ? %(key)s ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE
)
UPDATE {table} r SET custom = r.custom - %(key)s::text FROM batch b WHERE r.tenant_id = %(tenant)s AND r.id = b.id
"""
_PURGED = """
UPDATE field_retirements SET purged_at = %(now)s WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND key = %(key)s
"""
_FILES = """
DELETE FROM field_files WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND field_key = %(key)s
"""


def track_retirements(work: Work, entity: str) -> None:
    """Remembers since when fields of the release in force are retired; a field that is in use again is forgotten."""
    fields = fields_in_force(work, entity)
    all_fields = fields.fields if fields else {}
    name = {"tenant": work.tenant_id, "entity": entity, "now": work.now}
    work.execute(_RETIRE, {**name, "retired": [key for key, one in all_fields.items() if one.retired]})
    work.execute(_TAKE_BACK, {**name, "used": [key for key, one in all_fields.items() if not one.retired]})


def purge_retired(work: Work, *, at_once: int = AT_ONCE) -> int:
    """Takes values of fields out that were retired long enough ago, up to `at_once` rows; the rest has its turn with
    the next call. Returns how many rows lost a value."""
    before = work.now - timedelta(days=PURGE_DAYS)
    left, changed = at_once, 0
    for due in work.rows(_DUE, {"tenant": work.tenant_id, "before": before}):
        if left <= 0:
            break
        name = {"tenant": work.tenant_id, "entity": due.entity, "key": due.key, "limit": left, "now": work.now}
        touched = 0
        if due.entity in installed().entities and installed().entities[due.entity].table:
            touched = work.execute(_PURGE.format(table=table_of(due.entity)), name)
        changed += touched
        if touched < left:  # none is left
            work.execute(_FILES, name)
            work.execute(_PURGED, name)
            audit(work, "field.purge", "field", f"{due.entity}.{due.key}", {"values": ("kept", "purged")})
        left -= touched
    return changed
