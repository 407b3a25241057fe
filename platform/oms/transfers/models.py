"""Goods that go from one location to another, and are neither here nor there on the way."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, tenant_foreign_key, tenant_unique

STATES = ("draft", "sent", "received", "cancelled")


class StockTransfer(TenantModel):
    """draft -> sent -> received; a draft may be cancelled, and what was sent called back: `cancelled` where nothing had
    arrived. `received` once nothing is on the way any more."""

    __tablename__ = "stock_transfers"
    __table_args__ = (
        tenant_foreign_key("from_location_id", "locations.id"),
        tenant_foreign_key("to_location_id", "locations.id"),
        tenant_unique("number"),
        CheckConstraint("from_location_id <> to_location_id", name="two_places"),
        CheckConstraint("state IN ('draft', 'sent', 'received', 'cancelled')", name="state_known"),
        CheckConstraint("(sent_at IS NULL) = (state IN ('draft', 'cancelled'))", name="sent_has_a_time"),
        Index("ix_stock_transfers_state", "tenant_id", "state", "id"),
    )

    number: Mapped[str]
    from_location_id: Mapped[UUID]
    to_location_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="draft")
    expected_on: Mapped[date | None] = mapped_column(Date())
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str] = mapped_column(server_default="")
    received_at: Mapped[datetime | None]


class StockTransferLine(TenantModel):
    """In transit = sent - received - lost."""

    __tablename__ = "stock_transfer_lines"
    __table_args__ = (
        tenant_foreign_key("transfer_id", "stock_transfers.id", ondelete="CASCADE"),
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        tenant_foreign_key("bin_id", "bins.id"),
        tenant_unique("transfer_id", "line_no"),
        CheckConstraint("quantity > 0 AND sent >= 0 AND received >= 0 AND lost >= 0", name="not_negative"),
        CheckConstraint("sent <= quantity AND received + lost <= sent", name="no_more_than_sent"),
        CheckConstraint("lost = 0 OR loss_reason <> ''", name="loss_has_a_reason"),
        Index(
            "ix_stock_transfer_lines_on_the_way", "tenant_id", "sku_id",
            postgresql_where=text("received + lost < sent"),
        ),
    )  # fmt: skip

    transfer_id: Mapped[UUID]
    line_no: Mapped[int]
    sku_id: Mapped[UUID]
    lot_id: Mapped[UUID | None]
    bin_id: Mapped[UUID | None]  # of the source, that the units are taken from
    quantity: Mapped[Quantity]
    sent: Mapped[Quantity] = mapped_column(server_default="0")
    received: Mapped[Quantity] = mapped_column(server_default="0")
    lost: Mapped[Quantity] = mapped_column(server_default="0")
    loss_reason: Mapped[str] = mapped_column(server_default="")
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # not yet received
