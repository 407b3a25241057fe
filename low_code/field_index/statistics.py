"""What a tenant's own values look like, per field: the database keeps statistics over all tenants together, so a value
that is rare here and common elsewhere misleads its planner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.db import Work
from kernel.db.json import dumps
from low_code.field_index.assign_slots import fields_in_force, indexed_entities
from low_code.kinds.fields.types import FILE_TYPES

SAMPLE = 20_000  # newest rows; lists show those first
TOP = 50
QUANTILES = 21
SELECTIVE = Decimal("0.01")
# A filter that lets fewer rows through than this share is worked out before anything else.

_VALUES = """
WITH sample AS MATERIALIZED (
  SELECT custom FROM {table} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(sample)s
), each AS (
  SELECT e.key, left(v.value, 200) AS value FROM sample s
  CROSS JOIN LATERAL jsonb_each(s.custom) AS e (key, kept)
  CROSS JOIN LATERAL (
    SELECT e.kept #>> '{{}}' AS value WHERE jsonb_typeof(e.kept) NOT IN ('array', 'object')
    UNION ALL SELECT x FROM jsonb_array_elements_text(
      CASE WHEN jsonb_typeof(e.kept) = 'array' THEN e.kept ELSE '[]' END) AS a (x)
    UNION ALL SELECT e.kept ->> 'amount' WHERE jsonb_typeof(e.kept) = 'object'
  ) v
  WHERE e.key = ANY(%(keys)s) AND v.value IS NOT NULL
), counted AS (
  SELECT key, value, count(*) AS rows FROM each GROUP BY key, value
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY rows DESC, value) AS place,
    count(*) OVER (PARTITION BY key) AS distinct_values, sum(rows) OVER (PARTITION BY key) AS filled FROM counted
)
SELECT key, max(distinct_values)::int AS distinct_values, max(filled)::int AS filled,
  jsonb_agg(jsonb_build_array(value, rows) ORDER BY place) AS top, (SELECT count(*) FROM sample)::int AS sampled
FROM ranked WHERE place <= %(top)s GROUP BY key
"""
_KEEP = """
INSERT INTO field_statistics
  (tenant_id, entity, key, sampled, filled, distinct_values, top, bounds, taken_at)
VALUES (%(tenant)s, %(entity)s, %(key)s, %(sampled)s, %(filled)s, %(distinct)s, %(top)s::jsonb, %(bounds)s::jsonb,
  %(now)s)
ON CONFLICT (tenant_id, entity, key) DO UPDATE SET sampled = excluded.sampled, filled = excluded.filled,
  distinct_values = excluded.distinct_values, top = excluded.top, bounds = excluded.bounds, taken_at = excluded.taken_at
"""
_SLOTS = """
SELECT key, slot FROM field_slots
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND ready AND slot ~ '^[nt]'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """As FieldStatistic keeps it; top: value -> rows; bounds: numbers or instants, least first"""

    sampled: int
    filled: int
    distinct_values: int
    top: dict[str, int]
    bounds: Sequence[Any]

    def share_equal(self, value: str) -> Decimal:
        """About how much of the rows have this value; of a value that was not among the most frequent, at most."""
        if not self.sampled:
            return Decimal(0)
        if value in self.top:
            return Decimal(self.top[value]) / self.sampled
        if self.distinct_values <= len(self.top):
            return Decimal(0)
        return Decimal(min(self.top.values(), default=0)) / self.sampled

    def share_between(self, least: Any, most: Any) -> Decimal:
        """About how much of the rows lie between; None leaves an end open."""
        if not self.sampled or len(self.bounds) < 2:
            return Decimal(0)
        parts = list(zip(self.bounds, self.bounds[1:], strict=False))
        within = sum(1 for low, high in parts if (least is None or high >= least) and (most is None or low <= most))
        return Decimal(within) / len(parts) * self.filled / self.sampled


def take_statistics(work: Work, entity: str) -> None:
    """Looks at the newest rows and keeps what it finds of each field."""
    fields = fields_in_force(work, entity)
    keys = [key for key, one in (fields.fields if fields else {}).items() if one.kept_as not in FILE_TYPES]
    name = {"tenant": work.tenant_id, "entity": entity}
    table = indexed_entities()[entity]
    found = work.rows(_VALUES.format(table=table), {**name, "keys": keys, "sample": SAMPLE, "top": TOP})
    bounds = _bounds(work, entity, table)
    for row in found:
        work.execute(
            _KEEP,
            {
                **name, "key": row.key, "sampled": row.sampled, "filled": row.filled,
                "distinct": row.distinct_values, "top": dumps(row.top), "bounds": dumps(bounds.get(row.key, [])),
                "now": work.now,
            },
        )  # fmt: skip


def _bounds(work: Work, entity: str, table: str) -> dict[str, list[str]]:
    slots = work.rows(_SLOTS, {"tenant": work.tenant_id, "entity": entity})
    if not slots:
        return {}
    steps = [Decimal(step) / (QUANTILES - 1) for step in range(QUANTILES)]
    picked = ", ".join(
        f"percentile_disc(%(steps)s::float8[]) WITHIN GROUP (ORDER BY {row.slot}) AS {row.slot}" for row in slots
    )
    columns = ", ".join(row.slot for row in slots)
    found = work.row(
        f"SELECT {picked} FROM (SELECT {columns} FROM {table} WHERE tenant_id = %(tenant)s"
        " ORDER BY id DESC LIMIT %(sample)s) s",
        {"tenant": work.tenant_id, "sample": SAMPLE, "steps": [float(step) for step in steps]},
    )
    assert found is not None
    return {row.key: [_as_text(one) for one in getattr(found, row.slot) or () if one is not None] for row in slots}


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value) if isinstance(value, float) else str(value)


def read_statistic(row: Any) -> Statistic:
    """A row of field_statistics."""
    return Statistic(
        sampled=row.sampled, filled=row.filled, distinct_values=row.distinct_values,
        top={value: rows for value, rows in row.top}, bounds=[_bound(text) for text in row.bounds],
    )  # fmt: skip


def _bound(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return datetime.fromisoformat(text)
