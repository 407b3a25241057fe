"""The list of invoices, payments and credit notes, with tabs and search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.receivables.queries import ItemFilter, list_items
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.principals import may
from web.http.work import current_work
from web.pages.receivables.blueprint import receivables
from web.pages.row_ids import id_in
from web.pages.words import RECEIVABLE, Word, word

_ROWS = 50
# key -> (label, filter)
TABS: dict[str, tuple[str, ItemFilter]] = {
    "open": (N_("Unpaid invoices"), ItemFilter(kind="invoice", open_only=True)),
    "overdue": (N_("Overdue"), ItemFilter(kind="invoice", overdue=True)),
    "invoices": (N_("Invoices"), ItemFilter(kind="invoice")),
    "unapplied": (N_("Payments to apply"), ItemFilter(kind="payment", open_only=True)),
    "payments": (N_("Payments"), ItemFilter(kind="payment")),
    "credit_notes": (N_("Credit notes"), ItemFilter(kind="credit_note")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    item: Any
    url: str
    word: Word


@dataclass(slots=True, kw_only=True)
class ReceivablesPage:
    rows: Sequence[ShownItem]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    tab: str
    search: str
    next_url: str | None
    previous_url: str | None
    may_post: bool


@receivables.get("")
@requires(Permission.VIEW_CREDIT)
def index() -> ResponseReturnValue:
    tab = request.args.get("tab", "open")
    tab = tab if tab in TABS else "open"
    search = request.args.get("q", "").strip()[:200]
    trail = request.args.getlist("after")[-60:]
    chosen = TABS[tab][1]
    wanted = ItemFilter(kind=chosen.kind, open_only=chosen.open_only, overdue=chosen.overdue, words=search)
    with current_work() as work:
        found = list_items(work, wanted, limit=_ROWS + 1, before=id_in("rec", trail[-1]) if trail else None)
    more = len(found) > _ROWS

    def url(**changes: Any) -> str:
        return url_for("receivables.index", **{"tab": tab, "q": search or None, **changes})

    page = ReceivablesPage(
        rows=[shown(item) for item in found[:_ROWS]],
        tabs=[(_(label), url(tab=key), None, key == tab) for key, (label, _filter) in TABS.items()],
        tab=tab, search=search, may_post=may(Permission.POST_RECEIVABLES),
        next_url=url(after=[*trail, to_text("rec", found[_ROWS - 1].id)]) if more else None,
        previous_url=url(after=trail[:-1]) if trail else None,
    )  # fmt: skip
    return render_template("receivables/index.html", page=page)


def shown(item: Any) -> ShownItem:
    url = url_for("receivables.show", receivable_id=to_text("rec", item.id))
    return ShownItem(item=item, url=url, word=word(RECEIVABLE, item.kind))
