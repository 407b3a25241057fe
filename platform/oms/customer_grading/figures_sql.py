"""What customers ordered and owe, as grading reads it: one row per customer, over sets."""

from __future__ import annotations

from low_code.expressions import Column, SqlBinding

# `c` is customers, `g` the group, `f` the figures of orders, `d` what is overdue. Amounts are in the tenant's currency;
# orders in others do not count to turnover.
SOURCE = """customers c
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
LEFT JOIN (
  SELECT o.customer_id, count(*)::numeric AS orders,
    coalesce(sum(o.net_total) FILTER (WHERE o.placed_on > %(today)s::date - 30 AND o.currency = %(currency)s), 0)
      AS net_30,
    coalesce(sum(o.net_total) FILTER (WHERE o.placed_on > %(today)s::date - 90 AND o.currency = %(currency)s), 0)
      AS net_90,
    coalesce(sum(o.net_total) FILTER (WHERE o.placed_on > %(today)s::date - 365 AND o.currency = %(currency)s), 0)
      AS net_365,
    (%(today)s::date - max(o.placed_on))::numeric AS days_since_last
  FROM orders o
  WHERE o.tenant_id = %(tenant)s AND o.status IN ('placed', 'closed') AND o.merged_into IS NULL
  GROUP BY o.customer_id
) f ON f.customer_id = c.id
LEFT JOIN (
  SELECT r.customer_id, sum(r.open_amount) AS overdue FROM receivables r
  WHERE r.tenant_id = %(tenant)s AND r.kind = 'invoice' AND r.open_amount > 0 AND r.due_on < %(today)s::date
    AND r.currency = %(currency)s
  GROUP BY r.customer_id
) d ON d.customer_id = c.id"""
FIGURES = {
    "orders": "coalesce(f.orders, 0)",
    "net_30": "coalesce(f.net_30, 0)",
    "net_90": "coalesce(f.net_90, 0)",
    "net_365": "coalesce(f.net_365, 0)",
    "days_since_last": "f.days_since_last",
    "overdue": "coalesce(d.overdue, 0)",
}
BINDING = SqlBinding(
    columns={
        "order.customer.number": Column("c.number"),
        "order.customer.name": Column("c.name"),
        "order.customer.kind": Column("c.kind"),
        "order.customer.group": Column("g.key"),
        "order.customer.tags": Column("c.tags"),
        "order.customer.grade": Column("c.grade"),
        "order.customer.payment_terms_days": Column("c.payment_terms_days::numeric"),
        **{f"figures.{name}": Column(sql) for name, sql in FIGURES.items()},
    },
    json={"order.customer.cf": "c.custom"},
)
