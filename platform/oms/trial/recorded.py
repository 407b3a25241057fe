"""A placed order as it was recorded: all that another configuration needs to decide it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.credit.position import CreditPosition
from oms.orders.order_values import discount_percent, is_below_floor
from oms.pricing.amounts import LineAmounts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLine:
    """ordered: base units as placed, whatever was cancelled since; list_price: of one base unit, before price rules;
    floor_price: as recorded, None: no floor was looked at"""

    id: UUID
    line_no: int
    sku_id: UUID
    sku: str
    product: str
    category: str
    brand: str
    ordered: Decimal
    list_price: Decimal
    tax_rate: Decimal
    floor_price: Decimal | None
    cf: Mapping[str, Any]
    weight_grams: Decimal = Decimal(0)

    def subject(self, price: Decimal) -> dict[str, Any]:
        """What rules read of the line at a unit price."""
        return {
            "sku": self.sku, "product": self.product, "category": self.category, "brand": self.brand,
            "quantity": self.ordered, "unit_price": price, "amount": price * self.ordered, "cf": self.cf,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOrder:
    """customer   as `order.customer` of `oms.orders.subject`, as the customer is today
    account    what the credit check read, by the decision log; None: there was no account
    credit_known  False: the log holds nothing that a credit check could read
    prepay_percent  as the customer has it today; None: as the order type says
    positions  {location key: {SKU: base units}} that the first allocation saw; None: not recorded
    coupons    promotion -> the code that brought it
    freight_tax_rate  at which its freight was taxed; None: none was charged
    placed_at, placed_on  the moment that rules are asked at
    """

    id: UUID
    number: str
    order_type: str
    channel: str
    currency: str
    placed_at: datetime
    placed_on: date
    ship_to: Mapping[str, Any]
    requested_on: date | None
    buyer_note: str
    tags: Sequence[str]
    outside_number: str | None
    cf: Mapping[str, Any]
    customer: Mapping[str, Any]
    submitter: UUID | None
    account: CreditPosition | None
    credit_known: bool
    positions: Mapping[str, Mapping[str, Decimal]] | None
    customer_id: UUID
    coupons: Mapping[str, str]
    freight_tax_rate: Decimal | None
    lines: tuple[RecordedLine, ...]
    prepay_percent: Decimal | None = None
    priority: int = 5
    promise_on: date | None = None

    @property
    def taxed_as(self) -> Decimal | None:
        """The rate of freight: as it was taxed, or where there was none as the first line is."""
        if self.freight_tax_rate is not None:
            return self.freight_tax_rate
        return self.lines[0].tax_rate if self.lines else None

    def is_below_floor(self, prices: Sequence[Decimal], discounts: Sequence[Decimal]) -> bool:
        """Whether some line is below the floor that was recorded for it."""
        return any(
            is_below_floor(price, line.ordered, off, line.floor_price)
            for line, price, off in zip(self.lines, prices, discounts, strict=True)
        )

    def before_prices(self) -> dict[str, Any]:
        """What a price table may read of the order (`oms.placement.plan.line_values`)."""
        return {
            "channel": self.channel, "order_type": self.order_type, "customer": self.customer,
            "ship_to": self.ship_to, "requested_on": self.requested_on, "cf": self.cf,
        }  # fmt: skip

    def subject(
        self,
        prices: Sequence[Decimal],
        amounts: Sequence[LineAmounts],
        discounts: Sequence[Decimal],
        charged: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0)),
    ) -> dict[str, Any]:
        """{"order": {…}} as `oms.orders.subject` declares it, at these prices and after these discounts.

        charged  (net, tax) of charges beside the lines
        """
        lines = [
            {
                **line.subject(price), "net": amount.net, "gross": amount.gross,
                "discount_percent": discount_percent(line.list_price, price), "promotion_discount": off,
                "below_floor": is_below_floor(price, line.ordered, off, line.floor_price),
            }
            for line, price, amount, off in zip(self.lines, prices, amounts, discounts, strict=True)
        ]  # fmt: skip
        net, tax = (
            sum((getattr(each, name) for each in amounts), beside)
            for name, beside in zip(("net", "tax"), charged, strict=True)
        )
        return {
            "order": {
                **self.before_prices(), "currency": self.currency, "net_total": net, "tax_total": tax,
                "total": net + tax, "line_count": Decimal(len(lines)),
                "quantity": sum((line.ordered for line in self.lines), Decimal(0)),
                "discount_percent": max((line["discount_percent"] for line in lines), default=Decimal(0)),
                "promotion_discount": sum(discounts, Decimal(0)),
                "below_floor": any(line["below_floor"] for line in lines),
                "priority": Decimal(self.priority), "promise_on": self.promise_on,
                "buyer_note": self.buyer_note, "tags": list(self.tags), "outside_number": self.outside_number,
                "lines": lines,
            }
        }  # fmt: skip
