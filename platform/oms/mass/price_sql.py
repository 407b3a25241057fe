"""The resolution of prices (`oms.pricing.plan`) over all lines of a chunk at once."""

from __future__ import annotations

from oms.pricing.base_price import BASE_PRICE, FLOOR_PRICE

# First the few lists of each buyer, then their tiers by (SKU, list): as for a single order, so that thousands of other
# lists cost nothing. Narrower scope, own currency, higher priority, newer list, higher tier.
PRICE_FROM_LISTS = f"""
WITH buyers AS (
  SELECT buyer, (array_agg(customer_id))[1] AS customer_id, (array_agg(group_id))[1] AS group_id,
    min(country) AS country, coalesce(min(region), '') AS region
  FROM m_lines GROUP BY buyer
), lists AS MATERIALIZED (
  SELECT b.buyer, l.id, l.key, l.scope, l.priority, l.currency, r.rate
  FROM buyers b CROSS JOIN LATERAL (
    SELECT base.id FROM price_lists base WHERE base.tenant_id = %(tenant)s AND base.scope = 'base' AND base.active
    UNION SELECT t.price_list_id FROM price_list_targets t
      WHERE t.tenant_id = %(tenant)s AND t.customer_id = b.customer_id
    UNION SELECT t.price_list_id FROM price_list_targets t WHERE t.tenant_id = %(tenant)s AND t.group_id = b.group_id
    UNION SELECT t.price_list_id FROM price_list_targets t WHERE t.tenant_id = %(tenant)s AND t.channel = %(channel)s
    UNION SELECT t.price_list_id FROM price_list_targets t WHERE t.tenant_id = %(tenant)s AND t.country = b.country
      AND (t.region IS NULL OR lower(t.region) = b.region)
  ) meant
  JOIN price_lists l ON l.tenant_id = %(tenant)s AND l.id = meant.id AND l.active
    AND (l.valid_from IS NULL OR l.valid_from <= %(today)s) AND (l.valid_to IS NULL OR l.valid_to > %(today)s)
  LEFT JOIN LATERAL (SELECT x.rate FROM exchange_rates x
    WHERE x.tenant_id = %(tenant)s AND x.from_currency = l.currency AND x.to_currency = %(currency)s
      AND x.valid_from <= %(today)s ORDER BY x.valid_from DESC LIMIT 1) r ON l.currency <> %(currency)s
  WHERE l.currency = %(currency)s OR (%(convert)s AND r.rate IS NOT NULL)
), candidates AS (
  SELECT m.id AS line, l.id AS list_id, l.key, l.scope, l.priority, l.currency, l.rate, e.min_quantity,
    {BASE_PRICE} AS unit_price, {FLOOR_PRICE} AS floor_price, nullif(e.unit, s.base_unit) AS unit,
    e.unit_price AS stated, e.min_quantity <= m.sku_total AS reached,
    array_position(ARRAY['contract', 'customer', 'customer_group', 'channel', 'region', 'base'], l.scope)
      AS scope_rank
  FROM m_lines m
  JOIN lists l ON l.buyer = m.buyer
  JOIN price_list_entries e ON e.tenant_id = %(tenant)s AND e.sku_id = m.sku_id AND e.price_list_id = l.id
  JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = m.sku_id
  LEFT JOIN sku_units eu ON eu.tenant_id = %(tenant)s AND eu.sku_id = m.sku_id AND eu.unit = e.unit
  WHERE e.unit IS NULL OR e.unit = s.base_unit OR eu.factor IS NOT NULL
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY line
    ORDER BY reached DESC, scope_rank, rate IS NOT NULL, priority DESC, list_id DESC, min_quantity DESC) AS place
  FROM candidates
), told AS (
  SELECT r.line, w.unit_price, w.floor_price,
    jsonb_build_object('list', r.key, 'scope', r.scope, 'priority', r.priority,
        'from_quantity', trim_scale(r.min_quantity)::text, 'unit_price', r.unit_price::text)
      || CASE WHEN r.unit IS NULL THEN '{{}}' ELSE jsonb_build_object('unit', r.unit) END
      || CASE WHEN r.rate IS NULL THEN '{{}}'
        ELSE jsonb_build_object('currency', r.currency, 'rate', trim_scale(r.rate)::text) END
      || CASE WHEN r.unit IS NULL AND r.rate IS NULL THEN '{{}}'
        ELSE jsonb_build_object('stated', trim_scale(r.stated)::text) END AS said, r.place,
    CASE WHEN NOT r.reached THEN %(no_tier)s WHEN r.list_id = w.list_id THEN %(lost_tier)s
      WHEN r.scope <> w.scope THEN %(lost_scope)s
      WHEN (r.rate IS NULL) <> (w.rate IS NULL) THEN %(lost_currency)s
      WHEN r.priority <> w.priority THEN %(lost_priority)s ELSE %(lost_older)s END AS because
  FROM ranked r JOIN ranked w ON w.line = r.line AND w.place = 1 AND w.reached
)
UPDATE m_lines m SET list_price = x.unit_price, price = x.unit_price, price_trace = x.trace,
  floor_price = CASE WHEN %(floors)s THEN x.floor_price END
FROM (
  SELECT t.line, min(t.unit_price) AS unit_price, min(t.floor_price) AS floor_price,
    jsonb_build_object('winner', (jsonb_agg(t.said) FILTER (WHERE t.place = 1)) -> 0,
      'losers', coalesce(jsonb_agg(t.said || jsonb_build_object('because', t.because) ORDER BY t.place)
        FILTER (WHERE t.place > 1), '[]')) AS trace
  FROM told t GROUP BY t.line
) x WHERE m.id = x.line
"""
FLOORS = """
UPDATE m_lines SET floor_price = greatest(floor_price, round(list_price * (100 - %(floor_percent)s) / 100, 8))
WHERE list_price IS NOT NULL
"""
