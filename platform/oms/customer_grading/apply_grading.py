"""Applies the grading rules to all customers, or says who would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.db.json import dumps
from kernel.outbox import put_event
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.registry import DocumentUnknown
from oms.customer_grading.errors import GradingMissing
from oms.customer_grading.figures_sql import BINDING, FIGURES, SOURCE
from oms.kinds.customer_grading.compile import CustomerGrading
from tenants.access.audit import audit

DOCUMENT = "standard"
_FIGURES_JSON = ", ".join(f"'{name}', {sql}" for name, sql in FIGURES.items())
# Who changes, with the grade and the tags that come and go. `h` says which rules hold.
_CHANGES = f"""
SELECT c.id, c.number, c.name, c.grade AS before, x.grade AS after, x.rule, c.tags,
  ARRAY(SELECT unnest(x.tags) EXCEPT SELECT unnest(c.tags) ORDER BY 1) AS tags_added,
  ARRAY(SELECT t FROM unnest(c.tags) t WHERE t = ANY(%(managed)s::text[]) AND NOT t = ANY(x.tags) ORDER BY 1)
    AS tags_removed,
  jsonb_build_object({_FIGURES_JSON}) AS figures
FROM {SOURCE}
CROSS JOIN LATERAL (SELECT {{holds}} AS holds) h
CROSS JOIN LATERAL (
  SELECT (SELECT r.grade FROM jsonb_to_recordset(%(rules)s::jsonb) AS r (at int, grade text, id text)
      WHERE r.grade IS NOT NULL AND h.holds[r.at] ORDER BY r.at LIMIT 1) AS grade,
    (SELECT r.id FROM jsonb_to_recordset(%(rules)s::jsonb) AS r (at int, grade text, id text)
      WHERE r.grade IS NOT NULL AND h.holds[r.at] ORDER BY r.at LIMIT 1) AS rule,
    ARRAY(SELECT DISTINCT t FROM jsonb_to_recordset(%(rules)s::jsonb) AS r (at int, tags jsonb),
      jsonb_array_elements_text(r.tags) t WHERE h.holds[r.at]) AS tags
) x
WHERE c.tenant_id = %(tenant)s AND c.merged_into IS NULL
  AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
"""
_CHANGED = """(before IS DISTINCT FROM after OR tags_added <> '{}' OR tags_removed <> '{}')"""
_PREVIEW = """
SELECT *, count(*) OVER () AS changing FROM ({changes}) q WHERE {changed} ORDER BY number LIMIT %(limit)s
"""
_APPLY = """
WITH q AS (SELECT * FROM ({changes}) q WHERE {changed}), written AS (
  UPDATE customers c SET grade = q.after,
    tags = ARRAY(SELECT t FROM unnest(c.tags) t WHERE NOT t = ANY(q.tags_removed)) || q.tags_added
  FROM q WHERE c.tenant_id = %(tenant)s AND c.id = q.id
)
INSERT INTO customer_grade_changes (tenant_id, id, customer_id, before, after, tags_added, tags_removed, rule, release,
  figures, at, actor)
SELECT %(tenant)s, new_id(), q.id, q.before, q.after, q.tags_added, q.tags_removed,
  coalesce('customer_grading/' || %(key)s || '#' || q.rule, ''), %(release)s, q.figures, %(now)s, %(actor)s FROM q
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingPreview:
    """changing: how many in all; rows: the first of them, by number"""

    changing: int
    rows: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingApplied:
    topic = "customers.graded"

    changed: int
    release: int

    def to_json(self) -> dict[str, Any]:
        return {"changed": self.changed, "release": self.release}


def preview_grading(work: Work, *, limit: int = 100) -> GradingPreview:
    """Who would change if the rules in force were applied now. Raises GradingMissing."""
    statement, parameters = _prepared(work)
    rows = work.rows(_PREVIEW.format(changes=statement, changed=_CHANGED), {**parameters, "limit": limit})
    return GradingPreview(changing=rows[0].changing if rows else 0, rows=rows)


def apply_grading(work: Work) -> GradingApplied:
    """Grades every customer. A second run changes nothing. Raises GradingMissing."""
    statement, parameters = _prepared(work)
    # One grading at a time; the second then sees what the first wrote.
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": f"grading {work.tenant_id}"})
    changed = work.execute(_APPLY.format(changes=statement, changed=_CHANGED), parameters)
    outcome = GradingApplied(changed=changed, release=parameters["release"])
    if changed:
        audit(work, "customers.grade", "customers", "all", {"changed": (None, changed)})
        put_event(work, outcome)
    return outcome


def has_grading(work: Work) -> bool:
    return _compiled(work) is not None


def _compiled(work: Work) -> CustomerGrading | None:
    try:
        compiled: CustomerGrading = configuration(work).compiled("customer_grading", DOCUMENT)
    except DocumentUnknown:
        return None
    return compiled


def _prepared(work: Work) -> tuple[str, Mapping[str, Any]]:
    grading = _compiled(work)
    if grading is None:
        raise GradingMissing()
    conditions = grading.sql(BINDING)
    holds = ", ".join(f"({one.text}) IS TRUE" for one in conditions)
    rules = [
        {"at": at, "grade": rule.grade, "id": rule.id, "tags": list(rule.tags)}
        for at, rule in enumerate(grading.rules, start=1)
    ]
    moment = Environment(now=work.now, today=work.today)
    parameters: dict[str, Any] = {name: value for one in conditions for name, value in one.params.items()}
    parameters |= moment.params()
    parameters |= {
        "tenant": work.tenant_id, "today": work.today, "currency": work.tenant.currency, "rules": dumps(rules),
        "managed": list(grading.managed), "customers": work.actor.reach_list("customer"), "key": DOCUMENT,
        "release": work.tenant.head_release, "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    return _CHANGES.format(holds=f"ARRAY[{holds}]::boolean[]"), parameters
