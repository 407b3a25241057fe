"""Auto-numbers: each is given once."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.db import SYSTEM, Work
from low_code.kinds.fields.definition import FieldDefinition
from tenants.scope import open_work

_RAISE = """
INSERT INTO field_counters (tenant_id, entity, key, last) VALUES (%(tenant)s, %(entity)s, %(key)s, %(count)s)
ON CONFLICT (tenant_id, entity, key) DO UPDATE SET last = field_counters.last + %(count)s
RETURNING last
"""


def reserve_numbers(
    work: Work, entity: str, wanted: Sequence[FieldDefinition], *, rows: int = 1
) -> list[dict[str, str]]:
    """Field key -> number, for each of `rows` rows. Without wanted fields no statement is sent."""
    reserved: list[dict[str, str]] = [{} for _ in range(rows)]
    if not wanted or not rows:
        return reserved
    with open_work(work.connection.engine, work.tenant_id, SYSTEM) as own:
        for field in wanted:
            assert field.numbering is not None
            parameters = {"tenant": work.tenant_id, "entity": entity, "key": field.key, "count": rows}
            last = int(own.scalar(_RAISE, parameters))
            for offset, numbers in enumerate(reserved):
                numbers[field.key] = field.numbering.render(last - rows + 1 + offset)
    return reserved
