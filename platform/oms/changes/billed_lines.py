"""Lines that are invoiced in full: what their buyer has in writing stands, whatever promotions say by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.money import Money, apportion
from oms.changes.wanted import WantedLine, effective
from oms.placement.settle import Adjustment, Billed
from oms.pricing.amounts import LineAmounts, PricedQuantity, Rounding, discount_left

_ADJUSTMENTS = """
SELECT line_id, source, label, coupon, amount FROM order_adjustments
WHERE tenant_id = %(tenant)s AND line_id = ANY(%(lines)s) ORDER BY line_id, id
"""


def billed_lines(
    work: Work, lines: Sequence[WantedLine], *, currency: str, rounding: Rounding
) -> Mapping[UUID, Billed]:
    """line -> what was invoiced of it, for those of which nothing is left to invoice.

    One statement, and none where there is no such line.
    """
    found = {line.line.id: line for line in lines if line.line is not None and line.is_billed}
    if not found:
        return {}
    taken_off: dict[UUID, list[Adjustment]] = {}
    for row in work.rows(_ADJUSTMENTS, {"tenant": work.tenant_id, "lines": list(found)}):
        one = Adjustment(source=row.source, names=row.label, coupon=row.coupon, amount=row.amount)
        taken_off.setdefault(row.line_id, []).append(one)
    return {
        key: _billed(line, taken_off.get(key, ()), currency=currency, rounding=rounding) for key, line in found.items()
    }


def _billed(line: WantedLine, taken_off: Sequence[Adjustment], *, currency: str, rounding: Rounding) -> Billed:
    assert line.line is not None
    net, tax = line.line.invoiced_net, line.line.invoiced_tax
    amounts = LineAmounts(net=net, tax=tax, gross=net + tax)
    if line.quantity == effective(line.line) or not taken_off:
        return Billed(amounts=amounts, adjustments=tuple(taken_off))
    # Units that nobody invoiced go, and take their share of the discount along, as when they are cancelled.
    left = discount_left(
        line.line.discount, effective(line.line),
        PricedQuantity(line.line.unit_price, line.quantity, line.line.tax_rate), currency=currency, rounding=rounding,
    )  # fmt: skip
    shares = apportion(Money(left, currency), [one.amount for one in taken_off])
    kept = (replace(one, amount=share.amount) for one, share in zip(taken_off, shares, strict=True))
    return Billed(amounts=amounts, adjustments=tuple(one for one in kept if one.amount != Decimal(0)))
