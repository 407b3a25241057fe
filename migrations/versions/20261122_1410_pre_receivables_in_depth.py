"""Credit in depth and receivables: account trees, policies, temporary limits, invoices from orders, the ledger, dunning.

What is booked already gets its place in the ledger, so that it balances from the first day. The version before must
not book receivables while this runs: what it wrote would be missing from the ledger, and is refused.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.schema import tenant_table_sql

revision = "o011_receivables"
down_revision = "o010_pricing"
branch_labels = None
depends_on = None

_WALLED = ("roles", "api_keys", "receivables", "receivable_applications", "credit_accounts", "orders", "order_lines")
_CHECKS = (
    ("credit_accounts", "not_its_own_parent", "parent_id <> id"),
    ("customers", "prepay_percent_sane", "prepay_percent BETWEEN 0 AND 100"),
    ("orders", "credit_sane", "credit_exposed >= 0 AND credit_released >= 0 AND prepay_required >= 0"),
    ("orders", "money_not_negative", "paid_total >= 0 AND credited_total >= 0 AND invoiced_total >= 0"),
    ("order_lines", "invoiced_within_ordered", "invoiced >= 0 AND invoiced <= ordered - cancelled"),
    ("receivables", "amount_adds_up", "amount = net + tax"),
    ("receivables", "refunded_not_negative", "refunded >= 0 AND billed >= 0"),
)
# What is booked already, as ledger transactions: amounts of which no tax was known stand as revenue.
_FILL = """
UPDATE receivables r SET net = amount, tax = 0,
  currency = (SELECT a.currency FROM credit_accounts a WHERE a.tenant_id = r.tenant_id AND a.id = r.account_id);
UPDATE receivables r SET order_id = NULL WHERE order_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM orders o WHERE o.tenant_id = r.tenant_id AND o.id = r.order_id);
UPDATE orders o SET invoiced_total = x.amount FROM (
  SELECT tenant_id, order_id, sum(amount) AS amount FROM receivables
  WHERE kind = 'invoice' AND order_id IS NOT NULL GROUP BY 1, 2) x
WHERE x.tenant_id = o.tenant_id AND x.order_id = o.id;
INSERT INTO credit_raises (tenant_id, id, account_id, credit_limit, from_on, until_on, reason, created_at, created_by)
SELECT tenant_id, new_id(), id, raised_limit, least(current_date, raised_until), raised_until, '', now(), ''
FROM credit_accounts WHERE raised_limit IS NOT NULL AND raised_until IS NOT NULL;
INSERT INTO ledger_accounts (tenant_id, code, kind)
SELECT DISTINCT r.tenant_id, c.code, c.kind FROM receivables r, (VALUES ('receivable', 'asset'), ('bank', 'asset'),
  ('deposits', 'liability'), ('tax_payable', 'liability'), ('revenue', 'income'), ('discounts', 'expense'),
  ('write_off', 'expense'), ('rounding', 'expense')) AS c (code, kind);
INSERT INTO ledger_transactions (tenant_id, id, kind, posted_on, at, actor, receivable_id, order_id)
SELECT tenant_id, id, kind, posted_on, created_at, created_by, id, order_id FROM receivables;
INSERT INTO ledger_entries
  (tenant_id, id, transaction_id, account, currency, debit, credit, customer_id, credit_account_id)
SELECT r.tenant_id, new_id(), r.id, s.account, r.currency, CASE WHEN s.is_debit THEN abs(r.amount) ELSE 0 END,
  CASE WHEN s.is_debit THEN 0 ELSE abs(r.amount) END, r.customer_id, r.account_id
FROM receivables r JOIN (VALUES ('invoice', 'receivable', true), ('invoice', 'revenue', false),
  ('payment', 'bank', true), ('payment', 'deposits', false), ('credit_note', 'revenue', true),
  ('credit_note', 'deposits', false)) AS s (kind, account, is_debit) ON s.kind = r.kind;
INSERT INTO ledger_transactions (tenant_id, id, kind, posted_on, at, actor, receivable_id)
SELECT tenant_id, id, 'application', at::date, at, '', invoice_id FROM receivable_applications;
INSERT INTO ledger_entries
  (tenant_id, id, transaction_id, account, currency, debit, credit, customer_id, credit_account_id)
SELECT x.tenant_id, new_id(), x.id, s.account, r.currency,
  CASE WHEN s.is_debit = (x.amount > 0) THEN abs(x.amount) ELSE 0 END,
  CASE WHEN s.is_debit = (x.amount > 0) THEN 0 ELSE abs(x.amount) END, r.customer_id, r.account_id
