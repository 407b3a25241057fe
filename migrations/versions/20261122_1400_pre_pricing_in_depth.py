"""Discounts, charges, coupons, dated exchange rates, taxes and lists by region, prices by packaging unit, rebates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o010_pricing"
down_revision = "l005_list_columns"
branch_labels = None
depends_on = None

_SCOPES = "scope IN ('contract', 'customer', 'customer_group', 'channel', {region}'base')"
_TABLES = (
    "order_adjustments", "order_charges", "exchange_rates", "coupons", "promotion_counters", "promotion_redemptions",
    "rebate_agreements", "rebate_tiers", "rebate_settlements",
)  # fmt: skip

# Both sides are looked at when the transaction ends, so that a line and its adjustments may be written in any order.
_DISCOUNTS_ADD_UP = """
CREATE FUNCTION discounts_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  line uuid;
  stated numeric;
  summed numeric;
BEGIN
  IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
  line := CASE WHEN TG_TABLE_NAME = 'order_lines' THEN (to_jsonb(changed) ->> 'id')::uuid
    ELSE (to_jsonb(changed) ->> 'line_id')::uuid END;
  SELECT discount INTO stated FROM order_lines WHERE tenant_id = changed.tenant_id AND id = line;
  SELECT coalesce(sum(amount), 0) INTO summed FROM order_adjustments
    WHERE tenant_id = changed.tenant_id AND line_id = line;
  IF stated IS DISTINCT FROM summed THEN
    RAISE EXCEPTION 'order line %: discount % but adjustments of %', line, stated, summed
      USING ERRCODE = 'check_violation', CONSTRAINT = 'discounts_add_up';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER discount_of_new_line AFTER INSERT ON order_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.discount <> 0) EXECUTE FUNCTION discounts_add_up();
