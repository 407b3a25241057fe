"""The orders that an order was split into, came from, or was merged with, and what of it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kernel.db import Work

_RELATED = """
SELECT b.id, b.number, b.status, b.fulfilment_status, b.total, b.currency,
  CASE WHEN b.id = a.parent_id THEN 'parent' WHEN b.id = a.merged_into THEN 'into'
    WHEN b.merged_into = a.id THEN 'merged' WHEN b.parent_id = a.id THEN 'child' ELSE 'sibling' END AS relation
FROM orders a JOIN orders b ON b.tenant_id = a.tenant_id AND b.id <> a.id
  AND (b.id IN (a.parent_id, a.merged_into) OR b.parent_id = a.id OR b.merged_into = a.id OR b.parent_id = a.parent_id)
WHERE a.tenant_id = %(tenant)s AND a.id = %(order)s AND a.status <> 'draft'
  AND (%(customers)s::uuid[] IS NULL OR b.customer_id = ANY(%(customers)s))
ORDER BY b.number
"""
_MOVES = """
SELECT m.id, m.kind, m.rule, m.note, m.at, m.actor, m.undone_at,
  (SELECT array_agg(DISTINCT o.number ORDER BY o.number) FROM order_moved_lines x
    JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = CASE m.kind WHEN 'split' THEN x.to_order ELSE x.from_order END
    WHERE x.tenant_id = %(tenant)s AND x.move_id = m.id) AS numbers
FROM order_moves m WHERE m.tenant_id = %(tenant)s AND m.order_id = %(order)s ORDER BY m.id DESC LIMIT 50
"""


@dataclass(frozen=True, slots=True)
class Relative:
    """relation: parent, child, sibling, into (took its lines) or merged (its lines came here)"""

    id: UUID
    number: str
    status: str
    fulfilment_status: str
    total: Decimal
    currency: str
    relation: str


@dataclass(frozen=True, slots=True)
class Move:
    """A split or merge of this order. numbers: of the orders that came of it or went into it"""

    id: UUID
    kind: str
    rule: str
    note: str
    at: datetime
    actor: str
    undone_at: datetime | None
    numbers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Family:
    relatives: tuple[Relative, ...]
    moves: tuple[Move, ...]


def read_family(work: Work, order_id: UUID) -> Family:
    """In two statements; the order itself must be within reach."""
    parameters = {"tenant": work.tenant_id, "order": order_id, "customers": work.actor.reach_list("customer")}
    return Family(
        relatives=tuple(Relative(*row) for row in work.rows(_RELATED, parameters)),
        moves=tuple(Move(**{**row._asdict(), "numbers": row.numbers or ()}) for row in work.rows(_MOVES, parameters)),
    )
