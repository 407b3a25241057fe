"""A placed order as it was recorded: all that another configuration needs to decide it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.credit.position import CreditPosition
from oms.orders.order_values import discount_percent
from oms.pricing.amounts import LineAmounts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLine:
    """ordered: base units as placed, whatever was cancelled since; list_price: of one base unit, before price rules"""

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
    cf: Mapping[str, Any]

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
    lines: tuple[RecordedLine, ...]
    prepay_percent: Decimal | None = None

    def before_prices(self) -> dict[str, Any]:
        """What a price table may read of the order (`oms.placement.plan.line_values`)."""
        return {
            "channel": self.channel, "order_type": self.order_type, "customer": self.customer,
            "ship_to": self.ship_to, "requested_on": self.requested_on, "cf": self.cf,
        }  # fmt: skip

    def subject(self, prices: Sequence[Decimal], amounts: Sequence[LineAmounts]) -> dict[str, Any]:
        """{"order": {…}} as `oms.orders.subject` declares it, at these prices."""
        lines = [
            {
                **line.subject(price), "net": amount.net, "gross": amount.gross,
                "discount_percent": discount_percent(line.list_price, price),
            }
            for line, price, amount in zip(self.lines, prices, amounts, strict=True)
        ]  # fmt: skip
        net, tax = (sum((getattr(each, name) for each in amounts), Decimal(0)) for name in ("net", "tax"))
        return {
            "order": {
                **self.before_prices(), "currency": self.currency, "net_total": net, "tax_total": tax,
                "total": net + tax, "line_count": Decimal(len(lines)),
                "quantity": sum((line.ordered for line in self.lines), Decimal(0)),
                "discount_percent": max((line["discount_percent"] for line in lines), default=Decimal(0)),
                "buyer_note": self.buyer_note, "tags": list(self.tags), "outside_number": self.outside_number,
                "lines": lines,
            }
        }  # fmt: skip
