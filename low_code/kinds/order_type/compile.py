"""An order type as a frozen value: what a use case asks for instead of reading JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import RoundingMode
from low_code.registry import Configuration
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderType:
    """Keys name documents of the same release.

    channels          intake channels that may bring such orders
    approval_flows    in order; the first that applies is run
    price_rules       applied one after the other
    price_source      a word of the vocabulary `price_sources`; "" where the document leaves it open
    credit_policy     a word of the vocabulary `credit_policies`; credit_check_points of `check_points`
    rounding_level    unit, line or total: what is rounded first
    payment_terms_days  None: as agreed with the customer
    prepayment_percent  0 to 100, of the total, before it is processed
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


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> OrderType:
    credit, rounding = body["credit"], body["rounding"]
    return OrderType(
        key=key,
        names=body["name"],
        channels=frozenset(body["channels"]),
        numbering=body["numbering"],
        review_rules=body.get("review_rules"),
        approval_flows=tuple(body.get("approvals", ())),
        allocation_rule=body["allocation_rule"],
        price_rules=tuple(body.get("price_rules", ())),
        price_source=body.get("prices", {}).get("source", ""),
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
    )
