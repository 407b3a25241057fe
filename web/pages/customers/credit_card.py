"""A credit account as a card: the limit, the buckets as a bar, what is left, and how near the limit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.i18n import N_, _
from oms.credit.policy import BUCKETS
from web.pages.words import CREDIT_BUCKETS

_WARN, _FULL = Decimal("0.8"), Decimal(1)
_HUNDRED = Decimal(100)
FINE = N_("Within the limit")
NEAR = N_("More than 80 % of the limit is used")
OVER = N_("The limit is used up")
BLOCKED = N_("Blocked: no order passes the credit check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """start, width: of its part of the bar, in percent of what the bar shows"""

    key: str
    label: str
    amount: Decimal
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCard:
    """used    share of the limit, 0.85 is 85 %; None where the limit is 0
    raised  whether the temporary limit holds today
    tone    ok, warn (from 80 %) or bad
    """

    number: str
    currency: str
    limit: Decimal
    exposure: Decimal
    available: Decimal
    used: Decimal | None
    raised: bool
    raised_until: date | None
    blocked: bool
    buckets: Sequence[Bucket]
    tone: str
    sentence: str


def credit_card(customer: Any, today: date) -> CreditCard | None:
    """Of a row of `oms.customers.queries`; None where the customer has no account."""
    if customer.credit_account_id is None:
        return None
    raised = customer.raised_limit is not None and customer.raised_until is not None and today <= customer.raised_until
    limit = customer.raised_limit if raised else customer.credit_limit
    used = customer.exposure / limit if limit else None
    tone, sentence = _state(customer.blocked, customer.exposure, limit)
    return CreditCard(
        number=customer.credit_account,
        currency=customer.credit_currency,
        limit=limit,
        exposure=customer.exposure,
        available=limit - customer.exposure,
        used=used,
        raised=raised,
        raised_until=customer.raised_until,
        blocked=customer.blocked,
        buckets=_buckets(customer, limit),
        tone=tone,
        sentence=_(sentence),
    )


def _state(blocked: bool, exposure: Decimal, limit: Decimal) -> tuple[str, str]:
    if blocked:
        return "bad", BLOCKED
    if exposure > limit * _FULL or (exposure == limit and exposure > 0):
        return "bad", OVER
    if exposure > limit * _WARN:
        return "warn", NEAR
    return "ok", FINE


def _buckets(customer: Any, limit: Decimal) -> list[Bucket]:
    """The bar shows the limit, or all that is at risk where that is more. Unapplied payments count against it, so
    they take no room."""
    amounts = {key: Decimal(getattr(customer, key)) for key in BUCKETS}
    at_risk = sum((amount for key, amount in amounts.items() if key != "unapplied_payments"), Decimal(0))
    whole = max(limit, at_risk) or Decimal(1)
    start, found = Decimal(0), []
    for key, amount in amounts.items():
        counts = key != "unapplied_payments"
        width = amount / whole * _HUNDRED if counts else Decimal(0)
        found.append(
            Bucket(
                key=key,
                label=_(CREDIT_BUCKETS[key]),
                amount=amount if counts else -amount,
                start=f"{start:.3f}",
                width=f"{width:.3f}",
            )
        )
        start += width
    return found
