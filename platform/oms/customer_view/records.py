"""What stands behind a customer's record: names in channels, merges, grades."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_RECORDS = """
SELECT
  (SELECT coalesce(jsonb_agg(to_jsonb(i) - 'tenant_id' ORDER BY i.channel, i.outside_id), '[]')
    FROM customer_identities i WHERE i.tenant_id = %(tenant)s AND i.customer_id = %(customer)s) AS identities,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'number', l.number, 'name', l.name, 'at', m.at,
      'actor', m.actor, 'note', m.note, 'undone_at', m.undone_at, 'undone_by', m.undone_by,
      'moved', (SELECT count(*) FROM customer_merge_rows r WHERE r.tenant_id = %(tenant)s AND r.merge_id = m.id))
      ORDER BY m.id DESC), '[]')
    FROM customer_merges m JOIN customers l ON l.tenant_id = %(tenant)s AND l.id = m.loser_id
    WHERE m.tenant_id = %(tenant)s AND m.winner_id = %(customer)s) AS merges,
  (SELECT coalesce(jsonb_agg(to_jsonb(g) - 'tenant_id' ORDER BY g.id DESC), '[]') FROM (
    SELECT * FROM customer_grade_changes g WHERE g.tenant_id = %(tenant)s AND g.customer_id = %(customer)s
    ORDER BY g.id DESC LIMIT 20) g) AS grades
"""
_BY_NUMBER = """
SELECT w.id, w.number FROM customers c JOIN customers w ON w.tenant_id = %(tenant)s AND w.id = c.merged_into
WHERE c.tenant_id = %(tenant)s AND c.id = %(customer)s
"""


def records_of(work: Work, customer_id: UUID) -> Any:
    """identities, merges (newest first), grades (newest first), each a list of JSON objects. One statement."""
    return work.row(_RECORDS, {"tenant": work.tenant_id, "customer": customer_id})


def taken_over_by(work: Work, customer_id: UUID) -> Any | None:
    """(id, number) of the customer that this one was merged into, where it was."""
    return work.row(_BY_NUMBER, {"tenant": work.tenant_id, "customer": customer_id})
