"""A credit account as a card: the limit, the buckets as a bar, what is left, and how near the limit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.i18n import N_, _
from oms.credit.policy import BUCKETS
from oms.credit.position import CreditPosition
from web.pages.words import CREDIT_BUCKETS

_HUNDRED = Decimal(100)
FINE = N_("Within the limit")
NEAR = N_("More than {share} % of the limit is used")
OVER = N_("The limit is used up")
STOPPED = N_("Stopped until overdue invoices are paid")
UNLIMITED = N_("No limit is set")
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
    """limit, available  None where no limit holds
    used    share of the limit, 0.85 is 85 %; None where the limit is 0 or there is none
    above   numbers of the accounts that it is part of, nearest first
    raised  whether the temporary limit holds today
    tone    ok, warn (from the share on that the policy says, 80 % by itself) or bad
    """

    number: str
    currency: str
    limit: Decimal | None
    exposure: Decimal
    available: Decimal | None
    used: Decimal | None
    raised: bool
    raised_until: date | None
    blocked: bool
    buckets: Sequence[Bucket]
    tone: str
    sentence: str
    above: Sequence[str] = ()


def credit_card(account: CreditPosition | None, today: date) -> CreditCard | None:
    """None where there is no account."""
    if account is None:
        return None
    raised = account.raised_limit is not None and account.raised_until is not None and today <= account.raised_until
    limit = account.limit_on(today)
    tone, sentence = _state(account, limit)
    return CreditCard(
        number=account.number,
        currency=account.currency,
        limit=limit,
        exposure=account.exposure,
        available=account.available_on(today),
        used=account.exposure / limit if limit else None,
        raised=raised,
        raised_until=account.raised_until,
        blocked=account.blocked or account.overdue_stop,
        buckets=_buckets(account, limit),
        tone=tone,
        sentence=sentence,
        above=[one.number for one in account.above],
    )


def _state(account: CreditPosition, limit: Decimal | None) -> tuple[str, str]:
    """(tone, sentence). What is above the account counts as well: the fuller one decides."""
    if account.blocked:
        return "bad", _(BLOCKED)
    if account.overdue_stop:
        return "bad", _(STOPPED)
    if limit is None:
        return "ok", _(UNLIMITED)
    if account.exposure > limit or (account.exposure == limit and account.exposure > 0):
        return "bad", _(OVER)
    if account.exposure > limit * account.policy.warn_share:
        return "warn", _(NEAR, share=int(account.policy.warn_share * _HUNDRED))
    return "ok", _(FINE)


def _buckets(account: CreditPosition, limit: Decimal | None) -> list[Bucket]:
    """The bar shows the limit, or all that is at risk where that is more. Unapplied payments count against it, so
    they take no room."""
    amounts = {key: Decimal(getattr(account, key)) for key in BUCKETS}
    at_risk = sum((amount for key, amount in amounts.items() if key != "unapplied_payments"), Decimal(0))
    whole = max(limit or Decimal(0), at_risk) or Decimal(1)
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
