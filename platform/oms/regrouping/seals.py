"""What keeps an order from being split or merged."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_
from low_code.expressions import Environment
from oms.orders.lock_order import LockedOrder
from oms.orders.order_values import order_values
from oms.regrouping.errors import OrderSealed
from oms.regrouping.rules_of import split_rules_of

NOT_PLACED = N_("it is not placed, or no longer open")
SHIPPED = N_("goods of it have left")
INVOICED = N_("it is invoiced")
APPROVAL_RUNS = N_("its approval is running")
CHANGE_OPEN = N_("a change of it is open")

_FACTS = """
SELECT o.sealed,
  EXISTS (SELECT FROM approval_instances a WHERE a.tenant_id = %(tenant)s AND a.subject_kind = 'order'
    AND a.subject_id = o.id AND a.status NOT IN ('approved', 'rejected', 'withdrawn')) AS approving,
  EXISTS (SELECT FROM change_sets s WHERE s.tenant_id = %(tenant)s AND s.order_id = o.id
    AND s.status IN ('pending', 'requested')) AS changing
FROM orders o WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """because: an English sentence for `kernel.i18n`, or the tenant's own word"""

    because: str


def seal_of(work: Work, order: LockedOrder) -> Seal | None:
    """Why the order may not be split or merged; None: it may."""
    if order.status != "placed":
        return Seal(NOT_PLACED)
    if any(line.shipped for line in order.lines):
        return Seal(SHIPPED)
    if is_invoiced(order):
        return Seal(INVOICED)
    return seal_beside(work, order.id) or _by_rule(work, order)


def is_invoiced(order: LockedOrder) -> bool:
    return bool(order.invoiced_total) or any(line.invoiced for line in order.lines)


def seal_beside(work: Work, order_id: UUID) -> Seal | None:
    """As seal_of, for what stands beside the order: its own seal, an approval that runs, a change that is open."""
    facts = work.row(_FACTS, {"tenant": work.tenant_id, "order": order_id})
    if facts is None or facts.sealed:
        return Seal(facts.sealed if facts else NOT_PLACED)
    if facts.approving:
        return Seal(APPROVAL_RUNS)
    return Seal(CHANGE_OPEN) if facts.changing else None


def _by_rule(work: Work, order: LockedOrder) -> Seal | None:
    rules = split_rules_of(work, order.order_type, order.release)
    if rules is None or rules.never is None:
        return None
    if not rules.never(order_values(work, order.id), Environment(now=work.now, today=work.today)):
        return None
    reason = rules.never_reason
    return Seal(reason.get(work.tenant.locale) or reason["en"])


def refuse_sealed(work: Work, order: LockedOrder) -> None:
    """Raises OrderSealed where the order is."""
    seal = seal_of(work, order)
    if seal is not None:
        raise OrderSealed(number=order.number, because=seal.because)
