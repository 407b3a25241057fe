"""What was moved from one order to another, so that every split and merge can be read and undone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Instant, Quantity, TenantModel, tenant_foreign_key


class OrderMove(TenantModel):
    """One split (of `order_id` into others) or one merge (of others into `order_id`). Append-only but for its undoing.

    rule  document and rule that asked for it, "split_rules/standard#cold"; "" where a person did
    """

    __tablename__ = "order_moves"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        CheckConstraint("kind IN ('split', 'merge')", name="kind_known"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        Index("ix_order_moves_order", "tenant_id", "order_id", "id"),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str]
    rule: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Instant]
    actor: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class MovedLine(TenantModel):
    """Units of one line that went to another order. `to_line` is `from_line` where the whole line went.

    quantity  base units; net + tax = gross, discount: their share of the line's money
    line_no   the line's number in the order that it left
    """

    __tablename__ = "order_moved_lines"
    __table_args__ = (
        tenant_foreign_key("move_id", "order_moves.id"),
        tenant_foreign_key("from_order", "orders.id"),
        tenant_foreign_key("to_order", "orders.id"),
        tenant_foreign_key("from_line", "order_lines.id"),
        tenant_foreign_key("to_line", "order_lines.id"),
        CheckConstraint("quantity > 0", name="something_moved"),
        CheckConstraint("from_order <> to_order", name="to_another_order"),
        CheckConstraint("gross = net + tax", name="gross_adds_up"),
        Index("ix_order_moved_lines_move", "tenant_id", "move_id"),
        Index("ix_order_moved_lines_from", "tenant_id", "from_order"),
        Index("ix_order_moved_lines_to", "tenant_id", "to_order"),
    )

    move_id: Mapped[UUID]
    from_order: Mapped[UUID]
    to_order: Mapped[UUID]
    from_line: Mapped[UUID]
    to_line: Mapped[UUID]
    line_no: Mapped[int]
    quantity: Mapped[Quantity]
    net: Mapped[Amount]
    tax: Mapped[Amount]
    gross: Mapped[Amount]
    discount: Mapped[Amount] = mapped_column(server_default=text("0"))
