"""Files that were uploaded for custom fields."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, TenantModel


class FieldFile(TenantModel):
    """One file. Until a row takes it, only who uploaded it sees it; a file that no row takes goes after a day."""

    __tablename__ = "field_files"
    __table_args__ = (
        CheckConstraint("size = octet_length(data)", name="size_is_length"),
        CheckConstraint("(row_id IS NULL) = (field_key IS NULL)", name="taken_by_a_field"),
        Index("ix_field_files_row", "tenant_id", "entity", "row_id", postgresql_where=text("row_id IS NOT NULL")),
        Index("ix_field_files_waiting", "tenant_id", "uploaded_at", postgresql_where=text("row_id IS NULL")),
    )

    name: Mapped[str]  # as uploaded, without a path
    media_type: Mapped[str]  # by what the bytes are, not by what the name says
    size: Mapped[int]  # bytes
    data: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[UUID]  # user or key
    uploaded_at: Mapped[Instant]
    entity: Mapped[str]  # whose field it is meant for
    row_id: Mapped[UUID | None]  # the row that holds it
    field_key: Mapped[str | None]
