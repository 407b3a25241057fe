"""The SQL functions that compiled expressions call; a migration creates them once.

`cf_*` read one value of a jsonb column as its type: null where it is missing or of another type, so a bad
import never makes a query fail. `ox_*` are the arithmetic that PostgreSQL would do with other digits, or
not totally. All are safe in parallel plans and depend on no setting; those of them that are not called on
`timestamptz` arithmetic are immutable. Each has its twin in `stored`, `numbers`, `instants` or `amounts`.
"""

from __future__ import annotations

_CREATE = "CREATE OR REPLACE FUNCTION"
_PURE = "LANGUAGE sql IMMUTABLE PARALLEL SAFE"

_TYPES = """
DO $$ BEGIN
  CREATE TYPE ox_money AS (amount numeric, currency text);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
"""

_NUMBERS = f"""
{_CREATE} ox_bounded(n numeric) RETURNS numeric {_PURE}
RETURN CASE WHEN abs(n) < 1000000000000000000000000000000 AND scale(trim_scale(n)) <= 20 THEN n END;

{_CREATE} ox_div(a numeric, b numeric) RETURNS numeric {_PURE}
RETURN sign(a) * sign(b) * div(2 * abs(a) * 10000000000 + abs(b), 2 * abs(nullif(b, 0))) * 0.0000000001;

{_CREATE} ox_least(a numeric, b numeric) RETURNS numeric {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN least(a, b) END;
{_CREATE} ox_least(a date, b date) RETURNS date {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN least(a, b) END;
{_CREATE} ox_least(a timestamptz, b timestamptz) RETURNS timestamptz {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN least(a, b) END;
{_CREATE} ox_greatest(a numeric, b numeric) RETURNS numeric {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END;
{_CREATE} ox_greatest(a date, b date) RETURNS date {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END;
{_CREATE} ox_greatest(a timestamptz, b timestamptz) RETURNS timestamptz {_PURE}
RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END;

{_CREATE} ox_ends(whole text, tail text) RETURNS boolean {_PURE}
RETURN right(whole, length(tail)) = tail;
"""

_INSTANTS = rf"""
{_CREATE} ox_add_days(d date, n numeric) RETURNS date {_PURE}
RETURN CASE WHEN n = trunc(n) AND (d - DATE '0001-01-01') + n BETWEEN 0 AND 3652058
  THEN d + greatest(least(n, 9999999), -9999999)::integer END;

{_CREATE} ox_add_months(d date, n numeric) RETURNS date {_PURE}
RETURN CASE
  WHEN n = trunc(n) AND extract(year FROM d) * 12 + extract(month FROM d) - 1 + n BETWEEN 12 AND 119999
  THEN (d + make_interval(months => greatest(least(n, 9999999), -9999999)::integer))::date END;

{_CREATE} ox_interval(micros numeric) RETURNS interval {_PURE}
RETURN make_interval(
  hours => div(micros, 3600000000)::integer,
  secs => mod(micros, 3600000000)::double precision / 1000000);

{_CREATE} ox_shift(t timestamptz, micros numeric) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN extract(epoch FROM t - TIMESTAMPTZ '0001-01-01 00:00:00+00') * 1000000 + micros
    BETWEEN 0 AND 315537897599999999
  THEN t + ox_interval(micros) END;

{_CREATE} ox_date(t text) RETURNS date {_PURE}
RETURN CASE WHEN t ~ '^[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' AND t >= '0001' COLLATE "C" THEN
  CASE WHEN extract(month FROM make_date(left(t, 4)::integer, substr(t, 6, 2)::integer, 1)
                              + (right(t, 2)::integer - 1)) = substr(t, 6, 2)::integer
  THEN make_date(left(t, 4)::integer, substr(t, 6, 2)::integer, 1) + (right(t, 2)::integer - 1) END END;

{_CREATE} ox_instant(t text) RETURNS timestamptz {_PURE}
RETURN CASE WHEN t ~ ('^[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
    || '([.][0-9]{{1,6}})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$') AND t < '9999' COLLATE "C" THEN
  CASE WHEN ox_date(left(t, 10)) IS NOT NULL THEN t::timestamptz END END;

{_CREATE} ox_duration(t text) RETURNS numeric {_PURE}
RETURN (
  SELECT CASE WHEN total <= 31557600000000000 THEN total END
  FROM regexp_match(t, '^P(?=[0-9T])(?:([0-9]{{1,6}})W)?(?:([0-9]{{1,6}})D)?'
    || '(?:T(?=[0-9])(?:([0-9]{{1,7}})H)?(?:([0-9]{{1,7}})M)?'
    || '(?:([0-9]{{1,9}}(?:[.][0-9]{{1,6}})?)S)?)?$') AS m(part),
  LATERAL (SELECT 1000000 * (
    coalesce(part[1]::numeric, 0) * 604800 + coalesce(part[2]::numeric, 0) * 86400
    + coalesce(part[3]::numeric, 0) * 3600 + coalesce(part[4]::numeric, 0) * 60
    + coalesce(part[5]::numeric, 0)) AS total) AS sums
  WHERE part IS NOT NULL);
"""

