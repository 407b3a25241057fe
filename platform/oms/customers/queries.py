"""Reads of customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.field_index.filters import FieldFilter, compile_filter
from oms.catalog.queries import escape_like
from oms.customers.errors import CustomerNotFound
from oms.fields.judge_values import seen_values

_FEWEST_DIGITS = 5
_COLUMNS = """c.id, c.number, c.kind, c.name, c.email, c.phone, c.tax_number, c.country,
  g.key AS "group", g.names AS group_names,
  c.payment_terms_days, c.min_remaining_days,
  c.ship_complete, c.terms_end_of_month, c.prepay_percent, c.tags, c.active, c.custom,
  c.sales_rep_id, c.grade, c.merged_into,
  c.credit_account_id,
  a.number AS credit_account, a.currency AS credit_currency, a.credit_limit, a.blocked,
  a.open_orders, a.unbilled_shipments, a.open_invoices, a.overdue, a.unapplied_payments, a.exposure"""
_FROM = """FROM customers c
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
LEFT JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.id = c.credit_account_id"""
# By its own words, a phone number however it is typed, a contact, or a number of one of its orders. Each part is found
# by an index of its own.
_FOUND = """
    SELECT x.id FROM customers x WHERE x.tenant_id = %(tenant)s AND x.search_text LIKE %(like)s
    UNION
    SELECT x.id FROM customers x
    WHERE x.tenant_id = %(tenant)s AND %(digits)s::text IS NOT NULL AND x.phone_key LIKE %(digits)s
    UNION
    SELECT x.customer_id FROM customer_contacts x WHERE x.tenant_id = %(tenant)s
      AND (x.search_text LIKE %(like)s OR (%(digits)s::text IS NOT NULL AND x.search_text LIKE %(digits)s))
    UNION
    SELECT x.customer_id FROM customer_identities x WHERE x.tenant_id = %(tenant)s AND x.outside_id = %(exact)s
    UNION
    SELECT x.customer_id FROM orders x WHERE x.tenant_id = %(tenant)s AND x.number = upper(%(exact)s)
    UNION
    SELECT x.customer_id FROM orders x WHERE x.tenant_id = %(tenant)s AND x.channel = ANY(%(channels)s::text[])
      AND x.outside_number = %(exact)s
"""
_LIST = f"""
SELECT {_COLUMNS} {_FROM}
WHERE c.tenant_id = %(tenant)s AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
  AND (%(after)s::text IS NULL OR c.number > %(after)s)
  AND (%(like)s::text IS NULL OR c.id IN ({_FOUND}){{words}}){{own}}
  AND (%(group)s::text IS NULL OR g.key = %(group)s)
ORDER BY c.number LIMIT %(limit)s
"""
_ONE = f"""
SELECT {_COLUMNS},
  (SELECT coalesce(jsonb_agg(to_jsonb(x) - 'tenant_id' - 'customer_id' ORDER BY x.id), '[]') FROM customer_addresses x
    WHERE x.tenant_id = %(tenant)s AND x.customer_id = c.id AND x.site_id IS NULL) AS addresses,
  (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'tenant_id' - 'customer_id'
      || jsonb_build_object('address', to_jsonb(x) - 'tenant_id' - 'customer_id') ORDER BY s.number), '[]')
    FROM customer_sites s JOIN customer_addresses x ON x.tenant_id = %(tenant)s AND x.site_id = s.id
    WHERE s.tenant_id = %(tenant)s AND s.customer_id = c.id
      AND (%(sites)s::uuid[] IS NULL OR s.id = ANY(%(sites)s))) AS sites,
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
            "limit": limit, "after": after, **looked_for(work, search), **dict(own.params),
        },
    )  # fmt: skip
    return [row._replace(custom=seen_values(work, "customer", row.custom)) for row in rows]


def looked_for(work: Work, search: str) -> dict[str, Any]:
    """What a search may mean: the words, the digits of a phone number, or a whole number of an order or a channel."""
    exact = search.strip()
    digits = "".join(character for character in exact if character.isdecimal())
    is_phone = len(digits) >= _FEWEST_DIGITS and not set(exact) - set("0123456789+-/.() ")
    return {
        "exact": exact, "digits": f"%{digits.lstrip('0')}%" if is_phone else None,
        "channels": _channels(work),
    }  # fmt: skip


def _channels(work: Work) -> list[str]:
    """Every channel that an order may come by: the index on a channel's own numbers begins with it."""
    known = configuration(work)
    types = (known.compiled("order_type", key) for key in known.keys("order_type"))
    return sorted({channel for one in types for channel in one.channels})


def read_customer(work: Work, customer_id: UUID) -> Any:
    """One customer with addresses, contacts and credit. Raises CustomerNotFound."""
    row = work.row(
        _ONE,
        {
            "tenant": work.tenant_id,
            "id": customer_id,
            "customers": work.actor.reach_list("customer"),
            "sites": work.actor.reach_list("site"),
        },
    )
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
