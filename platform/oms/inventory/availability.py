"""How many units could be promised now."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from kernel.db import Work

_AVAILABLE = """
SELECT p.sku_id, sum(p.available) AS units FROM stock_positions p
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id AND l.active
WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(%(skus)s)
GROUP BY p.sku_id
"""


def available_units(work: Work, skus: Sequence[UUID]) -> dict[UUID, Decimal]:
    """SKU -> base units over all active locations; a SKU that is kept nowhere is absent."""
    rows = work.rows(_AVAILABLE, {"tenant": work.tenant_id, "skus": list(skus)})
    return {row.sku_id: row.units for row in rows}