FROM receivable_applications x
JOIN receivables r ON r.tenant_id = x.tenant_id AND r.id = x.invoice_id
CROSS JOIN (VALUES ('deposits', true), ('receivable', false)) AS s (account, is_debit);
"""
_GUARDS = """
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND transaction_id = NEW.id) < 2
    OR EXISTS (SELECT FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND transaction_id = NEW.id
      GROUP BY currency HAVING sum(debit) <> sum(credit)) THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND transaction_id = NEW.transaction_id
      GROUP BY currency HAVING sum(debit) <> sum(credit)) THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only; correct it by a counter-entry', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE CONSTRAINT TRIGGER transaction_balances AFTER INSERT ON ledger_transactions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transactions
  FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
"""
# Who could book receivables may go on, and who could release holds may release those of money.
_RIGHTS = """
UPDATE {table} SET permissions = permissions || '{{receivables.post}}'::text[]
WHERE 'credit.edit' = ANY(permissions) AND NOT 'receivables.post' = ANY(permissions);
UPDATE {table} SET permissions = permissions || '{{credit.release}}'::text[]
WHERE 'holds.release' = ANY(permissions) AND NOT 'credit.release' = ANY(permissions);
"""
_APPEND_ONLY = ("ledger_transactions", "ledger_entries", "dunning_entries")


def upgrade() -> None:
    op.create_table(
        "dunning_steps",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("after_days", sa.Integer(), nullable=False),
        sa.Column("remind", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("stop", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("after_days >= 0", name=op.f("ck_dunning_steps_after_days_not_negative")),
        sa.CheckConstraint("step BETWEEN 1 AND 9", name=op.f("ck_dunning_steps_step_known")),
        sa.PrimaryKeyConstraint("tenant_id", "step", name=op.f("pk_dunning_steps")),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'income', 'expense')", name=op.f("ck_ledger_accounts_kind_known")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "code", name=op.f("pk_ledger_accounts")),
    )
    op.create_table(
        "credit_policies",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("default_limit", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("count_open_orders", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("count_unbilled_shipments", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("count_open_invoices", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("count_overdue", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("count_unapplied_payments", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("limit_open_orders", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("limit_unbilled_shipments", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("limit_open_invoices", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("limit_overdue", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("overdue_days", sa.Integer(), nullable=True),
        sa.Column("overdue_amount", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("at_confirm", sa.Text(), server_default="order_type", nullable=False),
        sa.Column("at_release", sa.Text(), server_default="ignore", nullable=False),
        sa.Column("at_ship", sa.Text(), server_default="ignore", nullable=False),
        sa.Column("at_invoice", sa.Text(), server_default="ignore", nullable=False),
        sa.Column("crossing", sa.Text(), server_default="stop", nullable=False),
        sa.Column("warn_percent", sa.Integer(), server_default="80", nullable=False),
        sa.CheckConstraint(
            "at_confirm IN ('order_type', 'ignore', 'warn', 'hold', 'block')",
            name=op.f("ck_credit_policies_confirm_known"),
        ),
        sa.CheckConstraint(
            "at_release IN ('ignore', 'warn', 'hold', 'block') AND at_ship IN ('ignore', 'warn', 'hold', 'block') AND at_invoice IN ('ignore', 'warn', 'hold', 'block')",
            name=op.f("ck_credit_policies_points_known"),
        ),
        sa.CheckConstraint("crossing IN ('stop', 'allow')", name=op.f("ck_credit_policies_crossing_known")),
        sa.CheckConstraint(
            "overdue_days >= 0 AND overdue_amount >= 0", name=op.f("ck_credit_policies_overdue_not_negative")
        ),
        sa.CheckConstraint("warn_percent BETWEEN 1 AND 100", name=op.f("ck_credit_policies_warn_percent_sane")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["credit_accounts.tenant_id", "credit_accounts.id"],
            name=op.f("fk_credit_policies_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_policies")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            name=op.f("uq_credit_policies_tenant_id_account_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "credit_raises",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_credit_raises_ended_by_somebody")),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_credit_raises_limit_not_negative")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_credit_raises_days_in_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["credit_accounts.tenant_id", "credit_accounts.id"],
            name=op.f("fk_credit_raises_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_raises")),
    )
    op.create_index("ix_credit_raises_account", "credit_raises", ["tenant_id", "account_id", "until_on"], unique=False)
    op.create_table(
        "dunning_entries",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("days_overdue", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Text(), server_default="", nullable=False),
        sa.Column("stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["receivables.tenant_id", "receivables.id"],
            name=op.f("fk_dunning_entries_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dunning_entries")),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "step", name=op.f("uq_dunning_entries_tenant_id_invoice_id_step")
        ),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("receivable_id", sa.UUID(), nullable=True),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivables.tenant_id", "receivables.id"],
            name=op.f("fk_ledger_transactions_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_transactions")),
    )
    op.create_index(
        "ix_ledger_transactions_receivable", "ledger_transactions", ["tenant_id", "receivable_id"], unique=False
    )
    op.create_table(
        "receivable_lines",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("receivable_id", sa.UUID(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.UUID(), nullable=True),
        sa.Column("of_line_id", sa.UUID(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=20, scale=8), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("gross", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("credited_quantity", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False),
        sa.Column("credited_net", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("credited_tax", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("credited_gross", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('goods', 'charge')", name=op.f("ck_receivable_lines_kind_known")),
        sa.CheckConstraint(
            "credited_net + credited_tax = credited_gross", name=op.f("ck_receivable_lines_credited_adds_up")
        ),
        sa.CheckConstraint(
            "credited_quantity >= 0 AND credited_quantity <= quantity",
            name=op.f("ck_receivable_lines_credited_within_quantity"),
        ),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_receivable_lines_gross_adds_up")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "of_line_id"],
            ["receivable_lines.tenant_id", "receivable_lines.id"],
            name=op.f("fk_receivable_lines_of_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["order_lines.tenant_id", "order_lines.id"],
            name=op.f("fk_receivable_lines_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivables.tenant_id", "receivables.id"],
            name=op.f("fk_receivable_lines_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receivable_lines")),
        sa.UniqueConstraint(
            "tenant_id", "receivable_id", "line_no", name=op.f("uq_receivable_lines_tenant_id_receivable_id_line_no")
        ),
    )
    op.create_index("ix_receivable_lines_order_line", "receivable_lines", ["tenant_id", "order_line_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("debit", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("credit", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("credit_account_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "debit >= 0 AND credit >= 0 AND (debit > 0) <> (credit > 0)", name=op.f("ck_ledger_entries_one_side")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account"],
            ["ledger_accounts.tenant_id", "ledger_accounts.code"],
            name=op.f("fk_ledger_entries_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_ledger_entries_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["ledger_transactions.tenant_id", "ledger_transactions.id"],
            name=op.f("fk_ledger_entries_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(
        "ix_ledger_entries_credit_account",
        "ledger_entries",
        ["tenant_id", "credit_account_id", "account"],
        unique=False,
    )
    op.create_index(
        "ix_ledger_entries_customer", "ledger_entries", ["tenant_id", "customer_id", "account"], unique=False
    )
    op.create_index("ix_ledger_entries_transaction", "ledger_entries", ["tenant_id", "transaction_id"], unique=False)
    op.add_column("credit_accounts", sa.Column("parent_id", sa.UUID(), nullable=True))
    op.add_column(
        "credit_accounts", sa.Column("overdue_stop", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.alter_column("credit_accounts", "credit_limit", existing_type=sa.NUMERIC(precision=20, scale=4), nullable=True)
    op.create_foreign_key(
        op.f("fk_credit_accounts_parent_id"),
        "credit_accounts",
        "credit_accounts",
        ["tenant_id", "parent_id"],
        ["tenant_id", "id"],
    )
    op.add_column("customer_groups", sa.Column("credit_limit", sa.Numeric(precision=20, scale=4), nullable=True))
    op.add_column(
        "customers", sa.Column("terms_end_of_month", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("customers", sa.Column("prepay_percent", sa.Numeric(precision=5, scale=2), nullable=True))
    op.add_column(
        "order_lines", sa.Column("invoiced", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "order_lines", sa.Column("invoiced_net", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "order_lines", sa.Column("invoiced_tax", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("credit_released", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("prepay_required", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("paid_total", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("credited_total", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("invoiced_total", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column("receivable_applications", sa.Column("actor", sa.Text(), server_default="", nullable=False))
    op.add_column("receivables", sa.Column("currency", sa.CHAR(length=3), nullable=True))
    op.add_column("receivables", sa.Column("net", sa.Numeric(precision=20, scale=4), nullable=True))
    op.add_column("receivables", sa.Column("tax", sa.Numeric(precision=20, scale=4), nullable=True))
    op.add_column(
        "receivables", sa.Column("refunded", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column(
        "receivables", sa.Column("billed", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False)
    )
    op.add_column("receivables", sa.Column("invoice_id", sa.UUID(), nullable=True))
    op.add_column("receivables", sa.Column("voided", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("receivables", sa.Column("method", sa.Text(), server_default="", nullable=False))
    op.add_column("receivables", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    op.add_column("receivables", sa.Column("banked_on", sa.Date(), nullable=True))
    op.add_column("receivables", sa.Column("created_by", sa.Text(), server_default="", nullable=False))
    op.alter_column("receivables", "account_id", existing_type=sa.UUID(), nullable=True)
    op.create_index("ix_receivables_customer", "receivables", ["tenant_id", "customer_id", "posted_on"], unique=False)
    op.create_index(
        "ix_receivables_order",
        "receivables",
        ["tenant_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "uq_receivables_reference",
        "receivables",
        ["tenant_id", "method", "reference"],
        unique=True,
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_foreign_key(
        op.f("fk_receivables_invoice_id"),
        "receivables",
        "receivables",
        ["tenant_id", "invoice_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_receivables_order_id"), "receivables", "orders", ["tenant_id", "order_id"], ["tenant_id", "id"]
    )
    # The owner is behind the wall as well, and there is no tenant here.
    for table in _WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_FILL)
    for table in ("roles", "api_keys"):
        op.execute(_RIGHTS.format(table=table))
    for table in _WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for column in ("currency", "net", "tax"):
        op.alter_column("receivables", column, nullable=False)
    for table, name, condition in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.execute(_GUARDS)
    for table in (
        "ledger_accounts", "ledger_transactions", "ledger_entries", "receivable_lines", "dunning_steps",
        "dunning_entries", "credit_raises", "credit_policies",
    ):  # fmt: skip
        rights = ("SELECT", "INSERT") if table in _APPEND_ONLY else ("SELECT", "INSERT", "UPDATE", "DELETE")
        op.execute(tenant_table_sql(table, app=rights))


def downgrade() -> None:
    op.execute(
        "DROP TRIGGER transaction_balances ON ledger_transactions; DROP TRIGGER entry_balances ON ledger_entries"
    )
    op.execute("DROP TRIGGER append_only ON ledger_transactions; DROP TRIGGER append_only ON ledger_entries")
    op.execute("DROP FUNCTION ledger_balances(), ledger_entry_balances(), ledger_is_append_only()")
    for table, name, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_constraint(op.f("fk_receivables_order_id"), "receivables", type_="foreignkey")
    op.drop_constraint(op.f("fk_receivables_invoice_id"), "receivables", type_="foreignkey")
    op.drop_index("uq_receivables_reference", table_name="receivables", postgresql_where=sa.text("reference <> ''"))
    op.drop_index("ix_receivables_order", table_name="receivables", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_receivables_customer", table_name="receivables")
    op.alter_column("receivables", "account_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("receivables", "created_by")
    op.drop_column("receivables", "banked_on")
    op.drop_column("receivables", "reference")
    op.drop_column("receivables", "method")
    op.drop_column("receivables", "voided")
    op.drop_column("receivables", "invoice_id")
    op.drop_column("receivables", "billed")
    op.drop_column("receivables", "refunded")
    op.drop_column("receivables", "tax")
    op.drop_column("receivables", "net")
    op.drop_column("receivables", "currency")
    op.drop_column("receivable_applications", "actor")
    op.drop_column("orders", "invoiced_total")
    op.drop_column("orders", "credited_total")
    op.drop_column("orders", "paid_total")
    op.drop_column("orders", "prepay_required")
    op.drop_column("orders", "credit_released")
    op.drop_column("order_lines", "invoiced_tax")
    op.drop_column("order_lines", "invoiced_net")
    op.drop_column("order_lines", "invoiced")
    op.drop_column("customers", "prepay_percent")
    op.drop_column("customers", "terms_end_of_month")
    op.drop_column("customer_groups", "credit_limit")
    op.drop_constraint(op.f("fk_credit_accounts_parent_id"), "credit_accounts", type_="foreignkey")
    op.alter_column("credit_accounts", "credit_limit", existing_type=sa.NUMERIC(precision=20, scale=4), nullable=False)
    op.drop_column("credit_accounts", "overdue_stop")
    op.drop_column("credit_accounts", "parent_id")
    op.drop_index("ix_ledger_entries_transaction", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_customer", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_credit_account", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index("ix_receivable_lines_order_line", table_name="receivable_lines")
    op.drop_table("receivable_lines")
    op.drop_index("ix_ledger_transactions_receivable", table_name="ledger_transactions")
    op.drop_table("ledger_transactions")
    op.drop_table("dunning_entries")
    op.drop_index("ix_credit_raises_account", table_name="credit_raises")
    op.drop_table("credit_raises")
    op.drop_table("credit_policies")
    op.drop_table("ledger_accounts")
    op.drop_table("dunning_steps")
