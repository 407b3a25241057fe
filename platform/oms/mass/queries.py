"""Reads of imports: runs with their progress, faults, and the file of rows to mend."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import translate
from oms.mass.errors import ImportNotFound

_COLUMNS = """id, file_name, channel, order_type, mapping, options, state, rows_total, orders_total, orders_done,
  orders_known, orders_bad, lines_done, lines_skipped, lines_merged, failure, cancel_requested, created_by_name,
  created_at, started_at, finished_at"""
_RUNS = f"""
SELECT {_COLUMNS} FROM import_runs
WHERE tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR id < %(after)s) ORDER BY id DESC LIMIT %(limit)s
"""
_RUN = f"SELECT {_COLUMNS} FROM import_runs WHERE tenant_id = %(tenant)s AND id = %(run)s"
_PROBLEMS = """
SELECT id, row_no, outside_number, field, value, code, message, facts, severity FROM import_problems
WHERE tenant_id = %(tenant)s AND run_id = %(run)s AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(after_row)s::int IS NULL OR (row_no, id) > (%(after_row)s, %(after_id)s))
ORDER BY row_no, id LIMIT %(limit)s
"""
_COUNTS = """
SELECT code, message, severity, count(*) AS rows FROM import_problems
WHERE tenant_id = %(tenant)s AND run_id = %(run)s GROUP BY code, message, severity
ORDER BY severity, count(*) DESC
"""
# All rows of orders that have a fault, as they came, with the reasons beside.
_BAD_ROWS = """
SELECT r.row_no, r.values,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(p.field, p.message, p.facts) ORDER BY p.id), '[]')
    FROM import_problems p WHERE p.tenant_id = %(tenant)s AND p.run_id = %(run)s AND p.row_no = r.row_no
      AND p.severity = 'error') AS reasons
FROM import_rows r
WHERE r.tenant_id = %(tenant)s AND r.run_id = %(run)s AND (r.outside_number IN
  (SELECT outside_number FROM import_problems WHERE tenant_id = %(tenant)s AND run_id = %(run)s AND severity = 'error')
) IS TRUE  -- hashed: fresh tables have no statistics that a join could be planned by
ORDER BY r.row_no
"""
# A cell that starts so is read as a formula by spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def list_runs(work: Work, *, limit: int = 20, after: UUID | None = None) -> list[Any]:
    """Newest first."""
    return work.rows(_RUNS, {"tenant": work.tenant_id, "limit": limit, "after": after})


def read_run(work: Work, run_id: UUID) -> Any:
    """Raises ImportNotFound."""
    row = work.row(_RUN, {"tenant": work.tenant_id, "run": run_id})
    if row is None:
        raise ImportNotFound()
    return row


def list_problems(
    work: Work, run_id: UUID, *, severity: str | None = None, limit: int = 100, after: tuple[int, UUID] | None = None
) -> list[Any]:
    """Faults by row; `after` is (row, id) of the last one seen."""
    return work.rows(
        _PROBLEMS,
        {
            "tenant": work.tenant_id, "run": run_id, "severity": severity, "limit": limit,
            "after_row": after[0] if after else None, "after_id": after[1] if after else None,
        },
    )  # fmt: skip


def count_problems(work: Work, run_id: UUID) -> list[Any]:
    """(code, message, severity, rows), errors first, most frequent first."""
    return work.rows(_COUNTS, {"tenant": work.tenant_id, "run": run_id})


def error_file(work: Work, run_id: UUID, locale: str) -> Iterator[str]:
    """CSV text, chunk by chunk: the bad orders' rows with their own columns, row number and reasons.

    It can be mended and sent again: columns are named as they were, and orders placed before are known.
    """
    run = read_run(work, run_id)
    headers = [header for header, _ in run.mapping]
    yield _line([*headers, translate("Row", locale), translate("What is wrong", locale)])
    for row in work.rows(_BAD_ROWS, {"tenant": work.tenant_id, "run": run_id}):
        reasons = "; ".join(
            f"{field}: {translate(message, locale, facts)}" if field else translate(message, locale, facts)
            for field, message, facts in row.reasons
        )
        yield _line([*(_safe(row.values.get(field, "")) for _, field in run.mapping), str(row.row_no), reasons])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _safe(cell: str) -> str:
    number = cell[1:].replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell


def placed_of_chunk(work: Work, run_id: UUID, seqs: range) -> list[Any]:
    """(id, order_type, release) of the orders that a chunk of an import placed and that still stand, in its order."""
    return work.rows(
        "SELECT o.id, o.order_type, o.release FROM import_orders i"
        " JOIN orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id AND o.status = 'placed'"
        " WHERE i.tenant_id = %(tenant)s AND i.run_id = %(run)s AND i.seq BETWEEN %(first)s AND %(last)s"
        " AND i.state = 'placed' ORDER BY i.seq",
        {"tenant": work.tenant_id, "run": run_id, "first": seqs.start, "last": seqs.stop - 1},
    )
