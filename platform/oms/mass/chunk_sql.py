"""The statements that turn a chunk of staged rows into orders, each over the whole chunk.

Temporary tables carry the chunk through its transaction: `m_rows` (rows as understood), `m_lines` (what will be
ordered), `m_orders`. Whatever does not parse is null there and a fault in `import_problems`, never an error.

A first import is faster than the statistics of the tables it fills, and the planner then takes them for empty. So
what is looked up in them is looked up row by row (LATERAL … LIMIT 1), which only the right index can answer.
"""

from __future__ import annotations

from oms.placement.find_duplicates import GOODS_KEY_SQL

# Spreadsheets write very small amounts with an exponent.
_NUMBER = "^[+-]?[0-9]{1,13}([.][0-9]{1,16})?([eE]-?[0-9]{1,2})?$"


def _number(field: str) -> str:
    """A number as people write it, thousands separators and all; null where it is none."""
    value = f"replace(r.values ->> '{field}', ',', '')"
    return f"CASE WHEN {value} ~ '{_NUMBER}' THEN {value}::numeric END"


# The chunk's rows with the texts that are looked up, so that the planner knows what it joins.
TAKE_ROWS = """
CREATE TEMP TABLE m_raw ON COMMIT DROP AS
SELECT r.seq, r.row_no, r.outside_number, r.values, r.values ->> 'customer_number' AS customer_number,
  r.values ->> 'sku' AS sku, r.values ->> 'unit' AS unit
FROM import_rows r
WHERE r.tenant_id = %(tenant)s AND r.run_id = %(run)s AND r.seq BETWEEN %(first)s AND %(last)s
"""
MISSING_CUSTOMERS = """
INSERT INTO customers (tenant_id, id, number, kind, name, search_text)
SELECT %(tenant)s, new_id(), x.number, 'person', x.name, lower(x.number || ' ' || x.name) FROM (
  SELECT DISTINCT ON (customer_number) customer_number AS number,
    coalesce(values ->> 'customer_name', customer_number) AS name
  FROM m_raw WHERE customer_number IS NOT NULL ORDER BY customer_number, row_no
) x ORDER BY x.number
ON CONFLICT (tenant_id, number) DO NOTHING
"""
# Whoever merges one of these customers into another waits until the chunk is done, or the chunk sees that it is gone.
SHARE_CUSTOMERS = """
WITH named AS MATERIALIZED (
  SELECT x.id FROM (SELECT DISTINCT customer_number FROM m_raw) r
  CROSS JOIN LATERAL (
    SELECT c.id FROM customers c WHERE c.tenant_id = %(tenant)s AND c.number = r.customer_number LIMIT 1
  ) x
)
SELECT c.id FROM customers c WHERE c.tenant_id = %(tenant)s AND c.id = ANY(ARRAY(SELECT id FROM named))
ORDER BY c.id FOR KEY SHARE
"""
MISSING_SKUS = """
WITH wanted AS (
  SELECT DISTINCT r.sku AS code FROM m_raw r
  WHERE r.sku IS NOT NULL
    AND NOT EXISTS (SELECT FROM skus s WHERE s.tenant_id = %(tenant)s AND s.code = r.sku)
  ORDER BY 1
), products_made AS (
  INSERT INTO products (tenant_id, id, code, name) SELECT %(tenant)s, new_id(), code, code FROM wanted
  ON CONFLICT (tenant_id, code) DO UPDATE SET code = excluded.code RETURNING id, code
)
INSERT INTO skus (tenant_id, id, product_id, code, name, search_text)
SELECT %(tenant)s, new_id(), id, code, code, lower(code) FROM products_made
ON CONFLICT (tenant_id, code) DO NOTHING
"""
UNDERSTAND = f"""
CREATE TEMP TABLE m_rows ON COMMIT DROP AS
SELECT r.seq, r.row_no, r.outside_number, r.values,
  r.customer_number, c.id AS customer_id, c.active AS customer_active, c.group_id, c.credit_account_id,
  r.sku, s.id AS sku_id, s.name AS sku_name, s.active AND p.active AS sku_active, s.base_unit,
  s.order_minimum, s.order_multiple, p.tax_class,
  coalesce(r.unit, s.base_unit) AS unit,
  CASE WHEN r.unit IS NULL OR r.unit = s.base_unit THEN 1 ELSE u.factor END AS factor,
  CASE WHEN round(({_number("quantity")}), 4) = ({_number("quantity")}) THEN {_number("quantity")} END AS quantity,
  {_number("unit_price")} AS unit_price, {_number("amount")} AS amount,
  CASE WHEN r.values ->> 'placed_at' ~ '^[0-9]{{4}}-'
    AND pg_input_is_valid(r.values ->> 'placed_at', 'timestamptz') THEN
    CASE WHEN r.values ->> 'placed_at' ~ '([zZ]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$'
         AND r.values ->> 'placed_at' ~ ':'
      THEN (r.values ->> 'placed_at')::timestamptz
      ELSE (r.values ->> 'placed_at')::timestamp AT TIME ZONE %(zone)s END END AS placed_at,
  CASE WHEN r.values ->> 'requested_on' ~ '^[0-9]{{4}}-' AND pg_input_is_valid(r.values ->> 'requested_on', 'date')
    THEN (r.values ->> 'requested_on')::date END AS requested_on,
  CASE WHEN r.values ->> 'promise_on' ~ '^[0-9]{{4}}-' AND pg_input_is_valid(r.values ->> 'promise_on', 'date')
    THEN (r.values ->> 'promise_on')::date END AS promise_on,
  CASE WHEN r.values ->> 'priority' ~ '^[0-9]$' THEN (r.values ->> 'priority')::smallint END AS priority,
  row_number() OVER (PARTITION BY r.seq, s.id, r.unit ORDER BY r.row_no) AS occurrence
FROM m_raw r
LEFT JOIN customers n ON n.tenant_id = %(tenant)s AND n.number = r.customer_number
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = coalesce(n.merged_into, n.id)
  AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
LEFT JOIN skus s ON s.tenant_id = %(tenant)s AND s.code = r.sku
LEFT JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
LEFT JOIN sku_units u ON u.tenant_id = %(tenant)s AND u.sku_id = s.id AND u.unit = r.unit
"""
# One condition a line: (holds, field, value shown, code, severity).
FIND_FAULTS = """
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, m.row_no, m.outside_number, f.field, coalesce(f.value, ''), f.code,
  coalesce(t.message, f.code), jsonb_build_object('value', coalesce(f.value, '')), f.severity
FROM m_rows m
JOIN (SELECT DISTINCT ON (seq) seq, customer_number FROM m_rows ORDER BY seq, row_no) first ON first.seq = m.seq
CROSS JOIN LATERAL (VALUES
  (m.outside_number = '', 'outside_number', '', 'number_missing', 'error'),
  (m.customer_number IS NULL, 'customer_number', '', 'customer_missing', 'error'),
  (m.customer_number IS NOT NULL AND m.customer_id IS NULL, 'customer_number', m.customer_number, 'customer_unknown',
    'error'),
  (NOT m.customer_active, 'customer_number', m.customer_number, 'customer_inactive', 'error'),
  (m.customer_number IS DISTINCT FROM first.customer_number, 'customer_number', m.customer_number, 'customer_differs',
    'error'),
  (m.sku IS NULL, 'sku', '', 'sku_missing', 'error'),
  (m.sku IS NOT NULL AND m.sku_id IS NULL, 'sku', m.sku, 'sku_unknown', 'error'),
  (NOT m.sku_active, 'sku', m.sku, 'sku_inactive', 'error'),
  (m.sku_id IS NOT NULL AND m.factor IS NULL, 'unit', m.unit, 'unit_unknown', 'error'),
  (m.quantity IS NULL, 'quantity', m.values ->> 'quantity', 'quantity_not_a_number', 'error'),
  (m.quantity < 0, 'quantity', m.values ->> 'quantity', 'quantity_negative', 'error'),
  (m.quantity = 0, 'quantity', m.values ->> 'quantity', 'quantity_zero', 'notice'),
  (m.quantity > 0 AND m.occurrence > 1 AND m.sku_id IS NOT NULL, 'sku', m.sku, 'sku_repeated', 'notice'),
  (m.values ? 'unit_price' AND m.unit_price IS NULL, 'unit_price', m.values ->> 'unit_price', 'price_not_a_number',
    'error'),
  (m.values ? 'amount' AND m.amount IS NULL, 'amount', m.values ->> 'amount', 'price_not_a_number', 'error'),
  (m.unit_price < 0, 'unit_price', m.values ->> 'unit_price', 'price_negative', 'error'),
  (m.amount < 0, 'amount', m.values ->> 'amount', 'price_negative', 'error'),
  (%(given)s AND NOT m.values ? 'unit_price' AND NOT m.values ? 'amount', 'unit_price', '', 'price_not_given', 'error'),
  (NOT %(given)s AND (m.values ? 'unit_price' OR m.values ? 'amount'), 'unit_price', '', 'price_not_taken', 'notice'),
  (m.values ? 'placed_at' AND m.placed_at IS NULL, 'placed_at', m.values ->> 'placed_at', 'time_invalid', 'error'),
  (m.values ? 'requested_on' AND m.requested_on IS NULL, 'requested_on', m.values ->> 'requested_on', 'day_invalid',
    'error'),
  (m.values ? 'promise_on' AND m.promise_on IS NULL, 'promise_on', m.values ->> 'promise_on', 'day_invalid', 'error'),
  (m.values ? 'priority' AND m.priority IS NULL, 'priority', m.values ->> 'priority', 'priority_invalid', 'error'),
  (m.values ->> 'ship_to.country' !~ '^[A-Z]{2}$', 'ship_to.country', m.values ->> 'ship_to.country',
    'country_invalid', 'error')
) AS f (holds, field, value, code, severity)
LEFT JOIN unnest(%(codes)s::text[], %(messages)s::text[]) AS t (code, message) ON t.code = f.code
WHERE f.holds
"""
# Lines: rows of quantity 0 are left out, the same SKU and unit again in one order is added up. `buyer` numbers those
# for whom the same price lists hold.
MAKE_LINES = """
CREATE TEMP TABLE m_lines ON COMMIT DROP AS
SELECT new_id() AS id, x.*, row_number() OVER (PARTITION BY x.seq ORDER BY x.row_no)::int AS line_no,
  dense_rank() OVER (ORDER BY x.customer_id, x.group_id, x.country, x.region) AS buyer,
  sum(x.ordered) OVER (PARTITION BY x.seq, x.sku_id) AS sku_total,
  (SELECT t.rate FROM tax_rates t WHERE t.tenant_id = %(tenant)s AND t.tax_class = x.tax_class
     AND t.valid_from <= %(today)s AND t.country IN (coalesce(x.country, ''), '')
     AND lower(t.region) IN (coalesce(x.region, ''), '')
   ORDER BY t.country DESC, t.region DESC, t.valid_from DESC LIMIT 1) AS tax_rate,
  NULL::numeric AS list_price, NULL::numeric AS price, NULL::jsonb AS price_trace, NULL::numeric AS floor_price,
  0::numeric AS discount, NULL::numeric AS net, NULL::numeric AS tax, NULL::numeric AS gross, '{}'::jsonb AS custom
FROM (
  SELECT m.seq, min(m.row_no) AS row_no, m.sku_id, min(m.sku) AS sku, min(m.sku_name) AS sku_name, m.unit,
    min(m.tax_class) AS tax_class, min(m.order_minimum) AS order_minimum, min(m.order_multiple) AS order_multiple,
    (array_agg(m.customer_id ORDER BY m.row_no))[1] AS customer_id,
    (array_agg(m.group_id ORDER BY m.row_no))[1] AS group_id,
    sum(m.quantity) AS unit_quantity, sum(m.quantity * m.factor) AS ordered,
    sum(coalesce(m.amount, m.unit_price * m.quantity)) AS given_amount,
    min(m.values ->> 'outside_line') AS outside_line,
    coalesce(min(m.values ->> 'ship_to.country'), min(a.country)) AS country,
    lower(CASE WHEN min(m.values ->> 'ship_to.country') IS NULL THEN min(a.region)
      ELSE min(m.values ->> 'ship_to.region') END) AS region
  FROM m_rows m
  LEFT JOIN customer_addresses a
    ON a.tenant_id = %(tenant)s AND a.customer_id = m.customer_id AND a.is_default_shipping
  WHERE m.quantity > 0 AND m.sku_id IS NOT NULL AND m.factor IS NOT NULL
  GROUP BY m.seq, m.sku_id, m.unit
) x
"""
PRICE_GIVEN = """
UPDATE m_lines SET list_price = round(given_amount / ordered, 8), price = round(given_amount / ordered, 8),
  price_trace = jsonb_build_object('line', line_no, 'sku', sku, 'given', 'amount', 'amount', given_amount::text)
WHERE given_amount IS NOT NULL
"""
LINE_FAULTS = """
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, m.row_no, o.outside_number, f.field, m.sku, f.code, coalesce(t.message, f.code),
  jsonb_build_object('value', m.sku), 'error'
FROM m_lines m
JOIN import_orders o ON o.tenant_id = %(tenant)s AND o.run_id = %(run)s AND o.seq = m.seq
CROSS JOIN LATERAL (VALUES
  (m.price IS NULL AND NOT %(given)s, 'sku', 'no_price'),
  (m.tax_rate IS NULL, 'sku', 'no_tax_rate'),
  (m.ordered < m.order_minimum, 'quantity', 'below_minimum'),
  (m.ordered %% m.order_multiple <> 0, 'quantity', 'not_a_multiple')
) AS f (holds, field, code)
LEFT JOIN unnest(%(codes)s::text[], %(messages)s::text[]) AS t (code, message) ON t.code = f.code
WHERE f.holds
"""
# Not correlated, so read once a chunk and hashed, however many there are.
_BAD_NUMBERS = """SELECT p.outside_number FROM import_problems p
  WHERE p.tenant_id = %(tenant)s AND p.run_id = %(run)s AND p.severity = 'error'"""
