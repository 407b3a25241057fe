"""An order type as a frozen value: what a use case asks for instead of reading JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.money import RoundingMode
from low_code.registry import Configuration
from low_code.traces import DocumentUsed

FREIGHT_NAMES = {"en": "Freight", "zh-CN": "运费"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerRequests:
    """change: no or ask; cancel: no, ask or at_once; until: allocated or shipped; within_hours of placing, None: any"""

    change: str = "no"
    cancel: str = "at_once"
    until: str = "allocated"
    within_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """window_hours: how far back is looked; same: what must agree; then: hold or note"""

    window_hours: int
    same: tuple[str, ...] = ("buyer", "goods")
    then: str = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderType:
    """Keys name documents of the same release.

    channels          intake channels that may bring such orders
    approval_flows    in order; the first that applies is run
    price_rules       applied one after the other
    promotions        keys; each says its own priority
    unknown_buyers    refuse or create: what becomes of an order whose buyer is not known
    freight_table     key of a decision table about orders; None: no freight is charged
    on_change         keep or reprice: what becomes of agreed prices when an order is changed
    convert_prices    lists in other currencies hold too
    floor_percent     lowest price, in percent below the list price; None: only the floors of lists count
    floor_then        hold, note, or "" where nothing is done
    price_source      a word of the vocabulary `price_sources`; "" where the document leaves it open
    credit_policy     a word of the vocabulary `credit_policies`; credit_check_points of `check_points`
    rounding_level    unit, line or total: what is rounded first
    payment_terms_days  None: as agreed with the customer
    prepayment_percent  0 to 100, of the total, before it is processed
    duplicates        None: nobody looks for them
    allocate_days_ahead  before what is planned for later is promised stock
    """

    key: str
    names: Mapping[str, str]
    channels: frozenset[str]
    numbering: str
    review_rules: str | None
    approval_flows: tuple[str, ...]
    allocation_rule: str
    price_rules: tuple[str, ...]
    price_source: str
    promotions: tuple[str, ...]
    freight_table: str | None
    freight_tax_class: str
    freight_names: Mapping[str, str]
    on_change: str
    convert_prices: bool
    floor_percent: Decimal | None
    floor_then: str
    credit_policy: str
    credit_check_points: frozenset[str]
    prices_include_tax: bool
    rounding_level: str
    rounding_mode: RoundingMode
    allow_backorder: bool
    auto_allocate: bool
    payment_terms_days: int | None
    prepayment_percent: Decimal
    field_groups: tuple[str, ...]
    document: DocumentUsed
    split_rules: str | None = None
    merge_rules: str | None = None
    unknown_buyers: str = "refuse"
    buyer_requests: BuyerRequests = field(default_factory=BuyerRequests)
    duplicates: Duplicates | None = None
    allocate_days_ahead: int = 0


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> OrderType:
    credit, rounding, prices = body["credit"], body["rounding"], body.get("prices", {})
    freight, floor = body.get("freight", {}), prices.get("floor", {})
    return OrderType(
        key=key,
        names=body["name"],
        channels=frozenset(body["channels"]),
        numbering=body["numbering"],
        review_rules=body.get("review_rules"),
        approval_flows=tuple(body.get("approvals", ())),
        allocation_rule=body["allocation_rule"],
        price_rules=tuple(body.get("price_rules", ())),
        price_source=prices.get("source", ""),
        promotions=tuple(body.get("promotions", ())),
        freight_table=freight.get("table"),
        freight_tax_class=freight.get("tax_class", ""),
        freight_names=freight.get("label") or FREIGHT_NAMES,
        on_change=prices.get("on_change", "keep"),
        convert_prices=prices.get("convert", False),
        floor_percent=Decimal(floor["below_list_percent"]) if "below_list_percent" in floor else None,
        floor_then=floor.get("then", ""),
        credit_policy=credit["policy"],
        credit_check_points=frozenset(credit.get("check_at", ())),
        prices_include_tax=body["tax"]["prices_include_tax"],
        rounding_level=rounding["level"],
        rounding_mode=RoundingMode(rounding["mode"]),
        allow_backorder=body.get("allow_backorder", False),
        auto_allocate=body.get("auto_allocate", True),
        payment_terms_days=body.get("payment_terms_days"),
        prepayment_percent=Decimal(str(body.get("prepayment_percent", 0))),
        field_groups=tuple(body.get("field_groups", ())),
        document=configuration.document_used("order_type", key),
        split_rules=body.get("split_rules"),
        merge_rules=body.get("merge_rules"),
        unknown_buyers=body.get("unknown_buyers", "refuse"),
        buyer_requests=BuyerRequests(**body.get("buyer_requests", {})),
        duplicates=_duplicates(body.get("duplicates")),
        allocate_days_ahead=body.get("allocate_days_ahead", 0),
    )


def _duplicates(body: Mapping[str, Any] | None) -> Duplicates | None:
    if body is None:
        return None
    return Duplicates(
        window_hours=body["window_hours"], same=tuple(body.get("same", ("buyer", "goods"))),
        then=body.get("then", "hold"),
    )  # fmt: skip
