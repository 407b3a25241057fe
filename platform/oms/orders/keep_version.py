"""Keeps the order as it stands: who, what, for how much. Two of these make a difference that people can read."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id

# What a person would call a change of the order; promises and stops have their own history.
_KEEP = """
INSERT INTO order_versions (tenant_id, id, order_id, version, cause, content, at, actor)
SELECT o.tenant_id, %(id)s, o.id, o.version, %(cause)s, jsonb_build_object(
    'number', o.number, 'status', o.status, 'currency', o.currency, 'net_total', o.net_total::text,
    'tax_total', o.tax_total::text, 'total', o.total::text, 'ship_to', o.ship_to, 'bill_to', o.bill_to,
    'requested_on', o.requested_on, 'buyer_note', o.buyer_note, 'tags', to_jsonb(o.tags), 'custom', o.custom,
    'lines', coalesce((SELECT jsonb_agg(jsonb_build_object('id', l.id, 'line_no', l.line_no, 'sku', l.sku,
        'name', l.name, 'ordered', (l.ordered - l.cancelled)::text, 'unit_price', l.unit_price::text,
        'net', l.net::text, 'tax', l.tax::text, 'gross', l.gross::text, 'custom', l.custom) ORDER BY l.line_no)
      FROM order_lines l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id AND l.ordered > l.cancelled),
      '[]'::jsonb)),
  %(now)s, %(actor)s
FROM orders o WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
ON CONFLICT (tenant_id, order_id, version) DO NOTHING
"""


def keep_version(work: Work, order_id: UUID, cause: str) -> None:
    """Under the order's lock, before the first change (it keeps what was placed) and after each.

    A version that is kept already stays as it is.
    """
    work.execute(
        _KEEP,
        {
            "tenant": work.tenant_id, "id": new_id(), "order": order_id, "cause": cause, "now": work.now,
            "actor": work.actor.name,
        },
    )  # fmt: skip
