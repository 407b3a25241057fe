"""How a credit account is read with all that decides: its chain up to the company, policy, limits, what is late.

Every reader uses the same text, placement within its own statement. Rows are locked in the order of their ids, so
that two orders below one company cannot lock each other out.
"""

from __future__ import annotations

# {a} is the account's alias. The account's own policy comes before the tenant's. The tenant's default limit is in its
# own policy, so it is taken from there whichever policy holds.
_POLICY = """(SELECT to_jsonb(p) || jsonb_build_object('default_limit',
    (SELECT d.default_limit FROM credit_policies d WHERE d.tenant_id = %(tenant)s AND d.account_id IS NULL))
  FROM credit_policies p WHERE p.tenant_id = %(tenant)s AND (p.account_id = {a}.id OR p.account_id IS NULL)
  ORDER BY p.account_id NULLS LAST LIMIT 1)"""
_RAISED = """(SELECT to_jsonb(r) FROM credit_raises r
  WHERE r.tenant_id = %(tenant)s AND r.account_id = {a}.id AND r.ended_at IS NULL
    AND %(today)s BETWEEN r.from_on AND r.until_on ORDER BY r.credit_limit DESC, r.id LIMIT 1)"""
_GROUP_LIMIT = """(SELECT min(g.credit_limit) FROM customers m
  JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = m.group_id
  WHERE m.tenant_id = %(tenant)s AND m.credit_account_id = {a}.id AND {a}.credit_limit IS NULL)"""
# Of no interest while nothing at all is owed.
_LATE = """CASE WHEN {a}.open_invoices + {a}.overdue = 0 THEN 0 ELSE (SELECT sum(i.open_amount) FROM receivables i
  WHERE i.tenant_id = %(tenant)s AND i.account_id = {a}.id AND i.kind = 'invoice' AND i.open_amount > 0
    AND i.due_on < %(today)s::date - (SELECT p.overdue_days FROM credit_policies p
      WHERE p.tenant_id = %(tenant)s AND (p.account_id = {a}.id OR p.account_id IS NULL)
      ORDER BY p.account_id NULLS LAST LIMIT 1)) END"""

DECIDING = f"""{_POLICY} AS policy, {_RAISED} AS raised, {_GROUP_LIMIT} AS group_limit, {_LATE} AS late"""
COLUMNS = """a.id, a.parent_id, a.number, a.name, a.currency, a.credit_limit, a.blocked, a.overdue_stop, a.open_orders,
  a.unbilled_shipments, a.open_invoices, a.overdue, a.unapplied_payments, """ + DECIDING.replace("{a}", "a")

# {start}: which accounts the chains begin with. UNION, not UNION ALL: a circle ends.
CHAIN = """SELECT s.id, s.parent_id FROM credit_accounts s WHERE s.tenant_id = %(tenant)s AND {start}
  UNION
  SELECT p.id, p.parent_id FROM chain c
  JOIN credit_accounts p ON p.tenant_id = %(tenant)s AND p.id = c.parent_id"""
