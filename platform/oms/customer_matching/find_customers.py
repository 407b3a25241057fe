"""Which customers buyers are: by what the channel calls them, else by the matching rules; any number at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from low_code.documents.compiled import configuration
from low_code.registry import DocumentUnknown
from oms.kinds.customer_matching.compile import CustomerMatching, MatchRule

DOCUMENT = "standard"
# `b` is a buyer with its keys, `c` a customer.
_EQUAL = {
    "phone": """(c.phone_key = b.phone_key OR EXISTS (SELECT FROM customer_addresses a WHERE a.tenant_id = %(tenant)s
      AND a.customer_id = c.id AND a.phone_key = b.phone_key))""",
    "email": "c.email_key = b.email_key",
    "tax_number": "c.tax_key = b.tax_key",
    "name_postal": """(c.name_key = b.name_key AND EXISTS (SELECT FROM customer_addresses a
      WHERE a.tenant_id = %(tenant)s AND a.customer_id = c.id AND a.postal_key = b.postal_key))""",
}
# What narrows the search to an index, as a set of ids: an OR over two tables would read all customers.
_NARROW = {
    "phone": """SELECT n.id FROM customers n WHERE n.tenant_id = %(tenant)s AND n.phone_key = b.phone_key
      UNION SELECT n.customer_id FROM customer_addresses n
        WHERE n.tenant_id = %(tenant)s AND n.phone_key = b.phone_key""",
    "email": "SELECT n.id FROM customers n WHERE n.tenant_id = %(tenant)s AND n.email_key = b.email_key",
    "tax_number": "SELECT n.id FROM customers n WHERE n.tenant_id = %(tenant)s AND n.tax_key = b.tax_key",
    "name_postal": "SELECT n.id FROM customers n WHERE n.tenant_id = %(tenant)s AND n.name_key = b.name_key",
}
# Merged customers lead to who took them over.
_FIND = """
WITH b AS MATERIALIZED (
  SELECT x.at, x.outside_id, app_phone_key(x.phone, x.country) AS phone_key, app_email_key(x.email) AS email_key,
    app_tax_key(x.tax_number) AS tax_key, app_name_key(x.name) AS name_key,
    app_postal_key(x.postal_code, x.country) AS postal_key
  FROM jsonb_to_recordset(%(buyers)s::jsonb) AS x (at int, outside_id text, name text, phone text, email text,
    tax_number text, postal_code text, country text)
)
SELECT b.at, (SELECT coalesce(c.merged_into, c.id) FROM customer_identities i
    JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = i.customer_id
    WHERE i.tenant_id = %(tenant)s AND i.channel = %(channel)s AND i.outside_id = b.outside_id) AS known{rules}
FROM b ORDER BY b.at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerData:
    """What a channel says of a buyer. country: ISO 3166-1 alpha-2, of the address; "" where it is not known"""

    outside_id: str
    name: str = ""
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """customer_id  who it is; None: nobody that is known
    rule         document and rule that say so; "" where the channel's name is known
    suspects     (customer, rule) that may be the same
    """

    customer_id: UUID | None
    rule: str = ""
    suspects: tuple[tuple[UUID, str], ...] = ()


def find_customers(work: Work, channel: str, buyers: Sequence[BuyerData]) -> list[Found]:
    """One answer per buyer, in their order. One statement."""
    rules = matching_rules(work)
    columns = "".join(f",\n  {_candidates(rule)} AS rule_{at}" for at, rule in enumerate(rules))
    rows = work.rows(
        _FIND.format(rules=columns),
        {
            "tenant": work.tenant_id, "channel": channel,
            "buyers": dumps([{"at": at, **asdict(one)} for at, one in enumerate(buyers)]),
        },
    )  # fmt: skip
    return [decide(row.known, [(rule, row[2 + at] or []) for at, rule in enumerate(rules)]) for row in rows]


def matching_rules(work: Work) -> tuple[MatchRule, ...]:
    try:
        compiled: CustomerMatching = configuration(work).compiled("customer_matching", DOCUMENT)
    except DocumentUnknown:
        return ()
    return compiled.rules


def decide(known: UUID | None, candidates: Sequence[tuple[MatchRule, Sequence[UUID]]]) -> Found:
    """Pure. candidates: per rule in rank order, the customers that it finds"""
    if known is not None:
        return Found(customer_id=known)
    suspects: dict[UUID, str] = {}
    for rule, found in candidates:
        source = f"customer_matching/{DOCUMENT}#{rule.id}"
        if rule.verdict == "same" and len(found) == 1:
            return Found(customer_id=found[0], rule=source)
        for customer in found:
            suspects.setdefault(customer, source)
    return Found(customer_id=None, suspects=tuple(suspects.items()))


def _candidates(rule: MatchRule) -> str:
    narrowest = min(rule.keys, key=("tax_number", "email", "phone", "name_postal").index)
    conditions = " AND ".join(_EQUAL[key] for key in rule.keys)
    return f"""(SELECT array_agg(DISTINCT coalesce(c.merged_into, c.id)) FROM customers c
    WHERE c.tenant_id = %(tenant)s AND c.id IN ({_NARROW[narrowest]}) AND {conditions})"""