_MONEY = f"""
{_CREATE} ox_money_of(amount numeric, currency text) RETURNS ox_money {_PURE}
RETURN CASE WHEN amount IS NOT NULL AND currency IS NOT NULL THEN ROW(amount, currency)::ox_money END;
{_CREATE} ox_money_add(a ox_money, b ox_money) RETURNS ox_money {_PURE}
RETURN CASE WHEN (a).currency = (b).currency THEN ox_money_of((a).amount + (b).amount, (a).currency) END;
{_CREATE} ox_money_sub(a ox_money, b ox_money) RETURNS ox_money {_PURE}
RETURN CASE WHEN (a).currency = (b).currency THEN ox_money_of((a).amount - (b).amount, (a).currency) END;
{_CREATE} ox_money_mul(a ox_money, b numeric) RETURNS ox_money {_PURE}
RETURN ox_money_of((a).amount * b, (a).currency);
{_CREATE} ox_money_div(a ox_money, b numeric) RETURNS ox_money {_PURE}
RETURN ox_money_of(ox_div((a).amount, b), (a).currency);
{_CREATE} ox_money_ratio(a ox_money, b ox_money) RETURNS numeric {_PURE}
RETURN CASE WHEN (a).currency = (b).currency THEN ox_div((a).amount, (b).amount) END;
{_CREATE} ox_money_round(a ox_money, places integer) RETURNS ox_money {_PURE}
RETURN ox_money_of(round((a).amount, places), (a).currency);
{_CREATE} ox_money_abs(a ox_money) RETURNS ox_money {_PURE}
RETURN ox_money_of(abs((a).amount), (a).currency);
{_CREATE} ox_money_floor(a ox_money) RETURNS ox_money {_PURE}
RETURN ox_money_of(floor((a).amount), (a).currency);
{_CREATE} ox_money_ceil(a ox_money) RETURNS ox_money {_PURE}
RETURN ox_money_of(ceil((a).amount), (a).currency);
{_CREATE} ox_money_order(a ox_money, b ox_money) RETURNS numeric {_PURE}
RETURN CASE WHEN (a).currency = (b).currency THEN sign((a).amount - (b).amount) END;
{_CREATE} ox_least(a ox_money, b ox_money) RETURNS ox_money {_PURE}
RETURN CASE ox_money_order(a, b) WHEN 1 THEN b WHEN 0 THEN a WHEN -1 THEN a END;
{_CREATE} ox_greatest(a ox_money, b ox_money) RETURNS ox_money {_PURE}
RETURN CASE ox_money_order(a, b) WHEN -1 THEN b WHEN 0 THEN a WHEN 1 THEN a END;
"""

_READERS = rf"""
{_CREATE} cf_bool(cf jsonb, k text) RETURNS boolean {_PURE}
RETURN CASE jsonb_typeof(cf -> k) WHEN 'boolean' THEN (cf -> k)::boolean END;
{_CREATE} cf_num(cf jsonb, k text) RETURNS numeric {_PURE}
RETURN CASE jsonb_typeof(cf -> k) WHEN 'number' THEN (cf -> k)::numeric END;
{_CREATE} cf_text(cf jsonb, k text) RETURNS text {_PURE}
RETURN CASE jsonb_typeof(cf -> k) WHEN 'string' THEN cf ->> k END;
{_CREATE} cf_date(cf jsonb, k text) RETURNS date {_PURE} RETURN ox_date(cf_text(cf, k));
{_CREATE} cf_instant(cf jsonb, k text) RETURNS timestamptz {_PURE} RETURN ox_instant(cf_text(cf, k));
{_CREATE} cf_duration(cf jsonb, k text) RETURNS numeric {_PURE} RETURN ox_duration(cf_text(cf, k));
{_CREATE} cf_money(cf jsonb, k text) RETURNS ox_money {_PURE}
RETURN CASE WHEN cf_text(cf -> k, 'amount') ~ '^-?[0-9]{{1,60}}([.][0-9]{{1,60}})?$'
             AND cf_text(cf -> k, 'currency') ~ '^[A-Z]{{3}}$'
  THEN ox_money_of(ox_bounded((cf -> k ->> 'amount')::numeric), cf -> k ->> 'currency') END;
{_CREATE} cf_list(cf jsonb, k text) RETURNS text[] {_PURE}
RETURN CASE WHEN jsonb_typeof(cf -> k) = 'array' THEN
  CASE WHEN NOT jsonb_path_exists(cf -> k, 'strict $[*] ? (@.type() != "string")')
  THEN ARRAY(SELECT jsonb_array_elements_text(cf -> k)) END END;
"""

FUNCTIONS_SQL = _TYPES + _NUMBERS + _INSTANTS + _MONEY + _READERS
