"""Saves the tenant's credit policy, or that of one account; or lets an account follow the tenant's again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.credit.errors import AccountNotFound, CustomerGroupUnknown, LimitNegative, PolicyInvalid
from oms.credit.lock_account import lock_accounts
from oms.credit.policy import BUCKETS, CHECK_POINTS, Policy, plain_policy
from oms.credit.queries import read_policy
from tenants.access.audit import audit, difference

LIMITED_BUCKETS = tuple(name for name in BUCKETS if name != "unapplied_payments")
_COLUMNS = (
    "default_limit",
    *(f"count_{name}" for name in BUCKETS),
    *(f"limit_{name}" for name in LIMITED_BUCKETS),
    "overdue_days", "overdue_amount", *(f"at_{point}" for point in CHECK_POINTS), "crossing", "warn_percent",
)  # fmt: skip
_SAVE = f"""
INSERT INTO credit_policies (tenant_id, id, account_id, {", ".join(_COLUMNS)})
VALUES (%(tenant)s, %(id)s, %(account)s, {", ".join(f"%({name})s" for name in _COLUMNS)})
ON CONFLICT (tenant_id, account_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
"""
_DELETE = "DELETE FROM credit_policies WHERE tenant_id = %(tenant)s AND account_id = %(account)s"
_GROUP = """
UPDATE customer_groups g SET credit_limit = %(limit)s
FROM (SELECT id, credit_limit FROM customer_groups WHERE tenant_id = %(tenant)s AND key = %(key)s FOR UPDATE) b
WHERE g.tenant_id = %(tenant)s AND g.id = b.id
RETURNING g.id, b.credit_limit AS before
"""
NOT_A_WORD = N_("Choose one of: {words}.")
NOT_NEGATIVE = N_("This must not be negative.")
NOT_A_SHARE = N_("Write a share from 1 to 100 percent.")
_ACTIONS = ("ignore", "warn", "hold", "block")
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePolicy:
    """account_id  None: the tenant's own, which holds where an account has none"""

    account_id: UUID | None = None
    policy: Policy = field(default_factory=Policy)


def save_policy(work: Work, command: SavePolicy) -> None:
    """Raises PolicyInvalid with every fault, AccountNotFound."""
    problems = _problems(command)
    if problems:
        raise PolicyInvalid(problems=problems)
    if command.account_id is not None and command.account_id not in lock_accounts(work, [command.account_id]):
        raise AccountNotFound()
    before = read_policy(work, command.account_id)
    work.execute(_SAVE, _row(work, command))
    changes = difference(plain_policy(before) if before else {}, plain_policy(command.policy))
    if changes:
        audit(work, "credit.save_policy", "credit_policy", _object(command.account_id), changes)


def drop_policy(work: Work, account_id: UUID) -> None:
    """The account follows the tenant's policy again. Raises AccountNotFound."""
    if account_id not in lock_accounts(work, [account_id]):
        raise AccountNotFound()
    if work.execute(_DELETE, {"tenant": work.tenant_id, "account": account_id}):
        audit(work, "credit.drop_policy", "credit_policy", _object(account_id))


def set_group_limit(work: Work, key: str, limit: Decimal | None) -> None:
    """The limit of accounts of the group's customers that have none of their own; None takes it away.

    raises LimitNegative, CustomerGroupUnknown
    """
    if limit is not None and limit < 0:
        raise LimitNegative()
    row = work.row(_GROUP, {"tenant": work.tenant_id, "key": key, "limit": limit})
    if row is None:
        raise CustomerGroupUnknown()
    if row.before != limit:
        changes = {"credit_limit": (_text(row.before), _text(limit))}
        audit(work, "credit.set_group_limit", "customer_group", key, changes)


def _problems(command: SavePolicy) -> list[Problem]:
    policy, found = command.policy, []
    for point in CHECK_POINTS:
        allowed = ("order_type", *_ACTIONS) if point == "confirm" else _ACTIONS
        if policy.at.get(point, "ignore") not in allowed:
            found.append(Problem(f"/at/{point}", "unknown_word", NOT_A_WORD, {"words": ", ".join(allowed)}))
    if policy.crossing not in {"stop", "allow"}:
        found.append(Problem("/crossing", "unknown_word", NOT_A_WORD, {"words": "stop, allow"}))
    amounts = {"overdue_amount": policy.overdue_amount, "default_limit": policy.default_limit}
    amounts |= {f"limits/{name}": limit for name, limit in policy.limits.items()}
    found += [
        Problem(f"/{name}", "negative", NOT_NEGATIVE)
        for name, amount in amounts.items()
        if amount is not None and amount < 0
    ]
    found += [
        Problem(f"/{where}/{name}", "unknown_word", NOT_A_WORD, {"words": ", ".join(known)})
        for where, names, known in (("counts", policy.counts, BUCKETS), ("limits", policy.limits, LIMITED_BUCKETS))
        for name in names
        if name not in known
    ]
    if policy.overdue_days is not None and not 0 <= policy.overdue_days <= _MOST_DAYS:
        found.append(Problem("/overdue_days", "negative", NOT_NEGATIVE))
    if not Decimal("0.01") <= policy.warn_share <= 1 or policy.warn_share * 100 != int(policy.warn_share * 100):
        found.append(Problem("/warn_percent", "not_a_share", NOT_A_SHARE))
    return found


def _row(work: Work, command: SavePolicy) -> dict[str, Any]:
    policy = command.policy
    return {
        "tenant": work.tenant_id, "id": new_id(), "account": command.account_id,
        "default_limit": policy.default_limit if command.account_id is None else None,
        **{f"count_{name}": name in policy.counts for name in BUCKETS},
        **{f"limit_{name}": policy.limits.get(name) for name in LIMITED_BUCKETS},
        "overdue_days": policy.overdue_days, "overdue_amount": policy.overdue_amount,
        **{f"at_{point}": policy.at.get(point, "ignore") for point in CHECK_POINTS},
        "crossing": policy.crossing, "warn_percent": int(policy.warn_share * 100),
    }  # fmt: skip


def _object(account_id: UUID | None) -> str:
    return "company" if account_id is None else to_text("acc", account_id)


def _text(limit: Decimal | None) -> str | None:
    return None if limit is None else f"{limit.normalize():f}"
