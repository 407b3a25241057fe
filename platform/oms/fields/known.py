"""What the database says about the rows, people and files that custom values name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text
from low_code.kinds.fields.known import Known

_REACH = "(%(customers)s::uuid[] IS NULL OR {0} = ANY(%(customers)s))"
# Target -> its rows by code, as look-ups read them. `facts` are the fields that the registry declares for it.
_TARGETS: Mapping[str, str] = {
    "customer": "SELECT c.number AS code, c.custom,"
    " jsonb_build_object('name', c.name, 'kind', c.kind, 'email', c.email, 'group', g.key) AS facts FROM customers c"
    " LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id"
    f" WHERE c.tenant_id = %(tenant)s AND c.number = ANY(%(codes)s) AND {_REACH.format('c.id')}",
    "sku": "SELECT s.code, p.custom, jsonb_build_object('name', s.name, 'product', p.code, 'category', p.category,"
    " 'brand', p.brand, 'base_unit', s.base_unit) AS facts FROM skus s"
    " JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id"
    " WHERE s.tenant_id = %(tenant)s AND s.code = ANY(%(codes)s)",
    "order": "SELECT o.number AS code, o.custom, jsonb_build_object('total', o.total, 'currency', o.currency,"
    " 'order_type', o.order_type, 'channel', o.channel, 'placed_on', o.placed_on) AS facts FROM orders o"
    f" WHERE o.tenant_id = %(tenant)s AND o.number = ANY(%(codes)s) AND {_REACH.format('o.customer_id')}",
    "location": "SELECT l.key AS code, l.custom, jsonb_build_object('kind', l.kind, 'country', l.country,"
    " 'region', l.region, 'city', l.city) AS facts FROM locations l"
    " WHERE l.tenant_id = %(tenant)s AND l.key = ANY(%(codes)s)"
    " AND (%(locations)s::uuid[] IS NULL OR l.id = ANY(%(locations)s))",
    "department": "SELECT d.key AS code, '{}'::jsonb AS custom, '{}'::jsonb AS facts FROM departments d"
    " WHERE d.tenant_id = %(tenant)s AND d.key = ANY(%(codes)s)",
}
# People are named by e-mail or by id; they are kept by id. One who left may stay where he is, not be named anew.
_PEOPLE = """
SELECT u.id, u.email FROM users u
WHERE u.tenant_id = %(tenant)s AND u.active AND u.kind = 'staff'
  AND (u.email = ANY(%(codes)s) OR u.id::text = ANY(%(codes)s))
"""
# A file is for the row that has it, or for whoever uploaded it for this entity and gave it to no row yet.
_FILES = """
SELECT id FROM field_files
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND entity = %(entity)s
  AND (row_id = %(row)s::uuid OR (row_id IS NULL AND uploaded_by = %(actor)s::uuid))
"""


def find_known(
    work: Work,
    entity: str,
    wanted: Iterable[tuple[str, str]],
    *,
    row_id: UUID | None = None,
    numbers: Mapping[str, str] | None = None,
) -> Known:
    """One statement per kind of thing that is named, none where nothing is.

    wanted  (target, code) each
    row_id  the row that holds the values; None for a new one
    """
    codes: dict[str, list[str]] = {}
    for target, code in sorted(wanted):
        codes.setdefault(target, []).append(code)
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for target, named in codes.items():
        if target == "user":
            found |= _people(work, named)
        elif target == "file":
            found |= _files(work, entity, named, row_id)
        elif target in _TARGETS:
            found |= _rows(work, target, named)
    return Known(found, numbers or {})


def _rows(work: Work, target: str, codes: list[str]) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = work.rows(
        _TARGETS[target],
        {
            "tenant": work.tenant_id, "codes": codes, "customers": work.actor.reach_list("customer"),
            "locations": work.actor.reach_list("location"),
        },
    )  # fmt: skip
    return {
        (target, row.code): {**row.facts, **{f"cf.{key}": value for key, value in row.custom.items()}} for row in rows
    }


def _people(work: Work, codes: list[str]) -> dict[tuple[str, str], Mapping[str, Any]]:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in work.rows(_PEOPLE, {"tenant": work.tenant_id, "codes": codes}):
        found[("user", row.email)] = found[("user", str(row.id))] = {"id": str(row.id)}
    return found


def _files(work: Work, entity: str, texts: list[str], row_id: UUID | None) -> dict[tuple[str, str], Mapping[str, Any]]:
    ids = {file_id: text for text in texts if (file_id := from_text("fil", text)) is not None}
    rows = work.rows(
        _FILES,
        {
            "tenant": work.tenant_id, "ids": list(ids), "entity": entity, "row": row_id, "actor": work.actor.id,
        },
    )  # fmt: skip
    return {("file", ids[row.id]): {} for row in rows}
