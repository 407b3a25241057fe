"""May this order pass? A pure decision over the account as it stands under its lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from kernel.i18n import N_

CreditPolicy = Literal["ignore", "warn", "hold", "block"]
CreditVerdict = Literal["pass", "warn", "hold", "block"]

NO_ACCOUNT = N_("the customer has no credit account")
ACCOUNT_BLOCKED = N_("the credit account is blocked")
OTHER_CURRENCY = N_("the credit account is kept in another currency")
OVER_LIMIT = N_("exposure with this order is above the limit")
NEAR_LIMIT = N_("exposure with this order is above 80 % of the limit")
WITHIN_LIMIT = N_("exposure with this order is within the limit")
IGNORED = N_("this order type does not check credit")

_WARN_SHARE = Decimal("0.8")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPosition:
    """An account as read under its lock. Amounts are in its currency."""

    number: str
    currency: str
    credit_limit: Decimal
    raised_limit: Decimal | None
    raised_until: date | None
    blocked: bool
    open_orders: Decimal
    unbilled_shipments: Decimal
    open_invoices: Decimal
    overdue: Decimal
    unapplied_payments: Decimal

    @property
    def exposure(self) -> Decimal:
        return self.open_orders + self.unbilled_shipments + self.open_invoices + self.overdue - self.unapplied_payments

    def limit_on(self, day: date) -> Decimal:
        """The limit of that day: the raised one until its last day, inclusive."""
        if self.raised_limit is not None and self.raised_until is not None and day <= self.raised_until:
            return self.raised_limit
        return self.credit_limit

    def available_on(self, day: date) -> Decimal:
        return self.limit_on(day) - self.exposure


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


def decide_credit(
    position: CreditPosition | None, *, policy: CreditPolicy, amount: Decimal, currency: str, today: date
) -> CreditDecision:
    """What the order type's policy makes of an order of `amount`.

    Without an account, or with one in another currency, there is no limit to stay within: only `ignore` and
    `warn` let such an order pass.
    """
    if policy == "ignore":
        counts = position is not None and position.currency == currency
        return CreditDecision(verdict="pass", reason=IGNORED, counts=counts, facts={})
    if position is None:
        return CreditDecision(verdict=_stop(policy), reason=NO_ACCOUNT, counts=False, facts={})
    if position.currency != currency:
        other = {"account": position.number, "account_currency": position.currency}
        return CreditDecision(verdict=_stop(policy), reason=OTHER_CURRENCY, counts=False, facts=other)
    limit, after = position.limit_on(today), position.exposure + amount
    facts: dict[str, Any] = {
        "account": position.number,
        "limit": str(limit),
        "exposure_before": str(position.exposure),
        "order": str(amount),
        "exposure_after": str(after),
        "buckets": {
            "open_orders": str(position.open_orders),
            "unbilled_shipments": str(position.unbilled_shipments),
            "open_invoices": str(position.open_invoices),
            "overdue": str(position.overdue),
            "unapplied_payments": str(position.unapplied_payments),
        },
    }
    if position.blocked:
        return CreditDecision(verdict=_stop(policy), reason=ACCOUNT_BLOCKED, counts=True, facts=facts)
    if after > limit:
        return CreditDecision(verdict=_stop(policy), reason=OVER_LIMIT, counts=True, facts=facts)
    if after > limit * _WARN_SHARE:
        return CreditDecision(verdict="warn", reason=NEAR_LIMIT, counts=True, facts=facts)
    return CreditDecision(verdict="pass", reason=WITHIN_LIMIT, counts=True, facts=facts)


def _stop(policy: CreditPolicy) -> CreditVerdict:
    return "warn" if policy == "warn" else "hold" if policy == "hold" else "block"
