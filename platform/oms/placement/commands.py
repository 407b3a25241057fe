"""What is asked for when an order is placed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.ids import to_text
from oms.customer_matching.find_customers import BuyerData
from oms.instalments.plan import Instalment

DEFAULT_PRIORITY = 5
PRIORITIES = range(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """sku         code of the SKU
    quantity    in `unit`, > 0
    unit        a packaging unit of the SKU; None is its base unit
    unit_price  price of one `unit`; only where the order type takes prices as given
    amount      what the line costs in all, instead of unit_price
    custom      values of the tenant's own line fields, by key
    instalments planned deliveries, in `unit`; they add up to `quantity`. Without any, all of it is wanted at once
    """

    sku: str
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    outside_line: str | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)
    instalments: tuple[Instalment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An order as it came from outside, kept beside what became of it. origin: "api", or the name of a file"""

    body: bytes
    content_type: str
    origin: str = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """One of customer_id, customer_number and buyer names the buyer.

    buyer           by what the channel calls him, with what it says of him: he is found, or made known where the
                    order type says so

    merge_key        the channel's word for "same receiver"; with receiver_hidden (ship_to is masked) the only one that
                     counts when orders are merged

    channel         where the order comes from
    outside_number  the channel's own number; with the channel it names one order for ever
    ship_to         address fields (recipient, phone, street, city, region, postal_code, country); None takes
                    the customer's default
    approvers       step of the approval flow -> ids of users, where the flow leaves the choice to who submits
    address_id      one of the customer's addresses instead of ship_to
    coupons         codes as typed
    buyer_id        the portal user who asks for it; whoever approves it may place it
    received        the document that it was read from
    priority        0 to 9; who has the highest is served first
    promise_on      tenant-local day that the buyer was promised
    """

    order_type: str
    channel: str
    lines: tuple[LineRequest, ...]
    customer_id: UUID | None = None
    customer_number: str | None = None
    buyer: BuyerData | None = None
    outside_number: str | None = None
    ship_to: Mapping[str, Any] | None = None
    bill_to: Mapping[str, Any] | None = None
    address_id: UUID | None = None
    requested_on: date | None = None
    priority: int = DEFAULT_PRIORITY
    promise_on: date | None = None
    buyer_note: str = ""
    merge_key: str | None = None
    receiver_hidden: bool = False
    tags: tuple[str, ...] = ()
    coupons: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    approvers: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    currency: str | None = None  # None: the tenant's own
    buyer_id: UUID | None = None
    received: Received | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced:
    """A stop that placement put on the order. other: the order that it looks like"""

    type: str
    reason: str
    source: str = ""
    other: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """The order stands. It may be on hold; it is allocated as far as stock goes where it is not."""

    topic = "order.placed"

    order_id: UUID
    number: str
    customer_id: UUID
    channel: str
    currency: str
    total: Decimal
    holds: tuple[HoldPlaced, ...]
    allocated: Decimal  # base units, over all lines
    short: Decimal

    def to_json(self) -> dict[str, Any]:
        return {
            "order_id": to_text("ord", self.order_id),
            "number": self.number,
            "customer_id": to_text("cus", self.customer_id),
            "channel": self.channel,
            "currency": self.currency,
            "total": str(self.total),
            "holds": [{"type": hold.type, "reason": hold.reason} for hold in self.holds],
            "allocated": str(self.allocated),
            "short": str(self.short),
        }
