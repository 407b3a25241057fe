"""Changes custom values of a customer, a product or a location."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import to_text
from oms.fields.judge_values import entity_fields, keep_values, take_files_of
from oms.upkeep.errors import RowNotFound
from oms.upkeep.records import told_changes
from oms.upkeep.row_subjects import ROW_KINDS
from tenants.access.audit import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRowFields:
    """entity  customer, product or location
    custom  field key -> raw value; fields that are left out stay as they are
    """

    entity: str
    row_id: UUID
    custom: Mapping[str, Any]


def change_row_fields(work: Work, command: ChangeRowFields) -> dict[str, Any]:
    """What is kept now. Raises RowNotFound, Invalid with every fault."""
    kind = ROW_KINDS[command.entity]
    row = work.row(kind.select, {"tenant": work.tenant_id, "ids": [command.row_id]})
    if row is None or (kind.reach and not work.actor.may_see(kind.reach, command.row_id)):
        raise RowNotFound()
    values = keep_values(
        work, command.entity, command.custom, row=kind.subject(row), stored=row.custom, row_id=row.id, partial=True
    )
    if values != row.custom:
        work.execute(
            f"UPDATE {kind.table} SET custom = %(custom)s::jsonb WHERE tenant_id = %(tenant)s AND id = %(id)s",
            {"tenant": work.tenant_id, "id": row.id, "custom": dumps(values)},
        )
        fields = entity_fields(work, command.entity)
        take_files_of(work, fields, row.id, values, row.custom)
        told = told_changes(fields, row.custom, values)
        audit(work, f"{command.entity}.change_fields", command.entity, to_text(kind.prefix, row.id), told)
    return values
