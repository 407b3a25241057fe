"""One file with its bytes. Who may have it is for the caller to say, who knows the row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text, to_text
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


def waiting_files(work: Work, entity: str, texts: Iterable[str]) -> list[str]:
    """Of these files ("fil_…") those that the actor uploaded for the entity and that no row took, in their order."""
    ids = {found: text for text in texts if (found := from_text("fil", text)) is not None}
    if not ids:
        return []
    rows = work.rows(
        "SELECT id FROM field_files WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND entity = %(entity)s"
        " AND row_id IS NULL AND uploaded_by = %(actor)s::uuid",
        {"tenant": work.tenant_id, "ids": list(ids), "entity": entity, "actor": work.actor.id},
    )
    waiting = {to_text("fil", row.id) for row in rows}
    return [text for text in dict.fromkeys(ids.values()) if text in waiting]
