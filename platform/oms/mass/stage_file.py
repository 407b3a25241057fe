"""Takes a file in: its rows go into staging by COPY, and the orders in it get their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from kernel.outbox import put_message
from oms.mass.errors import ColumnsMissing, FileEmpty
from oms.mass.mapping import ColumnMapping, map_headers
from oms.mass.read_file import is_blank, read_rows

_RUN = """
INSERT INTO import_runs (tenant_id, id, file_name, channel, order_type, mapping, options, state, created_by,
  created_by_name, created_at)
VALUES (%(tenant)s, %(id)s, %(file_name)s, %(channel)s, %(order_type)s, %(mapping)s::jsonb, %(options)s::jsonb,
  'staging', %(actor_id)s, %(actor)s, %(now)s)
"""
# COPY does not go into a table with row-level security, so it fills a temporary one, and a statement takes it over.
_TEMPORARY = """
CREATE TEMP TABLE m_staged (row_no int, seq int, outside_number text, "values" jsonb) ON COMMIT DROP
"""
_COPY = 'COPY m_staged (row_no, seq, outside_number, "values") FROM STDIN'
_TAKE_OVER = """
INSERT INTO import_rows (tenant_id, run_id, row_no, seq, outside_number, "values")
SELECT %(tenant)s, %(run)s, row_no, seq, outside_number, "values" FROM m_staged
"""
_ORDERS = """
INSERT INTO import_orders (tenant_id, run_id, seq, outside_number, first_row)
SELECT %(tenant)s, %(run)s, seq, min(outside_number), min(row_no) FROM m_staged GROUP BY seq
"""
_STAGED = """
UPDATE import_runs SET state = 'staged', rows_total = %(rows)s, orders_total =
  (SELECT count(*) FROM import_orders WHERE tenant_id = %(tenant)s AND run_id = %(run)s)
WHERE tenant_id = %(tenant)s AND id = %(run)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFile:
    """check_only        look at every row and place nothing; the run can be started afterwards
    create_customers  make persons of unknown customer numbers; else they are faults
    create_skus       make SKUs of unknown codes (tax class "standard"); else they are faults
    columns           header -> field as a person chose; "" leaves a column out
    announce          ask a worker to run it; False: the caller does
    """

    file_name: str
    channel: str
    order_type: str
    check_only: bool = True
    create_customers: bool = False
    create_skus: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    announce: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStaged:
    run_id: UUID
    rows: int
    mapping: ColumnMapping


def stage_file(
    work: Work,
    command: StageFile,
    file: BinaryIO,
    custom_fields: Sequence[str] = (),
    line_fields: Sequence[str] = (),
) -> FileStaged:
    """Reads the whole file into staging and asks a worker to check or run it.

    custom_fields  keys of the tenant's own order fields; line_fields those of lines
    raises         FileUnreadable, FileEmpty, ColumnsMissing
    """
    rows = read_rows(file, command.file_name)
    headers = next(rows, [])
    mapping = map_headers(headers, custom_fields, command.columns, line_fields)
    if mapping.missing:
        raise ColumnsMissing(fields=", ".join(mapping.missing), headers=", ".join(headers) or "-")
    run_id = new_id()
    options = {
        "check_only": command.check_only, "create_customers": command.create_customers,
        "create_skus": command.create_skus,
        "roles": None if work.actor.roles is None else sorted(work.actor.roles),
    }  # fmt: skip
    work.execute(
        _RUN,
        {
            "tenant": work.tenant_id, "id": run_id, "file_name": command.file_name, "channel": command.channel,
            "order_type": command.order_type,
            "mapping": dumps([[headers[position], name] for position, name in mapping.columns.items()]),
            "options": dumps(options), "actor_id": work.actor.id, "actor": work.actor.name, "now": work.now,
        },
    )  # fmt: skip
    count = 0
    places: dict[str, int] = {}  # order number -> its place among the file's orders, counting from 1
    columns = list(mapping.columns.items())
    work.execute(_TEMPORARY)
    with work.driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row_no, row in enumerate(rows, start=2):  # a spreadsheet counts its header as row 1
            if is_blank(row):
                continue
            values = {name: row[position] for position, name in columns if position < len(row) and row[position]}
            number = values.get("outside_number", "")
            copy.write_row((row_no, places.setdefault(number, len(places) + 1), number, dumps(values)))
            count += 1
    if not count:
        raise FileEmpty()
    work.execute(_TAKE_OVER, {"tenant": work.tenant_id, "run": run_id})
    work.execute(_ORDERS, {"tenant": work.tenant_id, "run": run_id})
    work.execute("DROP TABLE m_staged")
    work.execute(_STAGED, {"tenant": work.tenant_id, "run": run_id, "rows": count})
    if command.announce:
        put_message(work, "import.staged", {"run_id": to_text("imp", run_id)})
    return FileStaged(run_id=run_id, rows=count, mapping=mapping)
