"""Configuration documents, drafts and releases; approvals that run under them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "l001"
down_revision = "t001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_instances",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("flow_key", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("subject_revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitter_id", sa.UUID(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (ended_at IS NULL)", name=op.f("ck_approval_instances_ended_when_closed")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'approved', 'rejected', 'returned', 'withdrawn')",
            name=op.f("ck_approval_instances_status_known"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_instances")),
    )
    op.create_index(
        "ix_approval_instances_subject",
        "approval_instances",
        ["tenant_id", "subject_kind", "subject_id", "id"],
        unique=False,
    )
    op.create_index(
        "ux_approval_instances_open",
        "approval_instances",
        ["tenant_id", "subject_kind", "subject_id", "flow_key"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "config_documents",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_config_documents_hash_is_sha256")),
        sa.PrimaryKeyConstraint("tenant_id", "hash", name=op.f("pk_config_documents")),
    )
    op.create_table(
        "config_drafts",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("base_hash", sa.Text(), nullable=True),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "key", name=op.f("pk_config_drafts")),
    )
    op.create_table(
        "config_references",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("from_kind", sa.Text(), nullable=False),
        sa.Column("from_key", sa.Text(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("to_kind", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.Column("to_member", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "from_kind",
            "from_key",
            "pointer",
            "to_kind",
            "to_key",
            "to_member",
            name=op.f("pk_config_references"),
        ),
    )
    op.create_index(
        "ix_config_references_target", "config_references", ["tenant_id", "to_kind", "to_key"], unique=False
    )
    op.create_table(
        "config_releases",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("checks", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_config_releases_number_positive")),
        sa.CheckConstraint("parent < number", name=op.f("ck_config_releases_parent_before")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent"],
            ["config_releases.tenant_id", "config_releases.number"],
            name=op.f("fk_config_releases_parent"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_config_releases")),
    )
    op.create_table(
        "approval_events",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("instance_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("idem_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["approval_instances.tenant_id", "approval_instances.id"],
            name=op.f("fk_approval_events_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_events")),
        sa.UniqueConstraint("tenant_id", "idem_key", name=op.f("uq_approval_events_tenant_id_idem_key")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "seq", name=op.f("uq_approval_events_tenant_id_instance_id_seq")
        ),
    )
    op.create_table(
        "approval_tasks",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("instance_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.UUID(), nullable=False),
        sa.Column("origin_id", sa.UUID(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.UUID(), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (acted_at IS NULL)", name=op.f("ck_approval_tasks_acted_when_closed")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["approval_instances.tenant_id", "approval_instances.id"],
            name=op.f("fk_approval_tasks_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_tasks")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "number", name=op.f("uq_approval_tasks_tenant_id_instance_id_number")
        ),
    )
    op.create_index(
        "ix_approval_tasks_mine",
        "approval_tasks",
        ["tenant_id", "assignee_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    for table in ("config_drafts", "config_references", "approval_instances", "approval_tasks"):
        op.execute(tenant_table_sql(table))
    for table in ("config_documents", "config_releases", "approval_events"):
        op.execute(tenant_table_sql(table, app=("SELECT", "INSERT")))


def downgrade() -> None:
    op.drop_table("approval_tasks")
    op.drop_table("approval_events")
    op.drop_table("approval_instances")
    op.drop_table("config_releases")
    op.drop_table("config_references")
    op.drop_table("config_drafts")
    op.drop_table("config_documents")
