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
from web.pages.orders.columns import COLUMNS, Names

MOST_ROWS = 10_000
_AT_ONCE = 1_000


@orders.get("/export.csv")
@requires(Permission.VIEW_ORDERS)
def export() -> ResponseReturnValue:
    """Up to MOST_ROWS orders, newest first; read page by page, so that no long transaction stays open."""
    with current_work() as work:
        asked = read_asked(work, request.args)
        today = work.today
    names = Names(dict(asked.channels), dict(asked.types))
    head = [_(column.label) for column in COLUMNS]

    def lines() -> Iterator[str]:
        yield csv_line(head)
        after: Cursor | None = None
        for _page in range(MOST_ROWS // _AT_ONCE):
            with current_work() as work:
                found = list_orders(work, asked.filter, limit=_AT_ONCE, after=after)
            for order in found.orders:
                yield csv_line([column.text(order, names) for column in COLUMNS])
            after = found.next
            if after is None:
                return

    return csv_response(stream_with_context(lines()), f"orders-{today.isoformat()}.csv")
