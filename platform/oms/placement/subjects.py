"""What rules, tables and flows read of an order on its way, in the shape that `oms.orders.subject` declares."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.money import round_amount
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import Buyer, FoundSku, Loaded
from oms.placement.planned import PlannedOrder

_HUNDRED = Decimal(100)


def line_values(
    command: PlaceOrder, buyer: Buyer, sku: FoundSku, ordered: Decimal, price: Decimal, custom: Mapping[str, Any],
    loaded: Loaded, order_custom: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """What a price table may read: the line, and of the order what is known before it is priced."""
    return {
        "line": line_subject(sku, ordered, price, custom),
        "order": {
            "channel": command.channel, "order_type": command.order_type, "customer": customer_subject(buyer),
            "ship_to": loaded.ship_to, "requested_on": command.requested_on, "cf": order_custom,
        },
    }  # fmt: skip


def line_subject(sku: FoundSku, ordered: Decimal, price: Decimal, custom: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sku": sku.code, "product": sku.product, "category": sku.category, "brand": sku.brand,
        "quantity": ordered, "unit_price": price, "amount": price * ordered, "cf": custom,
        "product_cf": sku.product_custom,
    }  # fmt: skip


def unpriced_order(command: PlaceOrder, loaded: Loaded, currency: str) -> dict[str, Any]:
    """What is known of an order before its prices are."""
    return {
        "channel": command.channel, "order_type": command.order_type, "currency": currency,
        "customer": customer_subject(loaded.buyer) if loaded.buyer else {}, "ship_to": loaded.ship_to,
        "requested_on": command.requested_on, **_urgency(command),
            "buyer_note": command.buyer_note, "tags": list(command.tags),
        "outside_number": command.outside_number,
    }  # fmt: skip


def unpriced_line(sku: FoundSku, request: LineRequest) -> dict[str, Any]:
    """What is known of a line before its price is."""
    return {
        "sku": sku.code, "product": sku.product, "category": sku.category, "brand": sku.brand,
        "quantity": request.quantity * factor_of(sku), "product_cf": sku.product_custom,
    }  # fmt: skip


def customer_subject(buyer: Buyer) -> dict[str, Any]:
    return {
        "number": buyer.number, "name": buyer.name, "kind": buyer.kind, "group": buyer.group,
        "tags": list(buyer.tags), "grade": buyer.grade, "payment_terms_days": Decimal(buyer.payment_terms_days),
        "ship_complete": buyer.ship_complete, "cf": buyer.custom,
    }  # fmt: skip


def order_subject(command: PlaceOrder, order: PlannedOrder, loaded: Loaded) -> dict[str, Any]:
    """What rules and flows may read of a priced order; the shape that `oms.orders.subject` declares."""
    lines = []
    for line in order.lines:
        values = line_subject(line.sku, line.ordered, line.unit_price, line.custom)
        discount = Decimal(0)
        if line.list_price:
            discount = round_amount((line.list_price - line.unit_price) * _HUNDRED / line.list_price, "USD")
        lines.append(
            {
                **values, "net": line.amounts.net, "gross": line.amounts.gross, "discount_percent": discount,
                "promotion_discount": line.discount, "below_floor": line.below_floor,
            }
        )  # fmt: skip
    return {
        "order": {
            "channel": command.channel, "order_type": command.order_type, "currency": order.currency,
            "net_total": order.net_total, "tax_total": order.tax_total, "total": order.total,
            "line_count": Decimal(len(lines)), "quantity": sum((line.ordered for line in order.lines), Decimal(0)),
            "discount_percent": max((line["discount_percent"] for line in lines), default=Decimal(0)),
            "promotion_discount": order.discount, "below_floor": any(line["below_floor"] for line in lines),
            "customer": customer_subject(order.buyer), "ship_to": loaded.ship_to,
            "requested_on": command.requested_on, **_urgency(command),
            "buyer_note": command.buyer_note, "tags": list(command.tags),
            "outside_number": command.outside_number, "cf": order.custom, "lines": lines,
        }
    }  # fmt: skip


def _urgency(command: PlaceOrder) -> dict[str, Any]:
    return {"priority": Decimal(command.priority), "promise_on": command.promise_on}


def factor_of(sku: FoundSku) -> Decimal:
    """Base units in one unit asked for, of a SKU that has that unit."""
    assert sku.factor is not None
    return sku.factor