EMPTY_ORDERS = f"""
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, o.first_row, o.outside_number, '', '', 'no_lines', %(no_lines)s, '{{}}', 'error'
FROM import_orders o
WHERE o.tenant_id = %(tenant)s AND o.run_id = %(run)s AND o.seq BETWEEN %(first)s AND %(last)s
  AND o.seq NOT IN (SELECT seq FROM m_lines) AND o.outside_number NOT IN ({_BAD_NUMBERS})
"""
# What is known already comes before what is bad: a file sent twice has no faults to mend.
SORT_OUT = f"""
CREATE TEMP TABLE m_orders ON COMMIT DROP AS
SELECT o.seq, o.outside_number, new_id() AS id, k.id AS known,
  k.id IS NULL AND o.outside_number IN ({_BAD_NUMBERS}) AS bad
FROM import_orders o
LEFT JOIN LATERAL (
  SELECT k.id FROM orders k
  WHERE k.tenant_id = %(tenant)s AND k.channel = %(channel)s AND k.outside_number = o.outside_number LIMIT 1
) k ON true
WHERE o.tenant_id = %(tenant)s AND o.run_id = %(run)s AND o.seq BETWEEN %(first)s AND %(last)s
"""
# Net, tax and gross as pricing/amounts.py has them for level "line", mode "half_up".
AMOUNTS_EXCLUSIVE = """
UPDATE m_lines SET net = round(price * ordered, %(digits)s),
  gross = round(price * ordered * (1 + tax_rate), %(digits)s),
  tax = round(price * ordered * (1 + tax_rate), %(digits)s) - round(price * ordered, %(digits)s)
WHERE price IS NOT NULL AND tax_rate IS NOT NULL
"""
AMOUNTS_INCLUSIVE = """
UPDATE m_lines SET gross = round(price * ordered, %(digits)s),
  tax = round(round(price * ordered, %(digits)s) * tax_rate / (1 + tax_rate), %(digits)s),
  net = round(price * ordered, %(digits)s)
    - round(round(price * ordered, %(digits)s) * tax_rate / (1 + tax_rate), %(digits)s)
WHERE price IS NOT NULL AND tax_rate IS NOT NULL
"""
INSERT_ORDERS = """
INSERT INTO orders (tenant_id, id, number, order_type, channel, outside_number, customer_id, status, release, currency,
  prices_include_tax, net_total, tax_total, total, ship_to, bill_to, requested_on, priority, promise_on,
  buyer_note, merge_key, receiver_hidden, custom, goods_key, created_by, created_by_name, created_at,
  placed_at, placed_on)
SELECT %(tenant)s, o.id, n.number, %(order_type)s, %(channel)s, o.outside_number, h.customer_id, 'placed', %(release)s,
  %(currency)s, %(inclusive)s, t.net + o.charge_net, t.tax + o.charge_tax,
  t.net + t.tax + o.charge_net + o.charge_tax, coalesce(nullif(h.ship_to, '{}'), h.own_address, '{}'),
  coalesce(h.own_bill_to, nullif(h.ship_to, '{}'), h.own_address, '{}'), h.requested_on, h.priority, h.promise_on,
  h.buyer_note, h.merge_key, h.merge_key IS NOT NULL, o.custom, k.goods_key,
  %(actor_id)s, %(actor)s, %(now)s, coalesce(h.placed_at, %(now)s),
  (coalesce(h.placed_at, %(now)s) AT TIME ZONE %(zone)s)::date
FROM m_orders o
JOIN m_numbers n ON n.seq = o.seq
JOIN (SELECT seq, sum(net) AS net, sum(tax) AS tax FROM m_lines GROUP BY seq) t ON t.seq = o.seq
JOIN (SELECT g.seq, {goods_key} AS goods_key
  FROM (SELECT seq, sku_id, sum(ordered) AS ordered FROM m_lines GROUP BY seq, sku_id) g GROUP BY g.seq) k
  ON k.seq = o.seq
JOIN (
  SELECT DISTINCT ON (m.seq) m.seq, m.customer_id, m.placed_at, m.requested_on, m.promise_on,
    coalesce(m.priority, 5) AS priority,
    coalesce(m.values ->> 'buyer_note', '') AS buyer_note, nullif(m.values ->> 'merge_key', '') AS merge_key,
    jsonb_strip_nulls(jsonb_build_object('recipient', m.values ->> 'ship_to.recipient',
      'phone', m.values ->> 'ship_to.phone', 'street', m.values ->> 'ship_to.street',
      'city', m.values ->> 'ship_to.city', 'region', m.values ->> 'ship_to.region',
      'postal_code', m.values ->> 'ship_to.postal_code', 'country', m.values ->> 'ship_to.country')) AS ship_to,
    (SELECT {address} FROM customer_addresses a WHERE a.tenant_id = %(tenant)s AND a.customer_id = m.customer_id
      AND a.is_default_shipping ORDER BY a.id LIMIT 1) AS own_address,
    (SELECT {address} FROM customer_addresses a WHERE a.tenant_id = %(tenant)s AND a.customer_id = m.customer_id
      AND a.is_default_billing ORDER BY a.id LIMIT 1) AS own_bill_to
  FROM m_rows m ORDER BY m.seq, m.row_no
) h ON h.seq = o.seq
WHERE NOT o.bad AND o.known IS NULL
""".replace(
    "{address}",
    "jsonb_strip_nulls(jsonb_build_object('recipient', a.recipient, 'phone', nullif(a.phone, ''), 'street', a.street,"
    " 'city', a.city, 'region', nullif(a.region, ''), 'postal_code', nullif(a.postal_code, ''), 'country', a.country,"
    " 'latitude', a.latitude, 'longitude', a.longitude))",
).replace("{goods_key}", GOODS_KEY_SQL)
INSERT_LINES = """
INSERT INTO order_lines (tenant_id, id, order_id, line_no, sku_id, sku, name, unit, unit_quantity, ordered, list_price,
  unit_price, tax_class, tax_rate, net, tax, gross, discount, floor_price, outside_line, custom)
SELECT %(tenant)s, l.id, o.id, l.line_no, l.sku_id, l.sku, l.sku_name, l.unit, l.unit_quantity, l.ordered,
  l.list_price, l.price, l.tax_class, l.tax_rate, l.net, l.tax, l.gross, l.discount, l.floor_price,
  l.outside_line, l.custom
FROM m_lines l JOIN m_orders o ON o.seq = l.seq AND NOT o.bad AND o.known IS NULL
"""
# What the file said of each order, row by row, as it was read.
KEEP_RECEIVED = """
INSERT INTO channel_documents (tenant_id, id, order_id, channel, outside_number, origin, content_type, body, size,
  sha256, received_at)
SELECT %(tenant)s, new_id(), x.id, %(channel)s, x.outside_number, r.file_name, 'application/json',
  substring(x.body FROM 1 FOR %(largest_document)s), octet_length(x.body), encode(sha256(x.body), 'hex'), %(now)s
FROM (
  SELECT o.id, o.outside_number, convert_to(jsonb_agg(
      jsonb_build_object('row', m.row_no, 'values', m.values) ORDER BY m.row_no)::text, 'UTF8') AS body
  FROM m_raw m JOIN m_orders o ON o.seq = m.seq AND NOT o.bad AND o.known IS NULL
  GROUP BY o.id, o.outside_number
) x JOIN import_runs r ON r.tenant_id = %(tenant)s AND r.id = %(run)s
"""
INSERT_TRAIL = """
WITH made AS (
  SELECT o.id, n.number, t.total + o.charge_net + o.charge_tax AS total,
    jsonb_build_object('lines', t.lines) || o.settled AS trace FROM m_orders o
  JOIN m_numbers n ON n.seq = o.seq
  JOIN (SELECT seq, sum(gross) AS total,
      jsonb_agg(price_trace || jsonb_build_object('line', line_no, 'sku', sku, 'unit_price', trim_scale(price)::text)
        || CASE WHEN price * ordered - discount < floor_price * ordered
          THEN jsonb_build_object('below_floor', trim_scale(floor_price)::text) ELSE '{}' END
        ORDER BY line_no) AS lines
    FROM m_lines GROUP BY seq) t ON t.seq = o.seq
  WHERE NOT o.bad AND o.known IS NULL
), events AS (
  INSERT INTO order_events (tenant_id, id, order_id, kind, facts, at, actor_kind, actor_id, actor_name)
  SELECT %(tenant)s, new_id(), id, 'placed', jsonb_build_object('number', number, 'total', total::text,
    'currency', %(currency)s::text), %(now)s, %(actor_kind)s, %(actor_id)s, %(actor)s FROM made
)
INSERT INTO decisions (tenant_id, id, order_id, kind, release, outcome, trace, at)
SELECT %(tenant)s, new_id(), id, 'price', %(release)s, %(currency)s || ' ' || total, trace, %(now)s
FROM made
"""
CLOSE_ORDERS = """
UPDATE import_orders i SET order_id = coalesce(o.known, CASE WHEN NOT o.bad THEN o.id END),
  state = CASE WHEN o.known IS NOT NULL THEN 'known' WHEN o.bad THEN 'bad' ELSE 'placed' END
FROM m_orders o WHERE i.tenant_id = %(tenant)s AND i.run_id = %(run)s AND i.seq = o.seq
"""
CHUNK_COUNTS = """
SELECT count(*) FILTER (WHERE NOT bad AND known IS NULL) AS done, count(*) FILTER (WHERE known IS NOT NULL) AS known,
  count(*) FILTER (WHERE bad) AS bad,
  (SELECT count(*) FROM m_lines l JOIN m_orders o ON o.seq = l.seq AND NOT o.bad AND o.known IS NULL) AS lines,
  (SELECT count(*) FROM m_rows WHERE quantity = 0) AS skipped,
  (SELECT count(*) FROM m_rows WHERE quantity > 0 AND occurrence > 1) AS merged
FROM m_orders
"""
