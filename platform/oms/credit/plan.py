"""May this order pass? A pure decision over the account, and those above it, as they stand under their locks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from kernel.i18n import N_
from oms.credit.policy import BUCKETS, STANDARD, CheckPoint, CreditPolicy, plain_policy
from oms.credit.position import CreditPosition

__all__ = ["CreditDecision", "CreditPolicy", "CreditPosition", "CreditVerdict", "decide_credit"]
CreditVerdict = Literal["pass", "warn", "hold", "block"]

NO_ACCOUNT = N_("the customer has no credit account")
ACCOUNT_BLOCKED = N_("the credit account is blocked")
OTHER_CURRENCY = N_("the credit account is kept in another currency")
OVER_LIMIT = N_("exposure with this order is above the limit")
OVER_BEFORE = N_("exposure was above the limit before this order")
BUCKET_OVER = N_("one kind of exposure is above its own limit")
INVOICES_LATE = N_("invoices are overdue for too long")
STOPPED = N_("orders are stopped until overdue invoices are paid")
NEAR_LIMIT = N_("exposure with this order is near the limit")
CROSSES = N_("this order crosses the limit; the next will be stopped")
WITHIN_LIMIT = N_("exposure with this order is within the limit")
NO_LIMIT = N_("no limit is set")
IGNORED = N_("this order type does not check credit")
NOT_HERE = N_("credit is not checked at this point")
RELEASED = N_("the order was released by finance up to its amount")
PREPAID = N_("the order is paid in advance")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDecision:
    """verdict  pass, warn (passes, but say it), hold (stands, with a credit hold), block (refused)
    counts    whether the order's total joins the account's open orders
    """

    verdict: CreditVerdict
    reason: str
    counts: bool
    facts: dict[str, Any]

    def trace(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "because": self.reason, **self.facts}


@dataclass(frozen=True, slots=True)
class _Finding:
    """How one account takes an order: verdict stop, warn or pass."""

    verdict: Literal["stop", "warn", "pass"]
    reason: str
    facts: dict[str, Any]


def decide_credit(
    position: CreditPosition | None,
    *,
    policy: CreditPolicy,
    amount: Decimal,
    currency: str,
    today: date,
    point: CheckPoint = "confirm",
    prepaid: bool = False,
) -> CreditDecision:
    """What the account's policy, or the order type's where that leaves it open, makes of an order of `amount`.

    policy   the order type's word, for `confirm`
    amount   that is not in the account's open orders yet: the order's total when it is placed, 0 afterwards
    prepaid  the order is paid before it is processed, so it is no risk; it counts with what is paid

    Without an account, or with one in another currency, there is no limit to stay within: only `ignore` and
    `warn` let such an order pass. The account and all above it must let it pass; the nearest that does not is named.
    """
    said = (position.policy if position else STANDARD).action_at(point, policy)
    same = position is not None and position.currency == currency
    if prepaid:
        return CreditDecision(verdict="pass", reason=PREPAID, counts=False, facts={})
    if said == "ignore":
        reason = IGNORED if point == "confirm" else NOT_HERE
        return CreditDecision(verdict="pass", reason=reason, counts=same, facts={})
    if position is None:
        return CreditDecision(verdict=_stop(said), reason=NO_ACCOUNT, counts=False, facts={})
    if not same:
        other = {"account": position.number, "account_currency": position.currency}
        return CreditDecision(verdict=_stop(said), reason=OTHER_CURRENCY, counts=False, facts=other)
    findings = [_find(one, amount, today) for one in (position, *position.above)]
    worst = next((one for level in ("stop", "warn") for one in findings if one.verdict == level), findings[0])
    verdict = _stop(said) if worst.verdict == "stop" else worst.verdict
    return CreditDecision(verdict=verdict, reason=worst.reason, counts=True, facts=worst.facts)


def _find(position: CreditPosition, amount: Decimal, today: date) -> _Finding:
    limit, before = position.limit_on(today), position.exposure
    after = before + (amount if "open_orders" in position.policy.counts else Decimal(0))
    facts: dict[str, Any] = {
        "account": position.number,
        "limit": None if limit is None else str(limit),
        "exposure_before": str(before),
        "order": str(amount),
        "exposure_after": str(after),
        "buckets": {name: str(getattr(position, name)) for name in BUCKETS},
    }
    policy = position.policy
    if policy != STANDARD:
        facts["policy"] = plain_policy(policy)
    if position.late:
        facts["late"] = str(position.late)
    if position.blocked:
        return _Finding("stop", ACCOUNT_BLOCKED, facts)
    if position.overdue_stop:
        return _Finding("stop", STOPPED, facts)
    if policy.overdue_days is not None and position.late > policy.overdue_amount:
        return _Finding("stop", INVOICES_LATE, {**facts, "days": policy.overdue_days})
    if over := _bucket_over(position, amount):
        bucket, own = over
        return _Finding("stop", BUCKET_OVER, {**facts, "bucket": bucket, "bucket_limit": str(own)})
    if limit is None:
        return _Finding("pass", NO_LIMIT, facts)
    if after > limit and (policy.crossing == "stop" or before > limit):
        return _Finding("stop", OVER_BEFORE if policy.crossing == "allow" else OVER_LIMIT, facts)
    if after > limit:
        return _Finding("warn", CROSSES, facts)
    if after > limit * policy.warn_share:
        return _Finding("warn", NEAR_LIMIT, facts)
    return _Finding("pass", WITHIN_LIMIT, facts)


def _bucket_over(position: CreditPosition, amount: Decimal) -> tuple[str, Decimal] | None:
    """(bucket, its limit) of the first bucket that would be above its own limit, and that is more than nothing."""
    with_order = replace(position, open_orders=position.open_orders + amount)
    for bucket, own in position.policy.limits.items():
        if getattr(with_order, bucket) > own:
            return bucket, own
    return None


def _stop(policy: CreditPolicy) -> CreditVerdict:
    return "warn" if policy == "warn" else "hold" if policy == "hold" else "block"
