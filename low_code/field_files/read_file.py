"""One file with its bytes. Who may have it is for the caller to say, who knows the row."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from low_code.field_files.errors import FileUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """row_id, field_key: of the row that took it; None while nobody did"""

    name: str
    media_type: str
    data: bytes
    uploaded_by: UUID
    entity: str
    row_id: UUID | None
    field_key: str | None


def read_file(work: Work, file_id: UUID) -> FileRead:
    """raises FileUnknown"""
    rows = work.mappings(
        "SELECT name, media_type, data, uploaded_by, entity, row_id, field_key FROM field_files"
        " WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": file_id},
    )
    if not rows:
        raise FileUnknown()
    return FileRead(**{**rows[0], "data": bytes(rows[0]["data"])})
