"""Says what a portal user may do for his company: for which sites, up to how much, and whether he approves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.customers.share_customer import share_customer
from oms.purchasing.errors import BuyerInvalid, BuyerUnknown
from oms.purchasing.plan import Limit
from tenants.access.audit import audit

NEGATIVE = N_("A limit must not be negative.")
EMPTY = N_("Say how much per order or per month.")
TWICE = N_("There are two limits for the same site.")
SITE_UNKNOWN = N_("The customer has no such site.")
_USER = """
SELECT u.id, u.site_scope FROM users u
WHERE u.tenant_id = %(tenant)s AND u.id = %(user)s AND u.customer_id = %(customer)s AND u.kind = 'portal'
FOR NO KEY UPDATE
"""
_SITES = "SELECT id FROM customer_sites WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s"
_SAVE = """
INSERT INTO customer_buyers AS b (tenant_id, id, user_id, approves) VALUES (%(tenant)s, %(id)s, %(user)s, %(approves)s)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET approves = excluded.approves RETURNING b.id
"""
_SCOPE = "UPDATE users SET site_scope = %(sites)s::uuid[] WHERE tenant_id = %(tenant)s AND id = %(user)s"
_LIMITS = """
INSERT INTO buyer_limits (tenant_id, id, buyer_id, site_id, per_order, per_month)
SELECT %(tenant)s, x.id, %(buyer)s, x.site_id, x.per_order, x.per_month
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, site_id uuid, per_order numeric, per_month numeric)
"""
_DROP = "DELETE FROM buyer_limits WHERE tenant_id = %(tenant)s AND buyer_id = %(buyer)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveBuyer:
    """sites   that he orders for and sees; None: all of the company
    limits  all of them, at most one a site and one over all
    """

    customer_id: UUID
    user_id: UUID
    approves: bool = False
    sites: tuple[UUID, ...] | None = None
    limits: tuple[Limit, ...] = ()


def save_buyer(work: Work, command: SaveBuyer) -> None:
    """Replaces what was said before. Raises CustomerNotFound, BuyerUnknown, BuyerInvalid with every fault."""
    share_customer(work, command.customer_id)
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "customer": command.customer_id, "user": command.user_id, "id": new_id(),
        "approves": command.approves, "sites": None if command.sites is None else sorted(set(command.sites)),
    }  # fmt: skip
    if work.row(_USER, parameters) is None:
        raise BuyerUnknown()
    _judge(command, {row.id for row in work.rows(_SITES, parameters)})
    buyer = work.scalar(_SAVE, parameters)
    work.execute(_SCOPE, parameters)
    rows = [
        {"id": new_id(), "site_id": one.site_id, "per_order": one.per_order, "per_month": one.per_month}
        for one in command.limits
    ]
    work.execute(_DROP, {"tenant": work.tenant_id, "buyer": buyer})
    if rows:
        work.execute(_LIMITS, {"tenant": work.tenant_id, "buyer": buyer, "rows": dumps(rows)})
    told = {
        "approves": (None, command.approves),
        "sites": (None, None if command.sites is None else len(command.sites)),
        "limits": (None, [f"{one.per_order or '-'}/{one.per_month or '-'}" for one in command.limits]),
    }
    audit(work, "customer.save_buyer", "user", to_text("usr", command.user_id), told)


def _judge(command: SaveBuyer, known: set[UUID]) -> None:
    problems = [
        Problem(f"/sites/{at}", "site_unknown", SITE_UNKNOWN)
        for at, site in enumerate(command.sites or ())
        if site not in known
    ]
    per_site = Counter(limit.site_id for limit in command.limits)
    for at, limit in enumerate(command.limits):
        amounts = [amount for amount in (limit.per_order, limit.per_month) if amount is not None]
        faults = (
            (not amounts, "limit_empty", EMPTY),
            (any(amount < 0 for amount in amounts), "limit_negative", NEGATIVE),
            (per_site[limit.site_id] > 1, "limit_twice", TWICE),
            (limit.site_id is not None and limit.site_id not in known, "site_unknown", SITE_UNKNOWN),
        )
        problems += [Problem(f"/limits/{at}", code, message) for wrong, code, message in faults if wrong]
    if problems:
        raise BuyerInvalid(problems=problems)
