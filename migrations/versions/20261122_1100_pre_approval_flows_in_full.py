"""Departments and who stands in for whom; timers, copies, kinds and due dates of approval tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "l002_flows"
down_revision = "o001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("head_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_departments_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_departments_parent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_departments")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_departments_tenant_id_key")),
    )
    op.create_index("ix_departments_parent", "departments", ["tenant_id", "parent_id"])
    op.add_column("users", sa.Column("department_id", sa.UUID(), nullable=True))
    op.add_column("users", sa.Column("approval_limit", sa.Numeric(20, 4), nullable=True))
    op.create_check_constraint(op.f("ck_users_approval_limit_not_negative"), "users", "approval_limit >= 0")
    op.create_foreign_key(
        op.f("fk_users_department_id"), "users", "departments", ["tenant_id", "department_id"], ["tenant_id", "id"]
    )
    op.create_index("ix_users_department", "users", ["tenant_id", "department_id"])

    op.create_index("ix_approval_instances_submitter", "approval_instances", ["tenant_id", "submitter_id", "id"])
    op.create_index(
        "ix_approval_instances_running",
        "approval_instances",
        ["tenant_id", "id"],
        postgresql_where=sa.text("status = 'open'"),
    )
    op.add_column("approval_tasks", sa.Column("kind", sa.Text(), server_default="approve", nullable=False))
    op.add_column("approval_tasks", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_approval_tasks_kind_known"), "approval_tasks", "kind IN ('approve', 'handle')")
    op.drop_constraint(op.f("ck_approval_tasks_acted_when_closed"), "approval_tasks", type_="check")
    op.create_check_constraint(
        op.f("ck_approval_tasks_acted_when_closed"),
        "approval_tasks",
        "(status IN ('open', 'suspended')) = (acted_at IS NULL)",
    )
    op.create_index(
        "ix_approval_tasks_done",
        "approval_tasks",
        ["tenant_id", "acted_by", "acted_at"],
        postgresql_where=sa.text("acted_by IS NOT NULL"),
    )
    op.create_table(
        "approval_timers",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("instance_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('remind', 'due', 'wait')", name=op.f("ck_approval_timers_purpose_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["approval_instances.tenant_id", "approval_instances.id"],
            name=op.f("fk_approval_timers_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_timers")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "number", name=op.f("uq_approval_timers_tenant_id_instance_id_number")
        ),
    )
    op.create_index("ix_approval_timers_due", "approval_timers", ["tenant_id", "due_at"])
    op.create_table(
        "approval_copies",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("instance_id", sa.UUID(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["approval_instances.tenant_id", "approval_instances.id"],
            name=op.f("fk_approval_copies_instance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_copies")),
    )
    op.create_index("ix_approval_copies_user", "approval_copies", ["tenant_id", "user_id", "id"])
    op.create_table(
        "approval_delegations",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("from_id", sa.UUID(), nullable=False),
        sa.Column("to_id", sa.UUID(), nullable=False),
        sa.Column("flow_key", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_approval_delegations_to_somebody_else")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_approval_delegations_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_id"], ["users.tenant_id", "users.id"], name=op.f("fk_approval_delegations_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_id"], ["users.tenant_id", "users.id"], name=op.f("fk_approval_delegations_to_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_delegations")),
    )
    op.create_index("ix_approval_delegations_from", "approval_delegations", ["tenant_id", "from_id", "ends_on"])
    for table in ("departments", "approval_timers", "approval_copies", "approval_delegations"):
        op.execute(tenant_table_sql(table))


def downgrade() -> None:
    op.drop_table("approval_delegations")
    op.drop_table("approval_copies")
    op.drop_table("approval_timers")
    op.drop_index("ix_approval_tasks_done", "approval_tasks")
    # What waits for added signers is, to the version before, a task that was called off.
    op.execute("ALTER TABLE approval_tasks NO FORCE ROW LEVEL SECURITY")  # the owner mends rows of all tenants
    op.execute("UPDATE approval_tasks SET status = 'cancelled', acted_at = opened_at WHERE status = 'suspended'")
    op.execute("ALTER TABLE approval_tasks FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("ck_approval_tasks_acted_when_closed"), "approval_tasks", type_="check")
    op.create_check_constraint(
        op.f("ck_approval_tasks_acted_when_closed"), "approval_tasks", "(status = 'open') = (acted_at IS NULL)"
    )
    op.drop_column("approval_tasks", "due_at")
    op.drop_column("approval_tasks", "kind")
    op.drop_index("ix_approval_instances_running", "approval_instances")
    op.drop_index("ix_approval_instances_submitter", "approval_instances")
    op.drop_column("users", "approval_limit")
    op.drop_column("users", "department_id")
    op.drop_table("departments")
