"""Priority and promised day of orders, capacity of locations, substitutes, batches, and what is done about backorders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o014_sourcing"
down_revision = "o013_order_life"
branch_labels = None
depends_on = None

_TABLES = ("sku_substitutes", "allocation_batches", "backorder_follow_ups", "backorder_questions")


def _reference(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def _keys() -> tuple[sa.Column, sa.Column]:
    return sa.Column("tenant_id", sa.UUID(), nullable=False), sa.Column("id", sa.UUID(), nullable=False)


def upgrade() -> None:
    op.add_column("orders", sa.Column("priority", sa.SmallInteger(), server_default="5", nullable=False))
    op.add_column("orders", sa.Column("promise_on", sa.Date(), nullable=True))
    op.create_check_constraint(op.f("ck_orders_priority_known"), "orders", "priority BETWEEN 0 AND 9")
    op.add_column("locations", sa.Column("daily_capacity", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_locations_capacity_positive"), "locations", "daily_capacity > 0")
    op.add_column(
        "customers", sa.Column("ship_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index("ix_allocations_day", "allocations", ["tenant_id", "at"], postgresql_using="brin")
    _substitutes()
    _batches()
    _follow_ups()
    _questions()
    for table in _TABLES:
        op.execute(tenant_table_sql(table))


def _substitutes() -> None:
    op.create_table(
        "sku_substitutes",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("substitute_id", sa.UUID(), nullable=False),
        sa.Column("rank", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("sku_id <> substitute_id", name=op.f("ck_sku_substitutes_another_sku")),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_sku_substitutes_rank_from_one")),
        _reference("sku_substitutes", "sku_id", "skus", "CASCADE"),
        _reference("sku_substitutes", "substitute_id", "skus", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "sku_id", "substitute_id", name=op.f("pk_sku_substitutes")),
    )


def _batches() -> None:
    op.create_table(
        "allocation_batches",
        *_keys(),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("seconds", sa.Numeric(10, 3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('rules', 'optimise')", name=op.f("ck_allocation_batches_mode_known")),
        sa.CheckConstraint("orders >= 0 AND seconds >= 0", name=op.f("ck_allocation_batches_not_negative")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_batches")),
    )
    op.create_index("ix_allocation_batches_newest", "allocation_batches", ["tenant_id", sa.text("id DESC")])


def _follow_ups() -> None:
    op.create_table(
        "backorder_follow_ups",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_backorder_follow_ups_done_by_somebody")
        ),
        sa.CheckConstraint("note <> ''", name=op.f("ck_backorder_follow_ups_note_given")),
        _reference("backorder_follow_ups", "order_id", "orders"),
        _reference("backorder_follow_ups", "line_id", "order_lines"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_backorder_follow_ups")),
    )
    still_open = sa.text("done_at IS NULL")
    op.create_index(
        "uq_backorder_follow_ups_open",
        "backorder_follow_ups",
        ["tenant_id", "line_id"],
        unique=True,
        postgresql_where=still_open,
    )
    op.create_index(
        "ix_backorder_follow_ups_due", "backorder_follow_ups", ["tenant_id", "due_on"], postgresql_where=still_open
    )
    op.create_index("ix_backorder_follow_ups_order", "backorder_follow_ups", ["tenant_id", "order_id"])


def _questions() -> None:
    op.create_table(
        "backorder_questions",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("units", sa.Numeric(18, 4), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("substitute", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_backorder_questions_units_positive")),
        sa.CheckConstraint(
            "answer IN ('', 'wait', 'substitute', 'cancel', 'withdrawn')",
            name=op.f("ck_backorder_questions_answer_known"),
        ),
        sa.CheckConstraint(
            "(answer = '') = (answered_at IS NULL)", name=op.f("ck_backorder_questions_answered_when_closed")
        ),
        sa.CheckConstraint(
            "(answer = 'substitute') = (substitute <> '')", name=op.f("ck_backorder_questions_substitute_is_named")
        ),
        _reference("backorder_questions", "order_id", "orders"),
        _reference("backorder_questions", "line_id", "order_lines"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_backorder_questions")),
    )
    op.create_index(
        "uq_backorder_questions_open",
        "backorder_questions",
        ["tenant_id", "line_id"],
        unique=True,
        postgresql_where=sa.text("answer = ''"),
    )
    op.create_index("ix_backorder_questions_order", "backorder_questions", ["tenant_id", "order_id"])


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_index("ix_allocations_day", "allocations")
    op.drop_column("customers", "ship_complete")
    op.drop_constraint(op.f("ck_locations_capacity_positive"), "locations", type_="check")
    op.drop_column("locations", "daily_capacity")
    op.drop_constraint(op.f("ck_orders_priority_known"), "orders", type_="check")
    op.drop_column("orders", "promise_on")
    op.drop_column("orders", "priority")
