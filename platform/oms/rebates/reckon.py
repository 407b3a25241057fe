"""What customers have bought under their agreements, and what it earns: reckoned when asked, from the orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from oms.rebates.errors import AgreementNotFound, PeriodOpen, PeriodSettled
from oms.rebates.plan import Earned, Tier, earned, period_of
from tenants.access.audit import audit

_AGREEMENTS = """
SELECT a.id, a.key, a.names, a.period, a.currency::text AS currency, a.valid_from, a.valid_to, a.active,
  c.number AS customer, g.key AS customer_group,
  (SELECT jsonb_agg(jsonb_build_array(t.from_turnover::text, t.percent::text) ORDER BY t.from_turnover)
    FROM rebate_tiers t WHERE t.tenant_id = %(tenant)s AND t.agreement_id = a.id) AS tiers
FROM rebate_agreements a
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = a.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = a.group_id
WHERE a.tenant_id = %(tenant)s AND (%(key)s::text IS NULL OR a.key = %(key)s)
  AND (%(customer)s::uuid IS NULL OR a.customer_id = %(customer)s OR a.group_id = (
    SELECT k.group_id FROM customers k WHERE k.tenant_id = %(tenant)s AND k.id = %(customer)s))
ORDER BY a.key LIMIT 500
"""
# Orders shrink when they are cancelled, so their net is what still counts; freight is no turnover.
_TURNOVER = """
SELECT c.id, c.number, c.name, coalesce(sum(o.net_total - f.net), 0) AS turnover,
  s.amount AS settled, s.reference, s.settled_at
FROM rebate_agreements a
JOIN customers c ON c.tenant_id = %(tenant)s AND (c.id = a.customer_id OR c.group_id = a.group_id)
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.customer_id = c.id AND o.currency = a.currency
  AND o.status IN ('placed', 'closed') AND o.placed_on >= greatest(%(first)s, a.valid_from)
  AND o.placed_on < least(%(after)s, coalesce(a.valid_to, %(after)s))
LEFT JOIN LATERAL (SELECT coalesce(sum(x.net), 0) AS net FROM order_charges x
  WHERE x.tenant_id = %(tenant)s AND x.order_id = o.id) f ON true
LEFT JOIN rebate_settlements s ON s.tenant_id = %(tenant)s AND s.agreement_id = a.id AND s.customer_id = c.id
  AND s.period_from = %(first)s
WHERE a.tenant_id = %(tenant)s AND a.id = %(agreement)s AND (%(customer)s::uuid IS NULL OR c.id = %(customer)s)
  AND (%(customers)s::uuid[] IS NULL OR c.id = ANY(%(customers)s))
GROUP BY c.id, c.number, c.name, s.amount, s.reference, s.settled_at ORDER BY 4 DESC, c.number LIMIT 500
"""
_SETTLE = """
INSERT INTO rebate_settlements (tenant_id, id, agreement_id, customer_id, period_from, turnover, percent, amount,
  reference, settled_at, settled_by)
VALUES (%(tenant)s, %(id)s, %(agreement)s, %(customer)s, %(first)s, %(turnover)s, %(percent)s, %(amount)s,
  %(reference)s, %(now)s, %(actor)s)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one customer stands in one period of an agreement.

    settled  what the period was settled with; None: it is open
    """

    customer_id: UUID
    customer: str
    name: str
    first: date
    after: date
    turnover: Decimal
    earned: Earned
    settled: Decimal | None
    reference: str | None


def list_agreements(work: Work, *, key: str | None = None, customer_id: UUID | None = None) -> list[Any]:
    """By key; with a customer those that hold for him or for his group. tiers: [[from turnover, percent], …]"""
    return work.rows(_AGREEMENTS, {"tenant": work.tenant_id, "key": key, "customer": customer_id})


def read_agreement(work: Work, key: str) -> Any:
    """Raises AgreementNotFound."""
    found = list_agreements(work, key=key)
    if not found:
        raise AgreementNotFound()
    return found[0]


def standings(work: Work, agreement: Any, day: date, customer_id: UUID | None = None) -> list[Standing]:
    """Each customer of the agreement in the period that `day` lies in, most turnover first. One statement."""
    first, after = period_of(agreement.period, day)
    rows = work.rows(
        _TURNOVER,
        {
            "tenant": work.tenant_id, "agreement": agreement.id, "first": first, "after": after,
            "customer": customer_id, "customers": work.actor.reach_list("customer"),
        },
    )  # fmt: skip
    tiers = [Tier(Decimal(start), Decimal(percent)) for start, percent in agreement.tiers or ()]
    return [
        Standing(
            customer_id=row.id, customer=row.number, name=row.name, first=first, after=after, turnover=row.turnover,
            earned=earned(row.turnover, tiers, agreement.currency), settled=row.settled, reference=row.reference,
        )
        for row in rows
    ]  # fmt: skip


def settle_period(work: Work, key: str, customer_id: UUID, day: date, *, reference: str = "") -> Standing:
    """Marks the closed period that `day` lies in as settled and returns what is due: the seam for credit notes.

    Whoever pays it out calls this in the transaction of the credit note and gives its number as `reference`; a period
    is settled once, so it is paid once.
    raises  AgreementNotFound (also for a customer out of reach), PeriodOpen, PeriodSettled
    """
    agreement = read_agreement(work, key)
    found = standings(work, agreement, day, customer_id)
    if not found:
        raise AgreementNotFound()
    standing = found[0]
    if work.today < standing.after:
        raise PeriodOpen(day=standing.after.isoformat())
    written = work.execute(
        _SETTLE,
        {
            "tenant": work.tenant_id, "id": new_id(), "agreement": agreement.id, "customer": customer_id,
            "first": standing.first, "turnover": standing.turnover, "percent": standing.earned.percent,
            "amount": standing.earned.amount, "reference": reference, "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    if not written:
        raise PeriodSettled()
    audit(work, "rebate.settle", "rebate", f"{key}/{standing.customer}/{standing.first}",
          {"amount": (None, str(standing.earned.amount))})  # fmt: skip
    return standing
