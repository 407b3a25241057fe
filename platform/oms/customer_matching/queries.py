"""Pairs of customers that may be the same: found by rules as they came, or searched for among all by equal keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.customer_matching.errors import SuspectNotFound
from tenants.access.audit import audit

_OPEN = """
SELECT s.id, s.rule, s.found_at, one.id AS one_id, one.number AS one_number, one.name AS one_name,
  one.phone AS one_phone, one.email AS one_email, other.id AS other_id, other.number AS other_number,
  other.name AS other_name, other.phone AS other_phone, other.email AS other_email
FROM customer_suspects s
JOIN customers one ON one.tenant_id = %(tenant)s AND one.id = s.one_id AND one.merged_into IS NULL
JOIN customers other ON other.tenant_id = %(tenant)s AND other.id = s.other_id AND other.merged_into IS NULL
WHERE s.tenant_id = %(tenant)s AND s.status = 'open'
  AND (%(customers)s::uuid[] IS NULL OR (one.id = ANY(%(customers)s) AND other.id = ANY(%(customers)s)))
  AND (%(after)s::uuid IS NULL OR s.id < %(after)s)
ORDER BY s.id DESC LIMIT %(limit)s
"""
# Pairs by equal keys; groups of more than ten (a shared switchboard) say nothing.
_SEARCH = """
WITH keyed AS (
  SELECT c.id, k.kind, k.value, count(*) OVER (PARTITION BY k.kind, k.value) AS together
  FROM customers c CROSS JOIN LATERAL (VALUES ('phone', c.phone_key), ('email', c.email_key), ('tax_number', c.tax_key))
    AS k (kind, value)
  WHERE c.tenant_id = %(tenant)s AND c.merged_into IS NULL AND c.active AND k.value IS NOT NULL
), pairs AS (
  SELECT DISTINCT ON (a.id, b.id) a.id AS one_id, b.id AS other_id, a.kind
  FROM keyed a JOIN keyed b ON b.kind = a.kind AND b.value = a.value AND b.id > a.id
  WHERE a.together BETWEEN 2 AND 10 ORDER BY a.id, b.id, a.kind
)
INSERT INTO customer_suspects (tenant_id, id, one_id, other_id, rule, found_at)
SELECT %(tenant)s, new_id(), one_id, other_id, 'search#' || kind, %(now)s FROM pairs
ON CONFLICT (tenant_id, one_id, other_id) DO NOTHING
"""
_DISMISS = """
UPDATE customer_suspects SET status = 'dismissed', decided_at = %(now)s, decided_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND status = 'open'
  AND (%(customers)s::uuid[] IS NULL OR (one_id = ANY(%(customers)s) AND other_id = ANY(%(customers)s)))
RETURNING one_id
"""


def open_suspects(work: Work, *, limit: int = 50, after: UUID | None = None) -> list[Any]:
    """Newest first, both within reach."""
    parameters = {
        "tenant": work.tenant_id, "customers": work.actor.reach_list("customer"), "limit": limit, "after": after
    }  # fmt: skip
    return work.rows(_OPEN, parameters)


def search_duplicates(work: Work) -> int:
    """Looks through all active customers for equal phones, e-mails and tax numbers; how many new pairs there are.

    A pair that a person dismissed is not found again.
    """
    found = work.execute(_SEARCH, {"tenant": work.tenant_id, "now": work.now})
    audit(work, "customers.search_duplicates", "customers", "all", {"found": (None, found)})
    return found


def dismiss_suspect(work: Work, suspect_id: UUID) -> None:
    """They are two. Raises SuspectNotFound."""
    row = work.row(
        _DISMISS,
        {
            "tenant": work.tenant_id, "id": suspect_id, "now": work.now, "actor": work.actor.name,
            "customers": work.actor.reach_list("customer"),
        },
    )  # fmt: skip
    if row is None:
        raise SuspectNotFound()
    audit(work, "customer.not_a_duplicate", "customer", to_text("cus", row.one_id))
