"""The company's own orders: list, one order, order again, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.backorders.ask_buyer import Question, open_questions
from oms.carts.add_from_order import add_from_order
from oms.changes.buyer_requests import BuyerMay, Standing, cancel_by_buyer, what_buyer_may
from oms.changes.change_sets import ChangeSetRow, change_sets_of
from oms.orders.errors import OrderNotFound
from oms.orders.list_orders import Cursor, OrderFilter, OrderSummary, count_orders, list_orders
from oms.orders.read_order import OrderDetail, read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work, in_current_work
from web.pages.navigation import NavEntry
from web.pages.own_fields.shown import ShownValue, show_values
from web.pages.portal.beside import Beside, beside_of
from web.pages.portal.buyer import address_text, buyer, cart_of, render
from web.pages.portal.order_words import TABS, hold_words, state_of, timeline_of
from web.pages.settled import Settled, settled_in

bp = Blueprint("portal_orders", __name__, url_prefix="/portal/orders")
NAVIGATION = (
    NavEntry(N_("Orders"), "clipboard-list", "portal_orders.index", Permission.USE_PORTAL, 40, "", "portal", "o"),
)
_PAGE = 20


@dataclass(slots=True, kw_only=True)
class OrdersPage:
    """rows: (order, its state as words, tone and icon) each; tabs: (label, url, count, current)"""

    rows: list[tuple[OrderSummary, tuple[str, str, str]]]
    tabs: list[tuple[str, str, int | None, bool]]
    tab: str
    search: str
    any_orders: bool
    next_url: str | None
    previous_url: str | None


@dataclass(slots=True, kw_only=True)
class OrderPage:
    """asked: what the buyer, or staff, want changed of it; own: the tenant's own fields that the reader may see"""

    order: Any
    text_id: str
    lines: Sequence[Any]
    state: tuple[str, str, str]
    holds: list[str]
    timeline: list[dict[str, Any]]
    ship_to: str
    may: BuyerMay
    asked: ChangeSetRow | None
    settled: Settled
    own: list[ShownValue]
    own_of: dict[UUID, list[ShownValue]]
    questions: Sequence[Question]
    beside: Beside


@bp.get("")
@requires(Permission.USE_PORTAL)
def index() -> ResponseReturnValue:
    me = buyer()
    tab = request.args.get("tab", "all")
    tab = tab if tab in TABS else "all"
    search = request.args.get("q", "").strip()[:500].replace("\0", "")
    after = _cursor(request.args.get("after", ""))
    with current_work() as work:
        wanted = OrderFilter(tab=tab, search=search, customer_id=me.customer_id)
        page = list_orders(work, wanted, limit=_PAGE, after=after)
        counts, cart = count_orders(work, wanted), cart_of(work)
    shown = OrdersPage(
        rows=[(order, state_of(order, order.hold_types)) for order in page.orders],
        tabs=[
            (_(label), _list_url(key, search), min(counts.tabs.get(key, 0), counts.limit), key == tab)
            for key, label in TABS.items()
        ],
        tab=tab, search=search, any_orders=bool(counts.tabs["all"]) or bool(search),
        next_url=_list_url(tab, search, page.next) if page.next else None,
        previous_url=_list_url(tab, search) if after else None,
    )  # fmt: skip
    return render("portal/orders.html", shown, len(cart.lines), order_text=lambda row_id: to_text("ord", row_id))


@bp.get("/<order_id>")
@requires(Permission.USE_PORTAL)
def show(order_id: str) -> ResponseReturnValue:
    buyer()
    return render_order(_order_id(order_id))


@bp.post("/<order_id>/reorder")
@requires(Permission.USE_PORTAL)
def reorder(order_id: str) -> ResponseReturnValue:
    me, target = buyer(), _order_id(order_id)
    added = in_current_work(lambda work: add_from_order(work, target, me.customer_id))
    if added.left_out:
        names = ", ".join(added.left_out)
        flash(_("No longer sold, so left out: {names}", names=names), "warn")
    if not added.added:
        return redirect(url_for("portal_orders.show", order_id=order_id))
    text = _(
        "{count} lines of order {number} are in the cart, at today's prices.", count=added.added, number=added.number
    )
    flash(text, "ok")
    return redirect(url_for("portal_cart.show"))


@bp.post("/<order_id>/cancel")
@requires(Permission.USE_PORTAL)
def cancel(order_id: str) -> ResponseReturnValue:
    buyer()
    target, note = _order_id(order_id), request.form.get("note", "")
    done = in_current_work(lambda work: cancel_by_buyer(work, target, note=note))
    flash(_("The order is cancelled.") if done else _("We have your wish to cancel and will answer soon."), "ok")
    return redirect(url_for("portal_orders.show", order_id=order_id))


def render_order(order_id: UUID, *, form: Form | None = None, form_of: str = "") -> ResponseReturnValue:
    """The page, with what was refused of it: of the "note" or the "file" beside the order."""
    with current_work() as work:
        page = _page(work, read_order(work, order_id), form or Form(), form_of)
        cart = cart_of(work)
    return render("portal/order.html", page, len(cart.lines)), page.beside.form.status


def _page(work: Work, detail: OrderDetail, form: Form, form_of: str) -> OrderPage:
    order, lines = detail.order, detail.lines
    may = what_buyer_may(
        work, order.id,
        Standing(
            status=order.status, allocated=any(line.allocated for line in lines),
            shipped=any(line.shipped for line in lines), open_holds=order.open_holds, placed_at=order.placed_at,
        ),
    )  # fmt: skip
    asked = next((one for one in change_sets_of(work, order.id) if one.is_open), None)
    waits_for = [hold.type for hold in detail.open_holds]
    return OrderPage(
        order=order, text_id=to_text("ord", order.id), lines=lines, state=state_of(order, waits_for),
        holds=hold_words(waits_for), timeline=timeline_of(detail.events),
        ship_to=address_text(order.ship_to), may=may, asked=asked, own=show_values(work, "order", order.custom),
        settled=settled_in(detail),
        own_of={line.id: show_values(work, "order_line", line.custom) for line in lines},
        questions=[one for one in open_questions(work, order.id) if one.still_waits],
        beside=beside_of(work, order.id, form, form_of),
    )  # fmt: skip


def _order_id(text: str) -> UUID:
    """raises OrderNotFound"""
    found = from_text("ord", text)
    if found is None:
        raise OrderNotFound(order_id=text[:60])
    return found


def _list_url(tab: str, search: str, after: Cursor | None = None) -> str:
    behind = f"{after.placed_at.isoformat()}~{to_text('ord', after.id)}" if after else None
    return url_for("portal_orders.index", tab=tab if tab != "all" else None, q=search or None, after=behind)


def _cursor(text: str) -> Cursor | None:
    at, _between, order = text.partition("~")
    row_id = from_text("ord", order)
    try:
        placed_at = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Cursor(placed_at, row_id) if row_id and placed_at.tzinfo else None
