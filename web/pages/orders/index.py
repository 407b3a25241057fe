"""The list of orders: tabs with counts, search, filters, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import _
from kernel.ids import to_text
from oms.orders.list_orders import TAB_LABELS, OrderCounts, OrderSummary, count_orders, list_orders
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.work import current_work
from web.pages.orders.asked import Asked, read_asked, write_cursor
from web.pages.orders.blueprint import orders
from web.pages.orders.columns import Names, state_of
from web.pages.orders.own_columns import OwnColumns, own_columns
from web.pages.words import HOLD, Word, word

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """One row. mark: id and version, as the bulk form sends them back"""

    order: OrderSummary
    url: str
    mark: str
    channel: str
    type: str
    state: Word
    holds: Sequence[Word]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """count: text, "10,000+" above what is counted"""

    label: str
    url: str
    count: str
    current: bool


@dataclass(slots=True, kw_only=True)
class OrdersPage:
    """holds: (key, name) of all hold types; empty: there is no order at all yet"""

    asked: Asked
    own: OwnColumns
    rows: list[ListedOrder]
    tabs: list[Tab]
    chips: list[tuple[str, str]]
    holds: list[tuple[str, str]]
    clear_url: str
    export_url: str
    previous_url: str | None
    next_url: str | None
    back_query: str
    empty: bool


@orders.get("")
@requires(Permission.VIEW_ORDERS)
def index() -> ResponseReturnValue:
    with current_work() as work:
        asked = read_asked(work, request.args)
        found = list_orders(work, asked.filter, limit=PAGE_ROWS, after=asked.cursor)
        counts = count_orders(work, asked.filter)
        own = own_columns(work, found.orders)
    names = Names(dict(asked.channels), dict(asked.types))
    page = OrdersPage(
        asked=asked,
        own=own,
        rows=[listed(order, names) for order in found.orders],
        tabs=[
            Tab(
                label=_(label),
                url=asked.url(tab=key if key != "all" else None),
                count=_counted(counts, key),
                current=key == asked.filter.tab,
            )
            for key, label in TAB_LABELS.items()
        ],
        chips=asked.chips(),
        holds=[(key, str(each)) for key, each in HOLD.items()],
        clear_url=url_for("orders.index", tab=asked.state["tab"]),
        export_url=url_for("orders.export", **asked.state),
        previous_url=asked.page_url(asked.trail[:-1]) if asked.trail else None,
        next_url=asked.page_url([*asked.trail, write_cursor(found.next)]) if found.next else None,
        back_query="?" + request.query_string.decode("latin-1"),
        empty=not counts.tabs["all"] and not asked.filtered,
    )
    return render_template("orders/index.html", page=page)


def listed(order: OrderSummary, names: Names) -> ListedOrder:
    order_id = to_text("ord", order.id)
    return ListedOrder(
        order=order,
        url=url_for("orders.show", order_id=order_id),
        mark=f"{order_id}:{order.version}",
        channel=names.channels.get(order.channel, order.channel),
        type=names.types.get(order.order_type, order.order_type),
        state=state_of(order),
        holds=[word(HOLD, each) for each in order.hold_types],
    )


def _counted(counts: OrderCounts, tab: str) -> str:
    count = counts.tabs[tab]
    return f"{counts.limit:,}+" if count > counts.limit else f"{count:,}"
