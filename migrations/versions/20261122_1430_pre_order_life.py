"""Change sets and versions of orders; splits and merges with what they moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o013_order_life"
down_revision = "o012_stock"
branch_labels = None
depends_on = None

_TABLES = ("order_moves", "change_sets")
_APPEND_ONLY = ("order_moved_lines", "order_versions")


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _keys() -> tuple[sa.Column, sa.Column]:
    return sa.Column("tenant_id", sa.UUID(), nullable=False), sa.Column("id", sa.UUID(), nullable=False)


def upgrade() -> None:
    _orders()
    _moves()
    _changes()
    for table in _TABLES:
        op.execute(tenant_table_sql(table))
    for ledger in _APPEND_ONLY:
        op.execute(tenant_table_sql(ledger, app=("SELECT", "INSERT")))


def _orders() -> None:
    op.add_column("orders", sa.Column("merge_key", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("receiver_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("orders", sa.Column("parent_id", sa.UUID(), nullable=True))
    op.add_column("orders", sa.Column("merged_into", sa.UUID(), nullable=True))
    op.add_column("orders", sa.Column("sealed", sa.Text(), server_default="", nullable=False))
    for column in ("parent_id", "merged_into"):
        op.create_foreign_key(
            op.f(f"fk_orders_{column}"), "orders", "orders", ["tenant_id", column], ["tenant_id", "id"]
        )
    op.create_check_constraint(op.f("ck_orders_merged_is_closed"), "orders", "merged_into IS NULL OR status = 'closed'")
    op.add_column("receivables", sa.Column("passed_on", sa.Numeric(20, 4), server_default=sa.text("0"), nullable=False))
    op.add_column("receivables", sa.Column("passed_from", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_receivables_passed_from"),
        "receivables",
        "receivables",
        ["tenant_id", "passed_from"],
        ["tenant_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_receivables_passed_on_within_amount"),
        "receivables",
        "passed_on >= 0 AND passed_on + refunded <= abs(amount)",
    )
    op.add_column("order_charges", sa.Column("origin_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_charges_origin_id"), "order_charges", "orders", ["tenant_id", "origin_id"], ["tenant_id", "id"]
    )
    op.add_column("promotion_redemptions", sa.Column("uses", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint(op.f("ck_promotion_redemptions_not_negative"), "promotion_redemptions", type_="check")
    op.create_check_constraint(
        op.f("ck_promotion_redemptions_not_negative"), "promotion_redemptions", "amount >= 0 AND uses >= 0"
    )
    op.create_index(
        "ix_orders_parent", "orders", ["tenant_id", "parent_id"], postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_index(
        "ix_orders_merged_into",
        "orders",
        ["tenant_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_merge_key",
        "orders",
        ["tenant_id", "channel", "merge_key"],
        postgresql_where=sa.text("merge_key IS NOT NULL AND status = 'placed'"),
    )


def _moves() -> None:
    op.create_table(
        "order_moves",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('split', 'merge')", name=op.f("ck_order_moves_kind_known")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_order_moves_undone_by_somebody")),
        _reference("order_moves", "order_id", "orders"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_moves")),
    )
    op.create_index("ix_order_moves_order", "order_moves", ["tenant_id", "order_id", "id"])
    op.create_table(
        "order_moved_lines",
        *_keys(),
        sa.Column("move_id", sa.UUID(), nullable=False),
        sa.Column("from_order", sa.UUID(), nullable=False),
        sa.Column("to_order", sa.UUID(), nullable=False),
        sa.Column("from_line", sa.UUID(), nullable=False),
        sa.Column("to_line", sa.UUID(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 4), nullable=False),
        *(sa.Column(name, sa.Numeric(20, 4), nullable=False) for name in ("net", "tax", "gross")),
        sa.Column("discount", sa.Numeric(20, 4), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_moved_lines_something_moved")),
        sa.CheckConstraint("from_order <> to_order", name=op.f("ck_order_moved_lines_to_another_order")),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_order_moved_lines_gross_adds_up")),
        _reference("order_moved_lines", "move_id", "order_moves"),
        _reference("order_moved_lines", "from_order", "orders"),
        _reference("order_moved_lines", "to_order", "orders"),
        _reference("order_moved_lines", "from_line", "order_lines"),
        _reference("order_moved_lines", "to_line", "order_lines"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_moved_lines")),
    )
    op.create_index("ix_order_moved_lines_move", "order_moved_lines", ["tenant_id", "move_id"])
    op.create_index("ix_order_moved_lines_from", "order_moved_lines", ["tenant_id", "from_order"])
    op.create_index("ix_order_moved_lines_to", "order_moved_lines", ["tenant_id", "to_order"])


def _changes() -> None:
    op.create_table(
        "change_sets",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("actions", _json(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=True),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'requested', 'confirmed', 'declined', 'withdrawn')",
            name=op.f("ck_change_sets_status_known"),
        ),
        sa.CheckConstraint("origin IN ('staff', 'customer')", name=op.f("ck_change_sets_origin_known")),
        sa.CheckConstraint(
            "(status IN ('pending', 'requested')) = (decided_at IS NULL)",
            name=op.f("ck_change_sets_decided_when_closed"),
        ),
        sa.CheckConstraint(
            "(status = 'confirmed') = (result_version IS NOT NULL)",
            name=op.f("ck_change_sets_confirmed_has_version"),
        ),
        _reference("change_sets", "order_id", "orders"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_change_sets")),
    )
    op.create_index(
        "uq_change_sets_open",
        "change_sets",
        ["tenant_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('pending', 'requested')"),
    )
    op.create_index("ix_change_sets_order", "change_sets", ["tenant_id", "order_id", "id"])
    op.create_index(
        "ix_change_sets_requested",
        "change_sets",
        ["tenant_id", "id"],
        postgresql_where=sa.text("status = 'requested'"),
    )
    op.create_table(
        "order_versions",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("content", _json(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        _reference("order_versions", "order_id", "orders"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_versions")),
        sa.UniqueConstraint(
            "tenant_id", "order_id", "version", name=op.f("uq_order_versions_tenant_id_order_id_version")
        ),
    )


def downgrade() -> None:
    for table in ("order_versions", "change_sets", "order_moved_lines", "order_moves"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_receivables_passed_on_within_amount"), "receivables", type_="check")
    op.drop_constraint(op.f("fk_receivables_passed_from"), "receivables", type_="foreignkey")
    op.drop_column("receivables", "passed_from")
    op.drop_column("receivables", "passed_on")
    op.drop_constraint(op.f("ck_promotion_redemptions_not_negative"), "promotion_redemptions", type_="check")
    op.create_check_constraint(op.f("ck_promotion_redemptions_not_negative"), "promotion_redemptions", "amount >= 0")
    op.drop_column("promotion_redemptions", "uses")
    op.drop_constraint(op.f("fk_order_charges_origin_id"), "order_charges", type_="foreignkey")
    op.drop_column("order_charges", "origin_id")
    for index in ("ix_orders_merge_key", "ix_orders_merged_into", "ix_orders_parent"):
        op.drop_index(index, "orders")
    op.drop_constraint(op.f("ck_orders_merged_is_closed"), "orders", type_="check")
    for column in ("merged_into", "parent_id"):
        op.drop_constraint(op.f(f"fk_orders_{column}"), "orders", type_="foreignkey")
    for column in ("sealed", "merged_into", "parent_id", "receiver_hidden", "merge_key"):
        op.drop_column("orders", column)
