"""Gives a credit account another limit for some days, and ends that early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from oms.credit.errors import AccountNotFound, LimitNegative, RaiseDays, RaiseNotFound, ReasonNeeded
from oms.credit.lock_account import lock_accounts
from tenants.access.audit import audit

_INSERT = """
INSERT INTO credit_raises
  (tenant_id, id, account_id, credit_limit, from_on, until_on, reason, created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(account)s, %(limit)s, %(from)s, %(until)s, %(reason)s, %(now)s, %(actor)s)
"""
_ACCOUNT_OF = "SELECT account_id FROM credit_raises WHERE tenant_id = %(tenant)s AND id = %(id)s"
_END = """
UPDATE credit_raises SET ended_at = %(now)s, ended_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND ended_at IS NULL AND until_on >= %(today)s
RETURNING credit_limit, until_on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseLimit:
    """Both days inclusive, in the tenant's calendar. Of several limits in force the highest holds."""

    account_id: UUID
    credit_limit: Decimal
    from_on: date
    until_on: date
    reason: str


def raise_limit(work: Work, command: RaiseLimit) -> UUID:
    """The id of the temporary limit. Raises AccountNotFound, LimitNegative, RaiseDays, ReasonNeeded."""
    if command.credit_limit < 0:
        raise LimitNegative()
    if command.until_on < command.from_on or command.until_on < work.today:
        raise RaiseDays()
    if not command.reason.strip():
        raise ReasonNeeded()
    if command.account_id not in lock_accounts(work, [command.account_id]):
        raise AccountNotFound()
    raise_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": raise_id, "account": command.account_id, "limit": command.credit_limit,
            "from": command.from_on, "until": command.until_on, "reason": command.reason.strip(), "now": work.now,
            "actor": work.actor.name,
        },
    )  # fmt: skip
    changes = {
        "credit_limit": (None, f"{command.credit_limit.normalize():f}"),
        "from_on": (None, command.from_on.isoformat()),
        "until_on": (None, command.until_on.isoformat()),
        "reason": (None, command.reason.strip()),
    }
    audit(work, "credit.raise_limit", "credit_account", to_text("acc", command.account_id), changes)
    return raise_id


def end_raise(work: Work, account_id: UUID, raise_id: UUID) -> None:
    """Ends a temporary limit now. Raises RaiseNotFound where there is none of this account that still matters."""
    if work.scalar(_ACCOUNT_OF, {"tenant": work.tenant_id, "id": raise_id}) != account_id:
        raise RaiseNotFound()
    lock_accounts(work, [account_id])
    ended = work.row(
        _END,
        {"tenant": work.tenant_id, "id": raise_id, "now": work.now, "actor": work.actor.name, "today": work.today},
    )
    if ended is None:
        raise RaiseNotFound()
    changes = {
        "credit_limit": (f"{ended.credit_limit.normalize():f}", None),
        "until_on": (ended.until_on.isoformat(), None),
    }
    audit(work, "credit.end_raise", "credit_account", to_text("acc", account_id), changes)
