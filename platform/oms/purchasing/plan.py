"""Which of a buyer's limits an order would cross: a pure decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """site_id  None: over all sites; amounts with tax, in the tenant's currency, None: no limit"""

    site_id: UUID | None
    per_order: Decimal | None
    per_month: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """limit: per_order or per_month; spent: this month before the order, 0 for per_order"""

    limit: str
    site_id: UUID | None
    most: Decimal
    spent: Decimal
    total: Decimal

    def to_json(self) -> dict[str, Any]:
        return {
            "limit": self.limit, "site": str(self.site_id) if self.site_id else None, "most": str(self.most),
            "spent": str(self.spent), "total": str(self.total),
        }  # fmt: skip


def crossed_limits(
    limits: Sequence[Limit], *, site_id: UUID | None, total: Decimal, spent: Mapping[UUID | None, Decimal]
) -> tuple[Crossed, ...]:
    """What an order of `total` for `site_id` would cross; () where it may be placed.

    spent  site -> this month's orders of the buyer, without this one
    """
    found = []
    for limit in limits:
        if limit.site_id not in (None, site_id):
            continue
        if limit.per_order is not None and total > limit.per_order:
            found.append(
                Crossed(
                    limit="per_order", site_id=limit.site_id, most=limit.per_order, spent=Decimal(0), total=total
                )
            )  # fmt: skip
        before = spent.get(site_id, Decimal(0)) if limit.site_id else sum(spent.values(), Decimal(0))
        if limit.per_month is not None and before + total > limit.per_month:
            found.append(
                Crossed(limit="per_month", site_id=limit.site_id, most=limit.per_month, spent=before, total=total)
            )
    return tuple(found)
