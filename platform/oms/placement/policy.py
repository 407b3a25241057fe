"""What the configuration in force says about orders of one type, compiled once per release.

Placement reads nothing else of the configuration, so a test can hand it a policy made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.order_type.compile import BuyerRequests
from low_code.kinds.promotion.compile import Promotion
from oms.allocation.policy import AllocationPolicy
from oms.credit.policy import CreditPolicy
from oms.pricing.amounts import Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHit:
    """A review rule that applied, or what the score of all amounts to. type and reason are empty for a rule that only
    notes or scores. points: of a rule that scores; of the score, their sum"""

    rule_id: str
    outcome: Literal["hold", "note", "pass", "score", "refuse"]
    hold_type: str = ""
    reason: str = ""
    points: int = 0
    trace: Mapping[str, Any] = field(default_factory=dict)


def risk_score(hits: Sequence[ReviewHit]) -> int:
    """The points that rules gave an order, in all."""
    return sum(hit.points for hit in hits if hit.outcome == "score")


class ReviewRules(Protocol):
    """A compiled `review_rules` document."""

    @property
    def source(self) -> str: ...

    def evaluate(self, values: Mapping[str, Any], *, now: Any, today: date) -> Sequence[ReviewHit]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAdjustment:
    """What a price table made of one line: the outputs it gave and the rows that gave them."""

    source: str
    discount_percent: Decimal | None = None
    unit_price: Decimal | None = None
    surcharge: Decimal | None = None
    rows: tuple[str, ...] = ()


class PriceTable(Protocol):
    """A compiled `price_rule` document."""

    def adjust(self, values: Mapping[str, Any], *, now: Any, today: date) -> PriceAdjustment | None: ...


class FreightTable(Protocol):
    """A compiled `decision_table` document about orders, asked what shipping costs."""

    @property
    def source(self) -> str: ...

    def cost(self, values: Mapping[str, Any], *, now: Any, today: date) -> tuple[Decimal | None, Sequence[str]]:
        """(amount, ids of the rows that gave it); None where the table gives none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightPolicy:
    """names: by language, what the buyer reads beside the amount"""

    table: FreightTable
    tax_class: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPolicy:
    """below_list_percent  the lowest price, in percent below the list price; None: only floors of lists count
    hold  put an order below its floor on hold for review
    """

    below_list_percent: Decimal | None
    hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePolicy:
    """What makes an order look like another one.

    window  how long ago the other may have been placed
    same    of buyer, goods, amount and address: what must agree
    hold    put the order on hold; else it is only noted
    """

    window: timedelta
    same: frozenset[str]
    hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberingPolicy:
    """key       of the numbering document
    period_of  the counter's period for a day ("2026-11")
    render     the number for a day and a counter value
    gapless    True: no number is ever left out, at the cost of placing one after the other
    """

    key: str
    gapless: bool
    period_of: Any  # (day) -> str
    render: Any  # (day, number) -> str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """One `order_type` with everything that it refers to.

    promotions      in use, in the order in which the order type names them
    on_change       what becomes of agreed prices when an order is changed
    convert_prices  lists in other currencies hold too, at the rate of the day
    floor           None: nothing is done below a floor
    unknown_buyers  refuse or create: what becomes of an order whose buyer nobody knows
    duplicates      None: orders are not compared with others
    buyer_requests  what a buyer may ask for once the order is placed
    prepay_percent      of the total, to be paid before an order is processed; a customer's own comes before it
    payment_terms_days  None: as agreed with the customer
    """

    key: str
    release: int
    names: Mapping[str, str]
    channels: frozenset[str]
    price_source: Literal["lists", "given"]
    credit: CreditPolicy
    prices_include_tax: bool
    rounding: Rounding
    auto_allocate: bool
    approval_flows: tuple[str, ...]
    numbering: NumberingPolicy
    prepay_percent: Decimal = Decimal(0)
    payment_terms_days: int | None = None
    allocation: AllocationPolicy | None = None
    review: ReviewRules | None = None
    price_tables: tuple[PriceTable, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    freight: FreightPolicy | None = None
    on_change: Literal["keep", "reprice"] = "keep"
    convert_prices: bool = False
    floor: FloorPolicy | None = None
    duplicates: DuplicatePolicy | None = None
    buyer_requests: BuyerRequests = field(default_factory=BuyerRequests)
    unknown_buyers: str = "refuse"
    order_fields: EntityFields | None = None
    line_fields: EntityFields | None = None

    @property
    def settles_orders(self) -> bool:
        """Whether amounts depend on more than each line by itself."""
        return bool(self.promotions) or self.freight is not None

    @property
    def counts_uses(self) -> bool:
        """Whether an order without a coupon may use something up."""
        return any(promotion.is_limited and not promotion.coupon for promotion in self.promotions)
