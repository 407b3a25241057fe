"""Which field has which slot, what its values look like, and how far the work in the background is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantRow


class FieldSlot(TenantRow):
    """A field that is kept in a column of its own, or among the words to search. The trigger of its table fills the
    column from the moment the row is committed; `ready` says that older rows are filled too."""

    __tablename__ = "field_slots"
    __table_args__ = (
        Index(
            "ux_field_slots_slot", "tenant_id", "entity", "slot", unique=True, postgresql_where=text("slot <> 'words'")
        ),
        CheckConstraint("kind IN ('text', 'number', 'money', 'date', 'datetime', 'words')", name="kind_known"),
        CheckConstraint("slot ~ '^(s[1-8]|n[1-6]|t[1-4]|words)$'", name="slot_known"),
        CheckConstraint("(slot = 'words') = (kind = 'words')", name="words_are_words"),
    )

    entity: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)  # s1…s8, n1…n6, t1…t4; "words": searched as text
    kind: Mapped[str]  # how the value is read
    ready: Mapped[bool] = mapped_column(server_default=text("false"))
    assigned_xid: Mapped[int] = mapped_column(BigInteger)  # of the transaction that assigned it


class FieldStatistic(TenantRow):
    """What a sample of the newest rows says of one field's values: whether a filter by one is selective."""

    __tablename__ = "field_statistics"

    entity: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    sampled: Mapped[int]  # rows looked at, those without a value included
    filled: Mapped[int]  # of them, rows with a value
    distinct_values: Mapped[int]
    top: Mapped[Json]  # [[value as text, rows], …], most frequent first
    bounds: Mapped[Json]  # of numbers and moments: 21 quantiles as text, least first; [] for texts
    taken_at: Mapped[Instant]


class FieldRun(TenantRow):
    """Work over all rows of an entity, batch by batch: building its index, or computing fields anew."""

    __tablename__ = "field_runs"
    __table_args__ = (
        CheckConstraint("work IN ('index', 'compute')", name="work_known"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name="state_known"),
        CheckConstraint("rows_done >= 0", name="progress_not_negative"),
    )

    entity: Mapped[str] = mapped_column(primary_key=True)
    work: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]  # up by one each time it is asked for; an older message finds a newer number and stops
    release: Mapped[int]  # whose fields it goes by
    state: Mapped[str] = mapped_column(server_default="waiting")
    last_id: Mapped[UUID | None]  # rows up to this one are done
    rows_total: Mapped[int] = mapped_column(server_default="0")  # when it began
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_failed: Mapped[int] = mapped_column(server_default="0")
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    failure: Mapped[str] = mapped_column(server_default="")
    asked_at: Mapped[Instant]
    asked_by: Mapped[str]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class FieldRetirement(TenantRow):
    """When a field was retired; its values are purged some time after."""

    __tablename__ = "field_retirements"

    entity: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    retired_at: Mapped[Instant]
    purged_at: Mapped[datetime | None]


class FieldCounter(TenantRow):
    """The last number that an auto-number field gave."""

    __tablename__ = "field_counters"

    entity: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
