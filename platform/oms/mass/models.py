"""Imports of many orders: the run, its rows as they came, and what is wrong with them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, TenantRow, tenant_foreign_key


class ImportRun(TenantModel):
    """One file. `checked` is the end of a check-only pass; it can then be run for real."""

    __tablename__ = "import_runs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('staging', 'staged', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled')",
            name="state_known",
        ),
        Index("ix_import_runs_newest", "tenant_id", text("id DESC")),
    )

    file_name: Mapped[str]
    channel: Mapped[str]
    order_type: Mapped[str]
    mapping: Mapped[Json]  # [[column header, field], …] in the order of the file
    options: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    state: Mapped[str]
    rows_total: Mapped[int] = mapped_column(server_default="0")
    orders_total: Mapped[int] = mapped_column(server_default="0")
    orders_done: Mapped[int] = mapped_column(server_default="0")  # placed by this run
    orders_known: Mapped[int] = mapped_column(server_default="0")  # were there before: channel and outside number
    orders_bad: Mapped[int] = mapped_column(server_default="0")
    lines_skipped: Mapped[int] = mapped_column(server_default="0")  # quantity 0
    lines_merged: Mapped[int] = mapped_column(server_default="0")  # the same SKU again in one order
    lines_done: Mapped[int] = mapped_column(server_default="0")
    failure: Mapped[str] = mapped_column(server_default="")
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]  # a running import without one for a minute is taken up again


class ImportRow(TenantRow):
    """One row of the file, as it came, and as it was understood. Filled by COPY."""

    __tablename__ = "import_rows"
    __table_args__ = (
        tenant_foreign_key("run_id", "import_runs.id", ondelete="CASCADE"),
        Index("ix_import_rows_order", "tenant_id", "run_id", "seq"),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)  # as a spreadsheet counts: the header is row 1
    seq: Mapped[int]  # of its order
    outside_number: Mapped[str]
    values: Mapped[Json]  # field -> text as it came


class ImportOrder(TenantRow):
    """One order of the file, in the file's order: the unit that is placed, known already, or bad. What makes a
    restart safe: only `pending` ones are taken up."""

    __tablename__ = "import_orders"
    __table_args__ = (
        tenant_foreign_key("run_id", "import_runs.id", ondelete="CASCADE"),
        CheckConstraint("state IN ('pending', 'placed', 'known', 'bad')", name="state_known"),
        Index("ix_import_orders_number", "tenant_id", "run_id", "outside_number"),
        Index("ix_import_orders_pending", "tenant_id", "run_id", "seq", postgresql_where=text("state = 'pending'")),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)  # 1 is the first order of the file
    outside_number: Mapped[str]
    first_row: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="pending")
    order_id: Mapped[UUID | None]


class ImportProblem(TenantModel):
    """One fault: which row, which field, why."""

    __tablename__ = "import_problems"
    __table_args__ = (
        tenant_foreign_key("run_id", "import_runs.id", ondelete="CASCADE"),
        Index("ix_import_problems_run", "tenant_id", "run_id", "row_no"),
        CheckConstraint("severity IN ('error', 'notice')", name="severity_known"),
    )

    run_id: Mapped[UUID]
    row_no: Mapped[int]
    outside_number: Mapped[str]
    field: Mapped[str]  # "" is the whole row
    value: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]  # English template
    facts: Mapped[Json]
    severity: Mapped[str] = mapped_column(server_default="error")
