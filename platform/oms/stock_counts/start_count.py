"""Opens a count of a location, a bin or a category, with a row for each thing that the books have there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.inventory.document_numbers import next_number
from oms.inventory.errors import LocationNotFound
from oms.stock_counts.errors import SCOPE_MISSING, ScopeInvalid
from tenants.access.audit import audit

TOLERANCE_WRONG = N_("Write 0 or more.")
_KNOWN = {
    "all": "SELECT 1",
    "bin": "SELECT 1 FROM bins WHERE tenant_id = %(tenant)s AND location_id = %(location)s AND code = %(value)s",
    "category": "SELECT 1 FROM products WHERE tenant_id = %(tenant)s AND category = %(value)s LIMIT 1",
}
_COUNT = """
INSERT INTO stock_counts (tenant_id, id, number, location_id, scope, tolerance_percent, tolerance_units, note,
  created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(number)s, %(location)s, %(scope)s, %(percent)s, %(units)s, %(note)s, %(now)s, %(actor)s)
"""
# What is in bins, by bin and lot; and what is outside them, by lot where the SKU is kept so.
_LINES = """
INSERT INTO stock_count_lines (tenant_id, id, count_id, sku_id, bin_id, lot_id)
SELECT %(tenant)s, new_id(), %(id)s, x.sku_id, x.bin_id, x.lot_id
FROM (
  SELECT c.sku_id, c.bin_id, c.lot_id FROM bin_contents c
  JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = c.bin_id
  WHERE c.tenant_id = %(tenant)s AND c.location_id = %(location)s AND c.status = 'good' AND c.quantity > 0
    AND (%(kind)s <> 'bin' OR b.code = %(value)s)
  UNION ALL
  SELECT p.sku_id, NULL, l.lot_id FROM stock_positions p
  JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
  LEFT JOIN lot_positions l ON s.tracking = 'lot' AND l.tenant_id = %(tenant)s AND l.sku_id = p.sku_id
    AND l.location_id = p.location_id AND l.on_hand > 0
  WHERE p.tenant_id = %(tenant)s AND p.location_id = %(location)s AND p.on_hand > 0 AND %(kind)s <> 'bin'
    AND coalesce(l.on_hand, p.on_hand) > coalesce((SELECT sum(c.quantity) FROM bin_contents c
      WHERE c.tenant_id = %(tenant)s AND c.location_id = p.location_id AND c.sku_id = p.sku_id AND c.status = 'good'
        AND c.lot_id IS NOT DISTINCT FROM l.lot_id), 0)
) x
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.sku_id
JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
WHERE %(kind)s <> 'category' OR p.category = %(value)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCount:
    """kind               all, or bin or category with its code or name in `value`
    tolerance_percent  and tolerance_units: a difference beyond both is posted only with approval
    """

    location_id: UUID
    kind: Literal["all", "bin", "category"] = "all"
    value: str = ""
    tolerance_percent: Decimal = Decimal(0)
    tolerance_units: Decimal = Decimal(0)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountStarted:
    count_id: UUID
    number: str
    lines: int


def start_count(work: Work, command: StartCount) -> CountStarted:
    """Raises LocationNotFound, ScopeInvalid, Invalid. Stock goes on moving meanwhile."""
    if not work.actor.may_see("location", command.location_id):
        raise LocationNotFound()
    problems = [
        Problem(f"/{name}", "negative", TOLERANCE_WRONG)
        for name in ("tolerance_percent", "tolerance_units")
        if not 0 <= getattr(command, name) < 10_000
    ]
    value = command.value.strip()
    if command.kind != "all" and not value:
        problems.append(Problem("/value", "scope_missing", SCOPE_MISSING))
    if problems:
        raise Invalid(problems=problems)
    parameters = {
        "tenant": work.tenant_id, "id": new_id(), "location": command.location_id, "kind": command.kind,
        "value": value, "scope": "" if command.kind == "all" else value, "percent": command.tolerance_percent,
        "units": command.tolerance_units, "note": command.note.strip(), "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    known = work.scalar(
        "SELECT 1 FROM locations WHERE tenant_id = %(tenant)s AND id = %(location)s",
        {"tenant": work.tenant_id, "location": command.location_id},
    )
    if not known:
        raise LocationNotFound()
    if work.scalar(_KNOWN[command.kind], parameters) is None:
        raise ScopeInvalid(value=value)
    number = next_number(work, "count")
    work.execute(_COUNT, {**parameters, "number": number})
    lines = work.execute(_LINES, parameters)
    count_id = UUID(str(parameters["id"]))
    audit(work, "count.create", "count", to_text("cnt", count_id), {"rows": (None, lines)})
    return CountStarted(count_id=count_id, number=number, lines=lines)
