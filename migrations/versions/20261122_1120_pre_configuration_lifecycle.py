"""The configuration's lifecycle: saves of drafts, planned releases, backtests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "l004_lifecycle"
down_revision = "l002_flows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "config_draft_versions",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "etag", name=op.f("pk_config_draft_versions")),
    )
    op.create_index("ix_config_draft_versions_saved", "config_draft_versions", ["tenant_id", "saved_at"], unique=False)
    op.create_table(
        "config_plans",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("changed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("accept_warnings", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.UUID(), nullable=True),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_by_kind", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("release", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(action = 'roll_back') = (target IS NOT NULL)", name=op.f("ck_config_plans_roll_back_has_target")
        ),
        sa.CheckConstraint(
            "(state = 'published') = (release IS NOT NULL)", name=op.f("ck_config_plans_published_has_release")
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'scheduled')) = (ended_at IS NULL)", name=op.f("ck_config_plans_ended_when_closed")
        ),
        sa.CheckConstraint("action IN ('publish', 'roll_back')", name=op.f("ck_config_plans_action_known")),
        sa.CheckConstraint(
            "state <> 'scheduled' OR publish_at IS NOT NULL", name=op.f("ck_config_plans_scheduled_has_hour")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'scheduled', 'published', 'refused', 'cancelled', 'void', 'failed')",
            name=op.f("ck_config_plans_state_known"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_config_plans")),
    )
    op.create_index(
        "ix_config_plans_open",
        "config_plans",
        ["tenant_id", "publish_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'scheduled')"),
    )
    op.create_table(
        "config_backtests",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("manifest", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("changed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("scope", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("differing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cursor", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "tallies",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('queued', 'running')) = (finished_at IS NULL)",
            name=op.f("ck_config_backtests_finished_when_over"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled', 'failed')",
            name=op.f("ck_config_backtests_state_known"),
        ),
        sa.CheckConstraint("done <= total", name=op.f("ck_config_backtests_done_within_total")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_config_backtests")),
    )
    op.create_table(
        "config_backtest_differences",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("backtest_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("what", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "backtest_id"],
            ["config_backtests.tenant_id", "config_backtests.id"],
            name=op.f("fk_config_backtest_differences_backtest_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "backtest_id", "position", name=op.f("pk_config_backtest_differences")),
        sa.UniqueConstraint(
            "tenant_id",
            "backtest_id",
            "subject_id",
            name=op.f("uq_config_backtest_differences_tenant_id_backtest_id_subject_id"),
        ),
    )
    for table in ("config_plans", "config_backtests"):
        op.execute(tenant_table_sql(table, app=("SELECT", "INSERT", "UPDATE")))
    op.execute(tenant_table_sql("config_backtest_differences", app=("SELECT", "INSERT")))
    op.execute(tenant_table_sql("config_draft_versions", app=("SELECT", "INSERT", "DELETE")))


def downgrade() -> None:
    op.drop_table("config_backtest_differences")
    op.drop_table("config_backtests")
    op.drop_table("config_plans")
    op.drop_table("config_draft_versions")
