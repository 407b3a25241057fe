"""A priced order, ready to be decided on and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.instalments.plan import Instalment
from oms.orders.order_values import is_below_floor
from oms.placement.commands import LineRequest
from oms.placement.load import Buyer, FoundSku
from oms.placement.settle import Adjustment, PlannedCharge, Redemption
from oms.pricing.amounts import LineAmounts
from oms.promotions.usage import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """A line that is ready to be written. Quantities are in base units; prices of one base unit.

    amounts      after all discounts
    discount     what `adjustments` add up to, in the basis of the prices
    floor_price  what nobody may sell it below without being asked; None: no floor
    instalments  planned deliveries, in base units; they add up to `ordered`
    """

    id: UUID
    line_no: int
    request: LineRequest
    sku: FoundSku
    ordered: Decimal
    list_price: Decimal
    unit_price: Decimal
    amounts: LineAmounts
    custom: dict[str, Any]
    price_trace: dict[str, Any]
    discount: Decimal = Decimal(0)
    adjustments: tuple[Adjustment, ...] = ()
    floor_price: Decimal | None = None
    instalments: tuple[Instalment, ...] = ()

    @property
    def below_floor(self) -> bool:
        """Whether it is sold for less than its floor, promotions counted."""
        return is_below_floor(self.unit_price, self.ordered, self.discount, self.floor_price)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """A priced order. net_total + tax_total = total: the sums of its lines and charges.

    promotions   why each promotion applied or not, as JSON
    redemptions, claims  what placing it uses of promotions and coupons
    """

    id: UUID
    buyer: Buyer
    lines: tuple[PlannedLine, ...]
    currency: str
    net_total: Decimal
    tax_total: Decimal
    total: Decimal
    custom: dict[str, Any]
    charges: tuple[PlannedCharge, ...] = ()
    promotions: tuple[dict[str, Any], ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def discount(self) -> Decimal:
        """What promotions took off the lines, in the basis of the prices."""
        return sum((line.discount for line in self.lines), Decimal(0))

    def price_trace(self) -> dict[str, Any]:
        """What the decision log keeps of pricing."""
        told: dict[str, Any] = {"lines": [line.price_trace for line in self.lines]}
        if self.promotions:
            told["promotions"] = list(self.promotions)
        if self.charges:
            told["charges"] = [charge_json(charge) for charge in self.charges]
        return told


def charge_json(charge: PlannedCharge) -> dict[str, Any]:
    """A charge as the decision log keeps it."""
    return {
        "kind": charge.kind, "names": dict(charge.names), "source": charge.source, "price": str(charge.price),
        "discount": str(charge.discount), "waived_by": charge.waived_by, "net": str(charge.amounts.net),
        "gross": str(charge.amounts.gross),
    }  # fmt: skip


def with_amounts(order: PlannedOrder, amounts: Sequence[LineAmounts], discounts: Sequence[Decimal]) -> PlannedOrder:
    """The order at these amounts of its lines, without charges."""
    lines = tuple(
        replace(line, amounts=amount, discount=discount)
        for line, amount, discount in zip(order.lines, amounts, discounts, strict=True)
    )
    net = sum((amount.net for amount in amounts), Decimal(0))
    tax = sum((amount.tax for amount in amounts), Decimal(0))
    return replace(order, lines=lines, net_total=net, tax_total=tax, total=net + tax)
