"""Reads of customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.field_index.filters import FieldFilter, compile_filter
from oms.catalog.queries import escape_like
from oms.customers.errors import CustomerNotFound
from oms.fields.judge_values import seen_values

_COLUMNS = """c.id, c.number, c.kind, c.name, c.email, c.phone, c.tax_number, g.key AS "group", g.names AS group_names,
  c.payment_terms_days, c.min_remaining_days,
  c.ship_complete, c.terms_end_of_month, c.prepay_percent, c.tags, c.active, c.custom,
  c.sales_rep_id,
  c.credit_account_id,
  a.number AS credit_account, a.currency AS credit_currency, a.credit_limit, a.blocked,
  a.open_orders, a.unbilled_shipments, a.open_invoices, a.overdue, a.unapplied_payments, a.exposure"""
_FROM = """FROM customers c
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
LEFT JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.id = c.credit_account_id"""
_LIST = f"""
SELECT {_COLUMNS} {_FROM}
WHERE c.tenant_id = %(tenant)s AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
  AND (%(after)s::text IS NULL OR c.number > %(after)s)
  AND (%(like)s::text IS NULL OR c.search_text LIKE %(like)s{{words}}){{own}}
  AND (%(group)s::text IS NULL OR g.key = %(group)s)
ORDER BY c.number LIMIT %(limit)s
"""
_ONE = f"""
SELECT {_COLUMNS},
  (SELECT coalesce(jsonb_agg(to_jsonb(x) - 'tenant_id' - 'customer_id' ORDER BY x.id), '[]') FROM customer_addresses x
    WHERE x.tenant_id = %(tenant)s AND x.customer_id = c.id) AS addresses,
  (SELECT coalesce(jsonb_agg(to_jsonb(x) - 'tenant_id' - 'customer_id' ORDER BY x.id), '[]') FROM customer_contacts x
    WHERE x.tenant_id = %(tenant)s AND x.customer_id = c.id) AS contacts
{_FROM}
WHERE c.tenant_id = %(tenant)s AND c.id = %(id)s AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
"""
_RECEIVABLES = """
SELECT id, kind, number, amount, open_amount, posted_on, due_on, aged, note FROM receivables
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s ORDER BY id DESC LIMIT %(limit)s
"""


def list_customers(
    work: Work,
    *,
    search: str = "",
    group: str | None = None,
    limit: int = 50,
    after: str | None = None,
    fields: FieldFilter | None = None,
) -> list[Any]:
    """Up to `limit` customers within reach, by number, those behind the number `after`, with their credit.

    fields  filters by own fields that the actor may see, and where words are looked for besides
    """
    own = compile_filter(work, "customer", fields or FieldFilter(), alias="c", search=search.strip(), words_alias="c")
    like = f"%{escape_like(search.strip().lower())}%" if search.strip() else None
    rows = work.rows(
        _LIST.format(
            own="".join(f" AND {one}" for one in own.conditions), words=f" OR ({own.words})" if own.words else ""
        ),
        {
            "tenant": work.tenant_id, "customers": work.actor.reach_list("customer"), "like": like, "group": group,
            "limit": limit, "after": after, **dict(own.params),
        },
    )  # fmt: skip
    return [row._replace(custom=seen_values(work, "customer", row.custom)) for row in rows]


def read_customer(work: Work, customer_id: UUID) -> Any:
    """One customer with addresses, contacts and credit. Raises CustomerNotFound."""
    row = work.row(_ONE, {"tenant": work.tenant_id, "id": customer_id, "customers": work.actor.reach_list("customer")})
    if row is None:
        raise CustomerNotFound(customer_id=str(customer_id))
    return row._replace(custom=seen_values(work, "customer", row.custom))


def customer_id_of(work: Work, number: str) -> UUID:
    """Raises CustomerNotFound."""
    found = work.scalar(
        "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    if found is None or not work.actor.may_see("customer", found):
        raise CustomerNotFound(number=number)
    return UUID(str(found))


def list_receivables(work: Work, customer_id: UUID, *, limit: int = 50) -> list[Any]:
    """Invoices, payments and credit notes of a customer, newest first."""
    return work.rows(_RECEIVABLES, {"tenant": work.tenant_id, "customer": customer_id, "limit": limit})
