"""The columns of the order list: one table for the page and the export, so that both show the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kernel.i18n import N_
from oms.orders.list_orders import OrderSummary
from web.http.formats import instant
from web.pages.words import BACKORDERED, FULFILMENT, HOLD, ORDER_STATUS, Word, word


@dataclass(frozen=True, slots=True)
class Names:
    """Keys as people call them: channel -> name, order type -> name."""

    channels: Mapping[str, str]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    text: Callable[[OrderSummary, Names], str]


COLUMNS = (
    Column(N_("Order"), lambda order, _: order.number),
    Column(N_("Channel's number"), lambda order, _: order.outside_number or ""),
    Column(N_("Placed"), lambda order, _: instant(order.placed_at, "short")),
    Column(N_("Customer"), lambda order, _: order.customer_name),
    Column(N_("Channel"), lambda order, names: names.channels.get(order.channel, order.channel)),
    Column(N_("Order type"), lambda order, names: names.types.get(order.order_type, order.order_type)),
    Column(N_("State"), lambda order, _: str(state_of(order))),
    Column(N_("Holds"), lambda order, _: ", ".join(str(word(HOLD, each)) for each in order.hold_types)),
    Column(N_("Lines"), lambda order, _: str(order.line_count)),
    Column(N_("Total"), lambda order, _: f"{order.total.normalize():f}"),
    Column(N_("Currency"), lambda order, _: order.currency),
)


def state_of(order: OrderSummary) -> Word:
    """The one word that says where an order stands, beside its holds."""
    if order.status != "placed":
        return word(ORDER_STATUS, order.status)
    if order.backordered:
        return BACKORDERED
    return word(FULFILMENT, order.fulfilment_status)
