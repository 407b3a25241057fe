"""Reads of credit accounts, policies and temporary limits, for pages and API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.credit.policy import Policy, policy_from_row

_OWN_POLICY = """
SELECT * FROM credit_policies
WHERE tenant_id = %(tenant)s AND account_id IS NOT DISTINCT FROM %(account)s
"""
_RAISES = """
SELECT id, credit_limit, from_on, until_on, reason, created_at, created_by, ended_at, ended_by,
  ended_at IS NULL AND %(today)s BETWEEN from_on AND until_on AS in_force,
  ended_at IS NULL AND until_on >= %(today)s AS open
FROM credit_raises WHERE tenant_id = %(tenant)s AND account_id = %(account)s
ORDER BY id DESC LIMIT %(limit)s
"""
# Within the reader's reach: the accounts of the customers that he sees.
_ACCOUNTS = """
SELECT a.id, a.number, a.name, a.currency, a.blocked, a.overdue_stop,
  (SELECT count(*) FROM customers c WHERE c.tenant_id = %(tenant)s AND c.credit_account_id = a.id) AS customers
FROM credit_accounts a
WHERE a.tenant_id = %(tenant)s AND (%(after)s::text IS NULL OR a.number > %(after)s)
  AND (%(number)s::text IS NULL OR a.number = %(number)s)
  AND (%(reach)s::uuid[] IS NULL OR EXISTS (SELECT FROM customers c
    WHERE c.tenant_id = %(tenant)s AND c.credit_account_id = a.id AND c.id = ANY(%(reach)s)))
ORDER BY a.number LIMIT %(limit)s
"""
_GROUPS = "SELECT key, names, credit_limit FROM customer_groups WHERE tenant_id = %(tenant)s ORDER BY key"


def read_policy(work: Work, account_id: UUID | None) -> Policy | None:
    """The policy of an account itself, or the tenant's (None); None where there is none."""
    row = work.mappings(_OWN_POLICY, {"tenant": work.tenant_id, "account": account_id})
    return policy_from_row(row[0]) if row else None


def list_raises(work: Work, account_id: UUID, *, limit: int = 50) -> list[Any]:
    """Temporary limits of an account, newest first, with `in_force` and `open` (in force or still to come)."""
    return work.rows(_RAISES, {"tenant": work.tenant_id, "account": account_id, "today": work.today, "limit": limit})


def list_accounts(work: Work, *, limit: int = 50, after: str | None = None, number: str | None = None) -> list[Any]:
    """Up to `limit` accounts within reach, by number, those behind the number `after`."""
    return work.rows(
        _ACCOUNTS,
        {
            "tenant": work.tenant_id, "after": after, "number": number, "limit": limit,
            "reach": work.actor.reach_list("customer"),
        },
    )  # fmt: skip


def list_group_limits(work: Work) -> list[Any]:
    """(key, names, credit_limit) of every customer group."""
    return work.rows(_GROUPS, {"tenant": work.tenant_id})
