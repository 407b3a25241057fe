"""Customers in depth: keys to compare records by, sites, identities, merges, grades, the log, buyers' limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o015_customers"
down_revision = "o014_sourcing"
branch_labels = None
depends_on = None

_TABLES = (
    "customer_sites",
    "customer_identities",
    "customer_suspects",
    "customer_merges",
    "customer_log",
    "customer_buyers",
    "buyer_limits",
    "purchase_requests",
)
_APPEND_ONLY = ("customer_merge_rows", "customer_grade_changes")
_CHECKS = (
    ("customers", "not_merged_into_itself", "merged_into <> id"),
    ("customers", "merged_is_inactive", "merged_into IS NULL OR NOT active"),
    ("customer_contacts", "role_known", "role IN ('', 'purchasing', 'finance', 'logistics', 'management', 'other')"),
    ("customer_addresses", "site_is_no_default", "site_id IS NULL OR NOT (is_default_shipping OR is_default_billing)"),
)
# ITU-T E.164: what is dialled before a number of the country.
_CALLING_CODES = """{
    "AF":"93","AL":"355","DZ":"213","AD":"376","AO":"244","AR":"54","AM":"374","AU":"61","AT":"43","AZ":"994",
    "BH":"973","BD":"880","BY":"375","BE":"32","BZ":"501","BJ":"229","BT":"975","BO":"591","BA":"387",
    "BW":"267","BR":"55","BN":"673","BG":"359","BF":"226","BI":"257","KH":"855","CM":"237","CA":"1",
    "CV":"238","CF":"236","TD":"235","CL":"56","CN":"86","CO":"57","KM":"269","CG":"242","CD":"243",
    "CR":"506","CI":"225","HR":"385","CU":"53","CY":"357","CZ":"420","DK":"45","DJ":"253","EC":"593",
    "EG":"20","SV":"503","GQ":"240","ER":"291","EE":"372","ET":"251","FJ":"679","FI":"358","FR":"33",
    "GA":"241","GM":"220","GE":"995","DE":"49","GH":"233","GR":"30","GT":"502","GN":"224","GY":"592",
    "HT":"509","HN":"504","HK":"852","HU":"36","IS":"354","IN":"91","ID":"62","IR":"98","IQ":"964","IE":"353",
    "IL":"972","IT":"39","JP":"81","JO":"962","KZ":"7","KE":"254","KR":"82","KW":"965","KG":"996","LA":"856",
    "LV":"371","LB":"961","LS":"266","LR":"231","LY":"218","LI":"423","LT":"370","LU":"352","MO":"853",
    "MG":"261","MW":"265","MY":"60","MV":"960","ML":"223","MT":"356","MR":"222","MU":"230","MX":"52",
    "MD":"373","MC":"377","MN":"976","ME":"382","MA":"212","MZ":"258","MM":"95","NA":"264","NP":"977",
    "NL":"31","NZ":"64","NI":"505","NE":"227","NG":"234","MK":"389","NO":"47","OM":"968","PK":"92","PA":"507",
    "PG":"675","PY":"595","PE":"51","PH":"63","PL":"48","PT":"351","QA":"974","RO":"40","RU":"7","RW":"250",
    "SM":"378","SA":"966","SN":"221","RS":"381","SC":"248","SL":"232","SG":"65","SK":"421","SI":"386",
    "SO":"252","ZA":"27","SS":"211","ES":"34","LK":"94","SD":"249","SR":"597","SZ":"268","SE":"46","CH":"41",
    "SY":"963","TW":"886","TJ":"992","TZ":"255","TH":"66","TL":"670","TG":"228","TN":"216","TR":"90",
    "TM":"993","UG":"256","UA":"380","AE":"971","GB":"44","US":"1","UY":"598","UZ":"998","VE":"58","VN":"84",
    "YE":"967","ZM":"260","ZW":"263","PR":"1","DO":"1","JM":"1","TT":"1","BS":"1","BB":"1"
}"""
# What records are compared by. Null where nothing is said or it is masked ("138****5678"): hidden data prove nothing.
# A phone number is its digits with the country's code. Without "+" or "00" it is read by the country; the national
# prefix falls away (Italy and San Marino keep their zero). Where no country is known it keeps a "?" in front, so that
# it equals only others of which no more is known.
_KEYS = (
    r"""
