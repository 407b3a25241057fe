"""The filtered list as a file, with the columns that the page shows."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request, stream_with_context
from flask.typing import ResponseReturnValue

from kernel.i18n import _
from oms.orders.list_orders import Cursor, list_orders
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.work import current_work
from web.pages.csv_files import csv_line, csv_response
from web.pages.orders.asked import read_asked
from web.pages.orders.blueprint import orders
from web.pages.orders.columns import COLUMNS
from web.pages.orders.columns import Names as Words
from web.pages.own_fields.shown import Names, export_columns, label_of, text_of

MOST_ROWS = 10_000
_AT_ONCE = 1_000


@orders.get("/export.csv")
@requires(Permission.VIEW_ORDERS)
def export() -> ResponseReturnValue:
    """Up to MOST_ROWS orders, newest first; read page by page, so that no long transaction stays open."""
    with current_work() as work:
        asked = read_asked(work, request.args)
        today = work.today
        own = export_columns(work, "order")
    names = Words(dict(asked.channels), dict(asked.types))
    head = [*(_(column.label) for column in COLUMNS), *(label_of(field) for field in own)]

    def lines() -> Iterator[str]:
        yield csv_line(head)
        after: Cursor | None = None
        for _page in range(MOST_ROWS // _AT_ONCE):
            with current_work() as work:
                found = list_orders(work, asked.filter, limit=_AT_ONCE, after=after)
                known = Names(work, own, [order.custom for order in found.orders])
                zone = work.tenant.zone
            for order in found.orders:
                values = [text_of(field, order.custom.get(field.key), known, zone) for field in own]
                yield csv_line([*(column.text(order, names) for column in COLUMNS), *values])
            after = found.next
            if after is None:
                return

    return csv_response(stream_with_context(lines()), f"orders-{today.isoformat()}.csv")