CREATE CONSTRAINT TRIGGER discount_of_changed_line AFTER UPDATE ON order_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.discount <> OLD.discount) EXECUTE FUNCTION discounts_add_up();
CREATE CONSTRAINT TRIGGER adjustments_of_line AFTER INSERT OR UPDATE OR DELETE ON order_adjustments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION discounts_add_up();
"""


def upgrade() -> None:
    _change_prices()
    _change_orders()
    _make_promotions()
    _make_rebates()
    for table in _TABLES:
        op.execute(tenant_table_sql(table))
    op.execute(_DISCOUNTS_ADD_UP)


def _amount() -> sa.Numeric[object]:
    return sa.Numeric(precision=20, scale=4)


def _keys() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.UUID(), nullable=False), sa.Column("id", sa.UUID(), nullable=False)]


def _fk(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )  # fmt: skip


def _change_prices() -> None:
    op.drop_constraint(op.f("ck_price_lists_scope_known"), "price_lists")
    op.create_check_constraint(op.f("ck_price_lists_scope_known"), "price_lists", _SCOPES.format(region="'region', "))
    op.add_column("price_list_targets", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("price_list_targets", sa.Column("region", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_price_list_targets_one_target"), "price_list_targets")
    op.create_check_constraint(
        op.f("ck_price_list_targets_one_target"), "price_list_targets",
        "num_nonnulls(customer_id, group_id, channel, country) = 1",
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_price_list_targets_region_has_country"), "price_list_targets", "region IS NULL OR country IS NOT NULL"
    )
    op.create_index("ix_price_list_targets_country", "price_list_targets", ["tenant_id", "country"])
    op.add_column("price_list_entries", sa.Column("unit", sa.Text(), nullable=True))
    op.add_column("price_list_entries", sa.Column("floor_price", sa.Numeric(20, 8), nullable=True))
    op.create_check_constraint(
        op.f("ck_price_list_entries_floor_not_negative"), "price_list_entries", "floor_price >= 0"
    )
    op.add_column("tax_rates", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(op.f("uq_tax_rates_tenant_id_tax_class_country_valid_from"), "tax_rates")
    op.create_unique_constraint(
        op.f("uq_tax_rates_tenant_id_tax_class_country_region_valid_from"),
        "tax_rates",
        ["tenant_id", "tax_class", "country", "region", "valid_from"],
    )
    op.create_check_constraint(op.f("ck_tax_rates_region_has_country"), "tax_rates", "region = '' OR country <> ''")
    op.create_table(
        "exchange_rates",
        *_keys(),
        sa.Column("from_currency", sa.CHAR(3), nullable=False),
        sa.Column("to_currency", sa.CHAR(3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(20, 8), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rates_rate_positive")),
        sa.CheckConstraint("from_currency <> to_currency", name=op.f("ck_exchange_rates_two_currencies")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_exchange_rates")),
        sa.UniqueConstraint(
            "tenant_id",
            "from_currency",
            "to_currency",
            "valid_from",
            name=op.f("uq_exchange_rates_tenant_id_from_currency_to_currency_valid_from"),
        ),
    )


def _change_orders() -> None:
    op.add_column("order_lines", sa.Column("discount", _amount(), server_default="0", nullable=False))
    op.add_column("order_lines", sa.Column("floor_price", sa.Numeric(20, 8), nullable=True))
    op.create_check_constraint(op.f("ck_order_lines_discount_not_negative"), "order_lines", "discount >= 0")
    op.create_check_constraint(op.f("ck_order_lines_floor_not_negative"), "order_lines", "floor_price >= 0")
    op.add_column(
        "carts", sa.Column("coupons", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.create_table(
        "order_adjustments",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("label", postgresql.JSONB(), nullable=False),
        sa.Column("coupon", sa.Text(), nullable=True),
        sa.Column("amount", _amount(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_order_adjustments_takes_off")),
        _fk("order_adjustments", "order_id", "orders"),
        _fk("order_adjustments", "line_id", "order_lines"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_adjustments")),
    )
    op.create_index("ix_order_adjustments_order", "order_adjustments", ["tenant_id", "order_id"])
    op.create_index("ix_order_adjustments_line", "order_adjustments", ["tenant_id", "line_id"])
    op.create_table(
        "order_charges",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("price", _amount(), nullable=False),
        sa.Column("discount", _amount(), server_default="0", nullable=False),
        sa.Column("waived_by", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(12, 6), nullable=False),
        sa.Column("net", _amount(), nullable=False),
        sa.Column("tax", _amount(), nullable=False),
        sa.Column("gross", _amount(), nullable=False),
        sa.CheckConstraint("kind IN ('freight', 'handling', 'other')", name=op.f("ck_order_charges_kind_known")),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_order_charges_gross_adds_up")),
        sa.CheckConstraint("discount >= 0 AND discount <= price", name=op.f("ck_order_charges_discount_within_price")),
        _fk("order_charges", "order_id", "orders"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_charges")),
        sa.UniqueConstraint(
            "tenant_id", "order_id", "position", name=op.f("uq_order_charges_tenant_id_order_id_position")
        ),
    )


def _make_promotions() -> None:
    op.create_table(
        "coupons",
        *_keys(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("most_per_customer", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("code = upper(code) AND code <> ''", name=op.f("ck_coupons_code_is_upper")),
        sa.CheckConstraint("most_uses > 0 AND most_per_customer > 0", name=op.f("ck_coupons_limits_positive")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to", name=op.f("ck_coupons_validity")
        ),
        _fk("coupons", "customer_id", "customers", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_coupons_tenant_id_code")),
    )
    op.create_index("ix_coupons_promotion", "coupons", ["tenant_id", "promotion"])
    op.create_index("ix_coupons_customer", "coupons", ["tenant_id", "customer_id"])
    op.create_table(
        "promotion_counters",
        *_keys(),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("coupon", sa.Text(), server_default="", nullable=False),
        sa.Column("customer", sa.Text(), server_default="", nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("amount", _amount(), server_default="0", nullable=False),
        sa.Column("most_amount", _amount(), nullable=True),
        sa.CheckConstraint("uses >= 0 AND amount >= 0", name=op.f("ck_promotion_counters_not_negative")),
        sa.CheckConstraint("uses <= most_uses", name=op.f("ck_promotion_counters_uses_within_limit")),
        sa.CheckConstraint("amount <= most_amount", name=op.f("ck_promotion_counters_amount_within_limit")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promotion_counters")),
        sa.UniqueConstraint("tenant_id", "promotion", "coupon", "customer", name="uq_promotion_counters_what"),
    )
    op.create_table(
        "promotion_redemptions",
        *_keys(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("coupon", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", _amount(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_promotion_redemptions_not_negative")),
        _fk("promotion_redemptions", "order_id", "orders"),
        _fk("promotion_redemptions", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promotion_redemptions")),
        sa.UniqueConstraint("tenant_id", "order_id", "promotion", name="uq_promotion_redemptions_once"),
    )
    op.create_index("ix_promotion_redemptions_promotion", "promotion_redemptions", ["tenant_id", "promotion", "id"])
    op.create_index("ix_promotion_redemptions_customer", "promotion_redemptions", ["tenant_id", "customer_id"])


def _make_rebates() -> None:
    op.create_table(
        "rebate_agreements",
        *_keys(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("group_id", sa.UUID(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("num_nonnulls(customer_id, group_id) = 1", name=op.f("ck_rebate_agreements_one_party")),
        sa.CheckConstraint("period IN ('month', 'quarter', 'year')", name=op.f("ck_rebate_agreements_period_known")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_rebate_agreements_validity")),
        _fk("rebate_agreements", "customer_id", "customers", "CASCADE"),
        _fk("rebate_agreements", "group_id", "customer_groups", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rebate_agreements")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_rebate_agreements_tenant_id_key")),
    )
    op.create_index("ix_rebate_agreements_customer", "rebate_agreements", ["tenant_id", "customer_id"])
    op.create_index("ix_rebate_agreements_group", "rebate_agreements", ["tenant_id", "group_id"])
    op.create_table(
        "rebate_tiers",
        *_keys(),
        sa.Column("agreement_id", sa.UUID(), nullable=False),
        sa.Column("from_turnover", _amount(), nullable=False),
        sa.Column("percent", sa.Numeric(12, 6), nullable=False),
        sa.CheckConstraint("from_turnover >= 0 AND percent >= 0 AND percent <= 100", name=op.f("ck_rebate_tiers_sane")),
        _fk("rebate_tiers", "agreement_id", "rebate_agreements", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rebate_tiers")),
        sa.UniqueConstraint(
            "tenant_id",
            "agreement_id",
            "from_turnover",
            name=op.f("uq_rebate_tiers_tenant_id_agreement_id_from_turnover"),
        ),
    )
    op.create_table(
        "rebate_settlements",
        *_keys(),
        sa.Column("agreement_id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("turnover", _amount(), nullable=False),
        sa.Column("percent", sa.Numeric(12, 6), nullable=False),
        sa.Column("amount", _amount(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_rebate_settlements_not_negative")),
        _fk("rebate_settlements", "agreement_id", "rebate_agreements"),
        _fk("rebate_settlements", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rebate_settlements")),
        sa.UniqueConstraint(
            "tenant_id", "agreement_id", "customer_id", "period_from", name="uq_rebate_settlements_once"
        ),
    )
    op.create_index("ix_rebate_settlements_customer", "rebate_settlements", ["tenant_id", "customer_id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER discount_of_new_line ON order_lines; DROP TRIGGER discount_of_changed_line ON order_lines")
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION discounts_add_up()")
    op.drop_column("carts", "coupons")
    for column in ("floor_price", "discount"):
        op.drop_column("order_lines", column)
    op.execute("DELETE FROM tax_rates WHERE region <> ''")
    op.drop_constraint(op.f("ck_tax_rates_region_has_country"), "tax_rates")
    op.drop_constraint(op.f("uq_tax_rates_tenant_id_tax_class_country_region_valid_from"), "tax_rates")
    op.drop_column("tax_rates", "region")
    op.create_unique_constraint(
        op.f("uq_tax_rates_tenant_id_tax_class_country_valid_from"), "tax_rates",
        ["tenant_id", "tax_class", "country", "valid_from"],
    )  # fmt: skip
    op.drop_column("price_list_entries", "floor_price")
    op.drop_column("price_list_entries", "unit")
    op.execute("DELETE FROM price_lists WHERE scope = 'region'")
    op.drop_index("ix_price_list_targets_country", "price_list_targets")
    op.drop_constraint(op.f("ck_price_list_targets_region_has_country"), "price_list_targets")
    op.drop_constraint(op.f("ck_price_list_targets_one_target"), "price_list_targets")
    op.drop_column("price_list_targets", "region")
    op.drop_column("price_list_targets", "country")
    op.create_check_constraint(
        op.f("ck_price_list_targets_one_target"),
        "price_list_targets",
        "num_nonnulls(customer_id, group_id, channel) = 1",
    )
    op.drop_constraint(op.f("ck_price_lists_scope_known"), "price_lists")
    op.create_check_constraint(op.f("ck_price_lists_scope_known"), "price_lists", _SCOPES.format(region=""))
