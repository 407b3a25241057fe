"""Slots, words and files of custom fields; the roles whose field rights an API key has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.schema import tenant_table_sql

revision = "o002_fields"
down_revision = "l004_lifecycle"
branch_labels = None
depends_on = None

_INDEXED = {"orders": "order", "customers": "customer", "products": "product"}  # table -> entity
_TEXTS = [f"s{number}" for number in range(1, 9)]
_NUMBERS = [f"n{number}" for number in range(1, 7)]
_MOMENTS = [f"t{number}" for number in range(1, 5)]
_SLOTS = [*_TEXTS, *_NUMBERS, *_MOMENTS]
_TABLES = ("field_slots", "field_statistics", "field_runs", "field_retirements", "field_counters", "field_files")

# Full-width letters become plain ones and case goes, the same for what is kept and what is looked for.
# A gram is two characters in a row; where neither is Chinese, Japanese or Korean, three of them too, which are rarer.
# A single such character is a gram as well, because it may be a word.
_FUNCTIONS = r"""
CREATE FUNCTION fold_text(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(normalize(translate(given, E'\t\r', '  '), NFKC))
$$;
CREATE FUNCTION text_grams(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
    SELECT size, substr(folded, at, size) AS gram
    FROM generate_series(1, length(folded)) AS at, generate_series(1, 3) AS size WHERE at + size - 1 <= length(folded)
  ) g
  WHERE strpos(gram, ' ') = 0 AND strpos(gram, E'\n') = 0 AND CASE size
    WHEN 1 THEN ascii(gram) >= 11904  -- U+2E80, where the ideographs begin
    WHEN 3 THEN greatest(ascii(gram), ascii(substr(gram, 2)), ascii(substr(gram, 3))) < 11904
    ELSE true END
$$;
-- The grams by which a word is found: of a word with longer ones the longer alone, they hold the shorter.
CREATE FUNCTION wanted_grams(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(gram), '{}') FROM unnest(text_grams(folded)) gram
  WHERE NOT EXISTS (SELECT FROM unnest(text_grams(folded)) longer
    WHERE length(longer) > length(gram) AND strpos(longer, gram) > 0)
$$;
CREATE FUNCTION words_of(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT left(CASE jsonb_typeof(value)
    WHEN 'object' THEN (SELECT string_agg(part, ' ') FROM jsonb_each_text(value) AS e (name, part))
    WHEN 'array' THEN (SELECT string_agg(part, ' ') FROM jsonb_array_elements_text(value) AS e (part))
    ELSE value #>> '{}' END, 4000)
$$;
-- Row security lets an index be used only with operators that cannot leak; those of numeric are none, those of double
-- precision are. Whoever filters by a slot looks at the exact value too.
CREATE FUNCTION slot_number(exact numeric) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN exact = 0 THEN 0 WHEN abs(exact) BETWEEN 1e-300 AND 1e300 THEN exact::double precision END
$$;
CREATE FUNCTION index_custom() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  slot record;
  value jsonb;
  a_text text;
  a_number double precision;
  a_moment timestamptz;
  words text;
BEGIN
  %(clear)s
  FOR slot IN SELECT f.key, f.slot, f.kind FROM field_slots f
    WHERE f.tenant_id = NEW.tenant_id AND f.entity = TG_ARGV[0] ORDER BY f.key
  LOOP
    value := NEW.custom -> slot.key;
    CONTINUE WHEN value IS NULL OR value = 'null';
    IF slot.kind = 'words' THEN
      words := concat_ws(E'\n', words, words_of(value));
    ELSIF slot.kind = 'text' THEN
      a_text := left(value #>> '{}', 200);
      CASE slot.slot %(texts)s ELSE NULL; END CASE;
    ELSIF slot.kind = 'number' OR slot.kind = 'money' THEN
      a_number := slot_number(CASE slot.kind WHEN 'number' THEN cf_num(NEW.custom, slot.key)
        ELSE (cf_money(NEW.custom, slot.key)).amount END);
      CASE slot.slot %(numbers)s ELSE NULL; END CASE;
    ELSE
      a_moment := CASE slot.kind WHEN 'date' THEN cf_date(NEW.custom, slot.key)::timestamp AT TIME ZONE 'UTC'
        ELSE cf_instant(NEW.custom, slot.key) END;
      CASE slot.slot %(moments)s ELSE NULL; END CASE;
    END IF;
  END LOOP;
  NEW.custom_text := fold_text(words);
  NEW.custom_grams := text_grams(NEW.custom_text);
  RETURN NEW;
END $$;
"""


# GIN's operators may leak too, so row security keeps its indexes from being used. These functions run as the owner of
# the tables, for whom a policy lets the planner use them; they name the tenant of the transaction themselves and give
# nothing but ids, which the caller's own query then reads under row security as ever.
_FINDERS = """
CREATE POLICY finders ON {table} FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION {table}_with_words(grams text[]) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
  SET search_path = public, pg_temp AS $$
  SELECT id FROM public.{table} WHERE tenant_id = app_tenant() AND custom_grams @> grams
$$;
CREATE FUNCTION {table}_with_value(document jsonb) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
  SET search_path = public, pg_temp AS $$
  SELECT id FROM public.{table} WHERE tenant_id = app_tenant() AND custom @> document
$$;
REVOKE ALL ON FUNCTION {table}_with_words(text[]), {table}_with_value(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {table}_with_words(text[]), {table}_with_value(jsonb) TO orderloom_app;
"""


def _cases(columns: list[str], variable: str) -> str:
    return " ".join(f"WHEN '{column}' THEN NEW.{column} := {variable};" for column in columns)


def _functions() -> str:
    parts = {
        "clear": " ".join(f"NEW.{column} := NULL;" for column in _SLOTS),
        "texts": _cases(_TEXTS, "a_text"),
        "numbers": _cases(_NUMBERS, "a_number"),
        "moments": _cases(_MOMENTS, "a_moment"),
    }
    text = _FUNCTIONS
    for name, part in parts.items():
        text = text.replace(f"%({name})s", part)
    return text


def upgrade() -> None:
    _create_tables()
    op.add_column("locations", sa.Column("custom", _json(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.add_column(
        "api_keys",
        sa.Column("role_keys", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    for statement in _functions().split("$$;\n"):
        if statement.strip():
            op.execute(sa.text((statement + "$$;").replace(":", r"\:")))
    for table, entity in _INDEXED.items():
        _add_columns(table)
        op.execute(
            f"CREATE TRIGGER index_custom_of_new BEFORE INSERT ON {table} FOR EACH ROW"
            f" WHEN (NEW.custom <> '{{}}'::jsonb) EXECUTE FUNCTION index_custom('{entity}')"
        )
        op.execute(
            f"CREATE TRIGGER index_custom_of_changed BEFORE UPDATE OF custom ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION index_custom('{entity}')"
        )
        op.execute(_FINDERS.format(table=table))
    for table in _TABLES:
        op.execute(tenant_table_sql(table))


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _add_columns(table: str) -> None:
    for column in _TEXTS:
        op.add_column(table, sa.Column(column, sa.Text(collation="C"), nullable=True))
    for column in _NUMBERS:
        op.add_column(table, sa.Column(column, sa.Double(), nullable=True))
    for column in _MOMENTS:
        op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("custom_text", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("custom_grams", postgresql.ARRAY(sa.Text()), nullable=True))
    for column in _SLOTS:
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, ["tenant_id", column, "id"], postgresql_where=where)
    op.create_index(
        f"ix_{table}_grams", table, ["tenant_id", "custom_grams"], postgresql_using="gin",
        postgresql_where=sa.text("custom_grams IS NOT NULL"),
    )  # fmt: skip


def _create_tables() -> None:
    op.create_table(
        "field_slots",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("assigned_xid", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(slot = 'words') = (kind = 'words')", name=op.f("ck_field_slots_words_are_words")),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'money', 'date', 'datetime', 'words')", name=op.f("ck_field_slots_kind_known")
        ),
        sa.CheckConstraint("slot ~ '^(s[1-8]|n[1-6]|t[1-4]|words)$'", name=op.f("ck_field_slots_slot_known")),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "key", "slot", name=op.f("pk_field_slots")),
    )
    op.create_index(
        "ux_field_slots_slot", "field_slots", ["tenant_id", "entity", "slot"], unique=True,
        postgresql_where=sa.text("slot <> 'words'"),
    )  # fmt: skip
    op.create_table(
        "field_statistics",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("distinct_values", sa.Integer(), nullable=False),
        sa.Column("top", _json(), nullable=False),
        sa.Column("bounds", _json(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "key", name=op.f("pk_field_statistics")),
    )
    op.create_table(
        "field_runs",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("last_id", sa.UUID(), nullable=True),
        sa.Column("rows_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rows_done >= 0", name=op.f("ck_field_runs_progress_not_negative")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name=op.f("ck_field_runs_state_known")
        ),
        sa.CheckConstraint("work IN ('index', 'compute')", name=op.f("ck_field_runs_work_known")),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "work", name=op.f("pk_field_runs")),
    )
    op.create_table(
        "field_retirements",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "key", name=op.f("pk_field_retirements")),
    )
    op.create_table(
        "field_counters",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "key", name=op.f("pk_field_counters")),
    )
    op.create_table(
        "field_files",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.UUID(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=True),
        sa.Column("field_key", sa.Text(), nullable=True),
        sa.CheckConstraint("(row_id IS NULL) = (field_key IS NULL)", name=op.f("ck_field_files_taken_by_a_field")),
        sa.CheckConstraint("size = octet_length(data)", name=op.f("ck_field_files_size_is_length")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_field_files")),
    )
    op.create_index(
        "ix_field_files_row", "field_files", ["tenant_id", "entity", "row_id"],
        postgresql_where=sa.text("row_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_field_files_waiting", "field_files", ["tenant_id", "uploaded_at"],
        postgresql_where=sa.text("row_id IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    for table in _INDEXED:
        op.execute(f"DROP FUNCTION {table}_with_words(text[])")
        op.execute(f"DROP FUNCTION {table}_with_value(jsonb)")
        op.execute(f"DROP POLICY finders ON {table}")
        op.execute(f"DROP TRIGGER index_custom_of_new ON {table}")
        op.execute(f"DROP TRIGGER index_custom_of_changed ON {table}")
        op.drop_index(f"ix_{table}_grams", table_name=table)
        for column in _SLOTS:
            op.drop_index(f"ix_{table}_{column}", table_name=table)
        for column in ("custom_grams", "custom_text", *reversed(_SLOTS)):
            op.drop_column(table, column)
    for function in (
        "index_custom()", "slot_number(numeric)", "words_of(jsonb)", "wanted_grams(text)", "text_grams(text)",
        "fold_text(text)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("api_keys", "role_keys")
    op.drop_column("locations", "custom")
    for table in _TABLES:
        op.drop_table(table)
