"""Drafts, templates, documents as received, notes, attachments, instalments; risk, duplicates and the review queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o016_intake"
down_revision = "o015_customers"
branch_labels = None
depends_on = None

_TABLES = (
    "order_drafts",
    "order_templates",
    "order_notes",
    "order_attachments",
    "order_instalments",
    "review_services",
)

# Looked at when the transaction ends: a line and its instalments may be written in any order.
_ADD_UP = """
CREATE FUNCTION instalments_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  line uuid;
  wanted numeric;
  owner uuid;
  planned numeric;
  strays bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
  line := CASE WHEN TG_TABLE_NAME = 'order_lines' THEN (to_jsonb(changed) ->> 'id')::uuid
    ELSE (to_jsonb(changed) ->> 'line_id')::uuid END;
  SELECT ordered - cancelled, order_id INTO wanted, owner FROM order_lines
    WHERE tenant_id = changed.tenant_id AND id = line;
  SELECT sum(quantity), count(*) FILTER (WHERE order_id <> owner) INTO planned, strays FROM order_instalments
    WHERE tenant_id = changed.tenant_id AND line_id = line;
  IF planned IS NOT NULL AND (planned IS DISTINCT FROM wanted OR strays > 0) THEN
    RAISE EXCEPTION 'order line %: % wanted but instalments of %, % of another order', line, wanted, planned, strays
      USING ERRCODE = 'check_violation', CONSTRAINT = 'instalments_add_up';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER instalments_of_changed_line AFTER UPDATE ON order_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.ordered - NEW.cancelled <> OLD.ordered - OLD.cancelled OR NEW.order_id <> OLD.order_id)
  EXECUTE FUNCTION instalments_add_up();
CREATE CONSTRAINT TRIGGER instalments_of_line AFTER INSERT OR UPDATE OR DELETE ON order_instalments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION instalments_add_up();
"""


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _instant(name: str, *, now: bool = False) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _orders()
    _intake()
    _beside_orders()
    for table in _TABLES:
        op.execute(tenant_table_sql(table))
    op.execute(tenant_table_sql("channel_documents", app=("SELECT", "INSERT")))
    op.execute(_ADD_UP)


def _orders() -> None:
    op.add_column("orders", sa.Column("risk_score", sa.Integer(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("goods_key", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_orders_risk_sane"), "orders", "risk_score BETWEEN -1000000 AND 1000000")
    op.create_index(
        "ix_orders_goods",
        "orders",
        ["tenant_id", "goods_key", sa.literal_column("placed_at DESC")],
        postgresql_where=sa.text("goods_key <> '' AND status <> 'cancelled'"),
    )
    op.add_column("order_holds", sa.Column("assigned_to", sa.UUID(), nullable=True))
    op.add_column("order_holds", sa.Column("other_order_id", sa.UUID(), nullable=True))
    for column, to in (("assigned_to", "users"), ("other_order_id", "orders")):
        op.create_foreign_key(
            op.f(f"fk_order_holds_{column}"), "order_holds", to, ["tenant_id", column], ["tenant_id", "id"]
        )
    op.create_index(
        "ix_order_holds_queue",
        "order_holds",
        ["tenant_id", "placed_at", "id"],
        postgresql_where=sa.text("released_at IS NULL"),
    )


def _intake() -> None:
    _table(
        "order_drafts",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("content", _json(), nullable=False),
        sa.Column("customer", sa.Text(), server_default="", nullable=False),
        sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.CheckConstraint("octet_length(content::text) <= 400000", name=op.f("ck_order_drafts_content_bounded")),
    )
    op.create_index(
        "ix_order_drafts_user", "order_drafts", ["tenant_id", "user_id", sa.literal_column("updated_at DESC")]
    )
    _table(
        "order_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("content", _json(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        sa.CheckConstraint("name <> ''", name=op.f("ck_order_templates_named")),
        sa.CheckConstraint("octet_length(content::text) <= 400000", name=op.f("ck_order_templates_content_bounded")),
        _reference("order_templates", "customer_id", "customers"),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_order_templates_tenant_id_name")),
    )
    op.create_index("ix_order_templates_customer", "order_templates", ["tenant_id", "customer_id"])
    _table(
        "channel_documents",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outside_number", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        _instant("received_at"),
        sa.CheckConstraint("octet_length(body) <= 2000000", name=op.f("ck_channel_documents_body_bounded")),
        _reference("channel_documents", "order_id", "orders"),
    )
    op.create_index("ix_channel_documents_order", "channel_documents", ["tenant_id", "order_id"])


def _beside_orders() -> None:
    _table(
        "order_notes",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        _instant("at"),
        sa.CheckConstraint("visibility IN ('internal', 'buyer')", name=op.f("ck_order_notes_visibility_known")),
        sa.CheckConstraint("body <> ''", name=op.f("ck_order_notes_says_something")),
        _reference("order_notes", "order_id", "orders"),
    )
    op.create_index("ix_order_notes_order", "order_notes", ["tenant_id", "order_id", "id"])
    _table(
        "order_attachments",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("for_buyer", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        _instant("at"),
        _reference("order_attachments", "order_id", "orders"),
        _reference("order_attachments", "file_id", "field_files"),
        sa.UniqueConstraint("tenant_id", "file_id", name=op.f("uq_order_attachments_tenant_id_file_id")),
    )
    op.create_index("ix_order_attachments_order", "order_attachments", ["tenant_id", "order_id", "id"])
    _table(
        "order_instalments",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_instalments_something_due")),
        _reference("order_instalments", "order_id", "orders"),
        _reference("order_instalments", "line_id", "order_lines"),
        sa.UniqueConstraint(
            "tenant_id", "line_id", "due_on", name=op.f("uq_order_instalments_tenant_id_line_id_due_on")
        ),
    )
    op.create_index("ix_order_instalments_order", "order_instalments", ["tenant_id", "order_id"])
    op.create_index("ix_order_instalments_due", "order_instalments", ["tenant_id", "due_on"])
    _table(
        "review_services",
        sa.Column("hold_type", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours BETWEEN 1 AND 1000", name=op.f("ck_review_services_hours_sane")),
        sa.UniqueConstraint("tenant_id", "hold_type", name=op.f("uq_review_services_tenant_id_hold_type")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER instalments_of_changed_line ON order_lines")
    for table in ("channel_documents", *reversed(_TABLES)):
        op.drop_table(table)
    op.execute("DROP FUNCTION instalments_add_up()")
    op.drop_index("ix_order_holds_queue", "order_holds")
    for column in ("other_order_id", "assigned_to"):
        op.drop_constraint(op.f(f"fk_order_holds_{column}"), "order_holds", type_="foreignkey")
        op.drop_column("order_holds", column)
    op.drop_index("ix_orders_goods", "orders")
    op.drop_constraint(op.f("ck_orders_risk_sane"), "orders", type_="check")
    for column in ("goods_key", "risk_score"):
        op.drop_column("orders", column)