CREATE FUNCTION app_phone_key(phone text, country text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN phone IS NULL OR phone ~ '[*＊•●]|[xX]{2}' OR length(t.national) < 5 THEN NULL
    WHEN t.dialled ~ '^[+]' THEN substr(t.dialled, 2)
    WHEN t.dialled ~ '^00' THEN substr(t.dialled, 3)
    WHEN t.code IS NULL THEN '?' || ltrim(t.dialled, '0')
    WHEN country = 'CN' AND t.dialled ~ '^86[0-9]{11}$' OR t.code = '1' AND t.dialled ~ '^1[0-9]{10}$' THEN t.dialled
    WHEN country IN ('IT', 'SM') THEN t.code || t.dialled
    WHEN country IN ('RU', 'KZ') AND t.dialled ~ '^8[0-9]{10}$' THEN t.code || substr(t.dialled, 2)
    WHEN country = 'HU' AND t.dialled ~ '^06' THEN t.code || substr(t.dialled, 3)
    ELSE t.code || ltrim(t.dialled, '0')
  END
  FROM (SELECT d.dialled, replace(d.dialled, '+', '') AS national, '{codes}'::jsonb ->> upper(country) AS code
    FROM (SELECT regexp_replace(regexp_replace(regexp_replace(
      translate(phone, '０１２３４５６７８９＋（）', '0123456789+()'), '(ext|x|转|#).*$', '', 'i'),
      '([+]|^00)([0-9 ]+)[(]0[)]', '\1\2'), '[^0-9+]|(?<=.)[+]', '', 'g') AS dialled) d) t
$$
""",
    """
CREATE FUNCTION app_email_key(email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN email !~ '[*＊•●]' AND email ~ '[^[:space:]@]@[^[:space:]@]' THEN lower(btrim(email)) END
$$
""",
    """
CREATE FUNCTION app_tax_key(tax_number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN tax_number !~ '[*＊•●]' AND length(k) > 4 THEN k END
  FROM (SELECT upper(regexp_replace(tax_number, '[^0-9A-Za-z]', '', 'g')) AS k) x
$$
""",
    """
CREATE FUNCTION app_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN name !~ '[*＊•●]' THEN nullif(k, '') END
  FROM (SELECT regexp_replace(lower(normalize(name, NFKC)), '[[:space:][:punct:]]+', '', 'g') AS k) x
$$
""",
    """
CREATE FUNCTION app_postal_key(postal_code text, country text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN postal_code !~ '[*＊•●]' AND k <> '' THEN upper(country) || ':' || k END
  FROM (SELECT upper(regexp_replace(postal_code, '[^0-9A-Za-z]', '', 'g')) AS k) x
$$
""",
)


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _keys() -> tuple[sa.Column, sa.Column]:
    return sa.Column("tenant_id", sa.UUID(), nullable=False), sa.Column("id", sa.UUID(), nullable=False)


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}"))


def _reference(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    for function in _KEYS:
        op.execute(function.replace("{codes}", _CALLING_CODES).replace(":", r"\:"))
    _customers()
    _people()
    _decisions()
    for table, name, condition in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    for table in _TABLES:
        op.execute(tenant_table_sql(table))
    for ledger in _APPEND_ONLY:
        op.execute(tenant_table_sql(ledger, app=("SELECT", "INSERT")))


def _customers() -> None:
    op.create_table(
        "customer_sites",
        *_keys(),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _reference("customer_sites", "customer_id", "customers"),
        _primary("customer_sites"),
        sa.UniqueConstraint(
            "tenant_id", "customer_id", "number", name=op.f("uq_customer_sites_tenant_id_customer_id_number")
        ),
    )
    op.create_table(
        "customer_identities",
        *_keys(),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outside_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="person", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("channel <> '' AND outside_id <> ''", name=op.f("ck_customer_identities_named")),
        sa.CheckConstraint(
            "origin IN ('person', 'matched', 'created')", name=op.f("ck_customer_identities_origin_known")
        ),
        _reference("customer_identities", "customer_id", "customers"),
        _primary("customer_identities"),
        sa.UniqueConstraint(
            "tenant_id", "channel", "outside_id", name=op.f("uq_customer_identities_tenant_id_channel_outside_id")
        ),
    )
    op.create_index("ix_customer_identities_customer", "customer_identities", ["tenant_id", "customer_id"])
    op.add_column("customer_addresses", sa.Column("site_id", sa.UUID(), nullable=True))
    op.add_column(
        "customer_addresses",
        sa.Column("phone_key", sa.Text(), sa.Computed("app_phone_key(phone, country)", persisted=True), nullable=True),
    )
    op.add_column(
        "customer_addresses",
        sa.Column(
            "postal_key", sa.Text(), sa.Computed("app_postal_key(postal_code, country)", persisted=True), nullable=True
        ),
    )
    op.create_index("ix_customer_addresses_phone_key", "customer_addresses", ["tenant_id", "phone_key"])
    op.create_index(
        "ix_customer_addresses_site",
        "customer_addresses",
        ["tenant_id", "site_id"],
        postgresql_where=sa.text("site_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_customer_addresses_site_id"),
        "customer_addresses",
        "customer_sites",
        ["tenant_id", "site_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.add_column("customer_contacts", sa.Column("role", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "customer_contacts",
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed("lower(name || ' ' || email || ' ' || coalesce(app_phone_key(phone, ''), ''))", persisted=True),
            nullable=True,
        ),
    )
    op.create_index(
        "ix_customer_contacts_search",
        "customer_contacts",
        ["tenant_id", "search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.add_column("customers", sa.Column("country", sa.Text(), server_default="", nullable=False))
    op.add_column("customers", sa.Column("grade", sa.Text(), nullable=True))
    op.add_column("customers", sa.Column("merged_into", sa.UUID(), nullable=True))
    op.add_column(
        "customers",
        sa.Column("phone_key", sa.Text(), sa.Computed("app_phone_key(phone, country)", persisted=True), nullable=True),
    )
    op.add_column(
        "customers",
        sa.Column("email_key", sa.Text(), sa.Computed("app_email_key(email)", persisted=True), nullable=True),
    )
    op.add_column(
        "customers",
        sa.Column("tax_key", sa.Text(), sa.Computed("app_tax_key(tax_number)", persisted=True), nullable=True),
    )
    op.add_column(
        "customers", sa.Column("name_key", sa.Text(), sa.Computed("app_name_key(name)", persisted=True), nullable=True)
    )
    op.create_index("ix_customers_email_key", "customers", ["tenant_id", "email_key"])
    op.create_index(
        "ix_customers_merged_into",
        "customers",
        ["tenant_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_customers_name_key", "customers", ["tenant_id", "name_key"])
    op.create_index(
        "ix_customers_parent",
        "customers",
        ["tenant_id", "parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index("ix_customers_phone_key", "customers", ["tenant_id", "phone_key"])
    op.create_index(
        "ix_customers_phone_search",
        "customers",
        ["tenant_id", "phone_key"],
        postgresql_using="gin",
        postgresql_ops={"phone_key": "gin_trgm_ops"},
    )
    op.create_index("ix_customers_tax_key", "customers", ["tenant_id", "tax_key"])
    op.create_foreign_key(
        op.f("fk_customers_merged_into"), "customers", "customers", ["tenant_id", "merged_into"], ["tenant_id", "id"]
    )
    op.add_column("orders", sa.Column("site_id", sa.UUID(), nullable=True))
    op.add_column("orders", sa.Column("buyer_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_orders_buyer",
        "orders",
        ["tenant_id", "buyer_id", "placed_on"],
        postgresql_where=sa.text("buyer_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_orders_site_id"), "orders", "customer_sites", ["tenant_id", "site_id"], ["tenant_id", "id"]
    )
    op.add_column("users", sa.Column("site_scope", sa.ARRAY(sa.UUID()), nullable=True))


def _people() -> None:
    op.create_table(
        "customer_log",
        *_keys(),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(next_step = '') = (due_on IS NULL)", name=op.f("ck_customer_log_step_has_day")),
        sa.CheckConstraint("kind IN ('call', 'visit', 'mail', 'note')", name=op.f("ck_customer_log_kind_known")),
        sa.CheckConstraint("next_step <> '' OR done_at IS NULL", name=op.f("ck_customer_log_only_steps_are_done")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_customer_log_says_something")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_customer_log_done_by_somebody")),
        _reference("customer_log", "customer_id", "customers"),
        _primary("customer_log"),
    )
    op.create_index("ix_customer_log_customer", "customer_log", ["tenant_id", "customer_id", "id"])
    op.create_index(
        "ix_customer_log_due",
        "customer_log",
        ["tenant_id", "assigned_to", "due_on"],
        postgresql_where=sa.text("due_on IS NOT NULL AND done_at IS NULL"),
    )
    op.create_table(
        "customer_buyers",
        *_keys(),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("approves", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _reference("customer_buyers", "user_id", "users", "CASCADE"),
        _primary("customer_buyers"),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_customer_buyers_tenant_id_user_id")),
    )
    op.create_table(
        "buyer_limits",
        *_keys(),
        sa.Column("buyer_id", sa.UUID(), nullable=False),
        sa.Column("site_id", sa.UUID(), nullable=True),
        sa.Column("per_order", sa.Numeric(20, 4), nullable=True),
        sa.Column("per_month", sa.Numeric(20, 4), nullable=True),
        sa.CheckConstraint("num_nonnulls(per_order, per_month) > 0", name=op.f("ck_buyer_limits_limits_something")),
        sa.CheckConstraint("per_order >= 0 AND per_month >= 0", name=op.f("ck_buyer_limits_not_negative")),
        _reference("buyer_limits", "buyer_id", "customer_buyers", "CASCADE"),
        _reference("buyer_limits", "site_id", "customer_sites", "CASCADE"),
        _primary("buyer_limits"),
        sa.UniqueConstraint(
            "tenant_id",
            "buyer_id",
            "site_id",
            name=op.f("uq_buyer_limits_tenant_id_buyer_id_site_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "purchase_requests",
        *_keys(),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("site_id", sa.UUID(), nullable=True),
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column("cart", _json(), nullable=False),
        sa.Column("total", sa.Numeric(20, 4), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reasons", _json(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(status = 'approved') = (order_id IS NOT NULL)", name=op.f("ck_purchase_requests_approved_is_an_order")
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL)", name=op.f("ck_purchase_requests_decided_when_not_waiting")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'declined', 'withdrawn')", name=op.f("ck_purchase_requests_status_known")
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_purchase_requests_total_not_negative")),
        _reference("purchase_requests", "customer_id", "customers"),
        _reference("purchase_requests", "order_id", "orders"),
        _reference("purchase_requests", "site_id", "customer_sites"),
        _reference("purchase_requests", "user_id", "users"),
        _primary("purchase_requests"),
    )
    op.create_index("ix_purchase_requests_customer", "purchase_requests", ["tenant_id", "customer_id", "id"])
    op.create_index(
        "ix_purchase_requests_waiting",
        "purchase_requests",
        ["tenant_id", "customer_id"],
        postgresql_where=sa.text("status = 'waiting'"),
    )


def _decisions() -> None:
    op.create_table(
        "customer_suspects",
        *_keys(),
        sa.Column("one_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_customer_suspects_decided_when_not_open")
        ),
        sa.CheckConstraint("status IN ('open', 'dismissed', 'merged')", name=op.f("ck_customer_suspects_status_known")),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_customer_suspects_pair_in_order")),
        _reference("customer_suspects", "one_id", "customers"),
        _reference("customer_suspects", "other_id", "customers"),
        _primary("customer_suspects"),
        sa.UniqueConstraint(
            "tenant_id", "one_id", "other_id", name=op.f("uq_customer_suspects_tenant_id_one_id_other_id")
        ),
    )
    op.create_index(
        "ix_customer_suspects_open",
        "customer_suspects",
        ["tenant_id", "id"],
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_customer_suspects_other", "customer_suspects", ["tenant_id", "other_id"])
    op.create_table(
        "customer_merges",
        *_keys(),
        sa.Column("winner_id", sa.UUID(), nullable=False),
        sa.Column("loser_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_customer_merges_undone_by_somebody")
        ),
        sa.CheckConstraint("winner_id <> loser_id", name=op.f("ck_customer_merges_two_customers")),
        _reference("customer_merges", "loser_id", "customers"),
        _reference("customer_merges", "winner_id", "customers"),
        _primary("customer_merges"),
    )
    op.create_index("ix_customer_merges_winner", "customer_merges", ["tenant_id", "winner_id", "id"])
    op.create_index(
        "uq_customer_merges_standing",
        "customer_merges",
        ["tenant_id", "loser_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "customer_merge_rows",
        *_keys(),
        sa.Column("merge_id", sa.UUID(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("before", _json(), nullable=True),
        sa.Column("after", _json(), nullable=True),
        _reference("customer_merge_rows", "merge_id", "customer_merges"),
        _primary("customer_merge_rows"),
    )
    op.create_index("ix_customer_merge_rows_merge", "customer_merge_rows", ["tenant_id", "merge_id"])
    op.create_table(
        "customer_grade_changes",
        *_keys(),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("tags_added", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tags_removed", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("figures", _json(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        _reference("customer_grade_changes", "customer_id", "customers"),
        _primary("customer_grade_changes"),
    )
    op.create_index("ix_customer_grade_changes_customer", "customer_grade_changes", ["tenant_id", "customer_id", "id"])


def downgrade() -> None:
    for table, name, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for table in ("orders", "customer_addresses"):
        op.drop_constraint(op.f(f"fk_{table}_site_id"), table, type_="foreignkey")
    op.drop_constraint(op.f("fk_customers_merged_into"), "customers", type_="foreignkey")
    for table in (
        *_APPEND_ONLY,
        "buyer_limits",
        "purchase_requests",
        "customer_buyers",
        "customer_log",
        "customer_merges",
        "customer_suspects",
        "customer_identities",
        "customer_sites",
    ):
        op.drop_table(table)
    op.drop_column("users", "site_scope")
    for table, columns in {
        "orders": ("site_id", "buyer_id"),
        "customer_addresses": ("site_id", "phone_key", "postal_key"),
        "customer_contacts": ("role", "search_text"),
        "customers": ("phone_key", "email_key", "tax_key", "name_key", "merged_into", "grade", "country"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
    op.drop_index("ix_customers_parent", "customers")
    op.execute("DROP FUNCTION app_phone_key(text, text), app_postal_key(text, text)")
    op.execute("DROP FUNCTION app_email_key(text), app_tax_key(text), app_name_key(text)")
