"""Lots by the codes that people use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import DomainError
from kernel.ids import new_id
from oms.inventory.errors import LotDiffers

_ENSURE = """
INSERT INTO lots (tenant_id, id, sku_id, code, expires_on, received_on, unit_cost)
SELECT %(tenant)s, x.id, x.sku_id, x.code, x.expires_on, %(today)s, x.unit_cost
FROM jsonb_to_recordset(%(lots)s::jsonb) AS x (id uuid, sku_id uuid, code text, expires_on date, unit_cost numeric)
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.sku_id AND s.tracking = 'lot'
ORDER BY x.sku_id, x.code
ON CONFLICT (tenant_id, sku_id, code) DO UPDATE SET unit_cost = coalesce(lots.unit_cost, excluded.unit_cost),
  expires_on = coalesce(lots.expires_on, excluded.expires_on)
RETURNING sku_id, code, id, expires_on
"""
_FIND = """
SELECT l.sku_id, l.code, l.id FROM unnest(%(skus)s::uuid[], %(codes)s::text[]) AS x (sku_id, code)
JOIN lots l ON l.tenant_id = %(tenant)s AND l.sku_id = x.sku_id AND l.code = x.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotData:
    """unit_cost  of one base unit in the tenant's currency; a cost and an expiry that are known already stay"""

    sku_id: UUID
    code: str
    expires_on: date | None = None
    unit_cost: Decimal | None = None


def ensure_lots(
    work: Work, lots: Sequence[LotData]
) -> tuple[Mapping[tuple[UUID, str], UUID], Mapping[tuple[UUID, str], DomainError]]:
    """Lots by (SKU, code), made where they are new; and what is wrong with those whose expiry is another than known.
    A SKU that is not kept by lot gets none: booking says so."""
    wanted = {(lot.sku_id, lot.code): lot for lot in lots}
    if not wanted:
        return {}, {}
    rows = work.rows(
        _ENSURE,
        {
            "tenant": work.tenant_id, "today": work.today,
            "lots": dumps(
                [
                    {
                        "id": new_id(), "sku_id": lot.sku_id, "code": lot.code, "expires_on": lot.expires_on,
                        "unit_cost": lot.unit_cost,
                    }
                    for lot in wanted.values()
                ]
            ),
        },
    )  # fmt: skip
    faults: dict[tuple[UUID, str], DomainError] = {}
    for row in rows:
        given = wanted[row.sku_id, row.code].expires_on
        if given is not None and given != row.expires_on:
            faults[row.sku_id, row.code] = LotDiffers(lot=row.code, sku="", known=str(row.expires_on), given=str(given))
    return {(row.sku_id, row.code): row.id for row in rows}, faults


def find_lots(work: Work, wanted: Sequence[tuple[UUID, str]]) -> Mapping[tuple[UUID, str], UUID]:
    """(SKU, code) -> lot; those that are unknown are absent."""
    keys = sorted(set(wanted))
    if not keys:
        return {}
    found = work.rows(
        _FIND, {"tenant": work.tenant_id, "skus": [key[0] for key in keys], "codes": [key[1] for key in keys]}
    )
    return {(row.sku_id, row.code): row.id for row in found}
