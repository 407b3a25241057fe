"""The tenant's own order fields in a chunk: checked and completed by the compiled `fields` document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import translate
from oms.mass.errors import ROW_FAULTS
from oms.placement.policy import OrderPolicy

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_VALUES = """
SELECT DISTINCT ON (m.seq) m.seq, m.row_no, m.outside_number, m.values, m.customer_number FROM m_rows m
ORDER BY m.seq, m.row_no
"""
_FAULTS = """
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, x.row_no, x.outside_number, x.field, x.value, x.code, x.message, x.facts, 'error'
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (row_no int, outside_number text, field text, value text, code text, message text, facts jsonb)
"""
_PREFIX = "custom."


def read_custom_fields(
    work: Work, settings: ImportSettings, policy: OrderPolicy, parameters: dict[str, Any]
) -> dict[int, dict[str, Any]]:
    """seq -> clean values of the order fields. What does not fit becomes a fault of the order's first row."""
    if policy.order_fields is None:
        return {}
    custom: dict[int, dict[str, Any]] = {}
    faults: list[dict[str, Any]] = []
    context = {"order": {"channel": settings.channel, "order_type": settings.order_type}}
    for row in work.rows(_VALUES):
        given = {key.removeprefix(_PREFIX): text for key, text in row.values.items() if key.startswith(_PREFIX)}
        values, problems = policy.order_fields.validate(
            given, context=context, roles=None, pointer="", now=work.now, today=work.today
        )
        custom[row.seq] = dict(values)
        for problem in problems:
            key = problem.pointer.strip("/").split("/")[0]
            faults.append(
                {
                    "row_no": row.row_no, "outside_number": row.outside_number, "field": _PREFIX + key,
                    "value": str(given.get(key, "")), "code": problem.code,
                    "message": problem.message or ROW_FAULTS["field_invalid"], "facts": dict(problem.facts),
                }
            )  # fmt: skip
    if faults:
        work.execute(_FAULTS, {**parameters, "rows": dumps(faults)})
    return custom


def said(message: str, facts: dict[str, Any], locale: str) -> str:
    """A fault in the reader's language."""
    return translate(message, locale, facts)
