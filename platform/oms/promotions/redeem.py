"""Counts what an order uses of promotions and coupons, in the order's own transaction.

The counters are the last locks of a transaction (order, credit account, positions, counters), taken in key order by
one conditional statement: whoever comes second waits, is judged by what is left then, and decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.promotions.errors import PromotionsTaken
from oms.promotions.usage import Claim

_CLAIM = """
INSERT INTO promotion_counters AS c (tenant_id, id, promotion, coupon, customer, uses, most_uses, amount, most_amount)
SELECT %(tenant)s, new_id(), x.promotion, x.coupon, x.customer, x.uses, x.most_uses, x.amount, x.most_amount
FROM jsonb_to_recordset(%(claims)s::jsonb) AS x (promotion text, coupon text, customer text, uses int, most_uses int,
  amount numeric, most_amount numeric)
WHERE (x.most_uses IS NULL OR x.uses <= x.most_uses) AND (x.most_amount IS NULL OR x.amount <= x.most_amount)
ORDER BY x.promotion, x.coupon, x.customer
ON CONFLICT (tenant_id, promotion, coupon, customer) DO UPDATE
SET uses = c.uses + excluded.uses, amount = c.amount + excluded.amount, most_uses = excluded.most_uses,
  most_amount = excluded.most_amount
WHERE (excluded.most_uses IS NULL OR c.uses + excluded.uses <= excluded.most_uses)
  AND (excluded.most_amount IS NULL OR c.amount + excluded.amount <= excluded.most_amount)
"""
_REDEEM = """
INSERT INTO promotion_redemptions (tenant_id, id, order_id, customer_id, promotion, coupon, amount, redeemed_at)
SELECT %(tenant)s, new_id(), x.order_id, x.customer_id, x.promotion, x.coupon, x.amount, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (order_id uuid, customer_id uuid, promotion text, coupon text, amount numeric)
"""
_MOST_TRIES = 8
Outcome = TypeVar("Outcome")


class Used(Protocol):
    """One promotion that an order uses."""

    @property
    def promotion(self) -> str: ...
    @property
    def coupon(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...


def redeem(work: Work, order_id: UUID, customer_id: UUID, used: Sequence[Used], claims: Iterable[Claim]) -> None:
    """Writes down what one order uses. Raises PromotionsTaken where another order took what was left."""
    redeem_all(work, [(order_id, customer_id, used)], claims)


def redeem_all(work: Work, orders: Sequence[tuple[UUID, UUID, Sequence[Used]]], claims: Iterable[Claim]) -> None:
    """orders: (order, customer, what it uses). Raises PromotionsTaken"""
    rows = [
        {
            "order_id": order_id, "customer_id": customer_id, "promotion": one.promotion, "coupon": one.coupon,
            "amount": one.amount,
        }
        for order_id, customer_id, used in orders
        for one in used
    ]  # fmt: skip
    if not rows:
        return
    work.execute(_REDEEM, {"tenant": work.tenant_id, "now": work.now, "rows": dumps(rows)})
    summed = _summed(claims)
    if summed and work.execute(_CLAIM, {"tenant": work.tenant_id, "claims": dumps(summed)}) != len(summed):
        raise PromotionsTaken()


def _summed(claims: Iterable[Claim]) -> list[dict[str, object]]:
    """One row per counter: a statement may touch a row but once."""
    by_key: dict[tuple[str, str, str], dict[str, object]] = {}
    uses: dict[tuple[str, str, str], int] = {}
    amounts: dict[tuple[str, str, str], Decimal] = {}
    for claim in claims:
        uses[claim.key] = uses.get(claim.key, 0) + 1
        amounts[claim.key] = amounts.get(claim.key, Decimal(0)) + claim.amount
        by_key[claim.key] = {
            "promotion": claim.promotion, "coupon": claim.coupon, "customer": claim.customer,
            "most_uses": claim.most_uses, "most_amount": claim.most_amount, "uses": uses[claim.key],
            "amount": amounts[claim.key],
        }  # fmt: skip
    return list(by_key.values())


def decide_again(work: Work, decide: Callable[[], Outcome]) -> Outcome:
    """Runs `decide` in a savepoint, and anew where another order took what it counted on: it then sees what is left.

    raises PromotionsTaken where that goes on and on; asking once more is right
    """
    for _ in range(_MOST_TRIES):
        work.flush()
        work.flush()
        try:
            with work.connection.begin_nested():
                return decide()
        except PromotionsTaken:
            continue
    raise PromotionsTaken()
