"""Numbers of transfers and counts: TR-2026-000017, counted by year, one after the other."""

from __future__ import annotations

from typing import Literal

from kernel.db import Work

_PREFIX = {"transfer": "TR", "count": "CN"}
_RAISE = """
INSERT INTO number_counters (tenant_id, key, period, last) VALUES (%(tenant)s, %(key)s, %(period)s, 1)
ON CONFLICT (tenant_id, key, period) DO UPDATE SET last = number_counters.last + 1
RETURNING last
"""


def next_number(work: Work, kind: Literal["transfer", "count"]) -> str:
    """In the transaction of `work`, so none is left out."""
    year = str(work.today.year)
    last = work.scalar(_RAISE, {"tenant": work.tenant_id, "key": f"stock_{kind}", "period": year})
    return f"{_PREFIX[kind]}-{year}-{last:06d}"
