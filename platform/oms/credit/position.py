"""A credit account as it was read: its buckets, the limit that holds for it, and the accounts above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.credit.policy import BUCKETS, STANDARD, Policy, policy_from_row

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPosition:
    """Amounts are in the account's currency.

    credit_limit  its own, else that of its customers' group, else the tenant's default; None: no limit at all
    raised_limit  the highest temporary limit in force today, until raised_until inclusive
    late          open amount of its invoices that are overdue by more days than the policy bears
    above         the accounts that it is part of, nearest first; their buckets hold all that is below them
    """

    number: str
    currency: str
    credit_limit: Decimal | None
    raised_limit: Decimal | None
    raised_until: date | None
    blocked: bool
    open_orders: Decimal
    unbilled_shipments: Decimal
    open_invoices: Decimal
    overdue: Decimal
    unapplied_payments: Decimal
    id: UUID = NOBODY
    name: str = ""
    overdue_stop: bool = False
    late: Decimal = Decimal(0)
    policy: Policy = STANDARD
    above: tuple[CreditPosition, ...] = ()

    @property
    def exposure(self) -> Decimal:
        """Of the buckets that count."""
        return sum((self.counted(name) for name in BUCKETS), Decimal(0))

    def counted(self, bucket: str) -> Decimal:
        """What a bucket adds to exposure; unapplied payments take away."""
        if bucket not in self.policy.counts:
            return Decimal(0)
        amount: Decimal = getattr(self, bucket)
        return -amount if bucket == "unapplied_payments" else amount

    def limit_on(self, day: date) -> Decimal | None:
        """The limit of that day: the raised one until its last day, inclusive."""
        if self.raised_limit is not None and self.raised_until is not None and day <= self.raised_until:
            return self.raised_limit
        return self.credit_limit

    def available_on(self, day: date) -> Decimal | None:
        """What may still be ordered, in the account and all above it; None where no limit holds."""
        left = [limit - one.exposure for one in (self, *self.above) if (limit := one.limit_on(day)) is not None]
        return min(left, default=None)

    @property
    def chain(self) -> list[UUID]:
        """The account and those above it: each takes part in every booking."""
        return [self.id, *(one.id for one in self.above)]

    def with_order(self, amount: Decimal) -> CreditPosition:
        """As it stands when an order of `amount` was booked on it."""
        above = tuple(replace(one, open_orders=one.open_orders + amount) for one in self.above)
        return replace(self, open_orders=self.open_orders + amount, above=above)


def position_from_rows(account_id: UUID, rows: Sequence[Mapping[str, Any]]) -> CreditPosition | None:
    """The account with those above it, of the rows of a chain (`oms.credit.account_sql`), in any order."""
    by_id = {UUID(str(row["id"])): row for row in rows}
    chain: list[CreditPosition] = []
    key: UUID | None = account_id
    while key is not None and key in by_id and len(chain) < len(by_id):
        row = by_id[key]
        chain.append(_position(key, row))
        key = UUID(str(row["parent_id"])) if row["parent_id"] else None
    return replace(chain[0], above=tuple(chain[1:])) if chain else None


def _position(key: UUID, row: Mapping[str, Any]) -> CreditPosition:
    policy = policy_from_row(row["policy"])
    raised = row["raised"] or {}
    limits = (row["credit_limit"], row["group_limit"], policy.default_limit)
    own = next((Decimal(limit) for limit in limits if limit is not None), None)
    return CreditPosition(
        id=key, number=row["number"], name=row["name"], currency=row["currency"], credit_limit=own,
        raised_limit=Decimal(raised["credit_limit"]) if raised else None,
        raised_until=date.fromisoformat(raised["until_on"]) if raised else None, blocked=row["blocked"],
        overdue_stop=row["overdue_stop"], late=Decimal(row["late"] or 0), policy=policy,
        open_orders=Decimal(row["open_orders"]), unbilled_shipments=Decimal(row["unbilled_shipments"]),
        open_invoices=Decimal(row["open_invoices"]), overdue=Decimal(row["overdue"]),
        unapplied_payments=Decimal(row["unapplied_payments"]),
    )  # fmt: skip
