"""Quick order: type, paste or upload many rows, mend the bad ones, put the good ones into the cart."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.carts.check_rows import CheckedRow, TypedRow, check_rows
from oms.carts.list_offers import OfferFilter, find_offered
from oms.carts.put_lines import PutLines, put_lines
from oms.carts.read_pasted import read_pasted, read_uploaded
from oms.placement.policy import OrderPolicy
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.navigation import NavEntry
from web.pages.portal.buyer import buyer, cart_of, ordering, render
from web.pages.portal.stock_words import StockWord, stock_word

bp = Blueprint("portal_quick", __name__, url_prefix="/portal/quick")
NAVIGATION = (NavEntry(N_("Quick order"), "bolt", "portal_quick.index", Permission.USE_PORTAL, 20, "", "portal", "k"),)
_EMPTY_ROWS = 4
_FOUND = 8
_FIELDS = {"file_unreadable": "file", "file_has_no_rows": "file"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickRow:
    """checked is None for a row that nothing was typed into. faults: column -> sentence"""

    typed: TypedRow
    checked: CheckedRow | None = None
    name: str = ""
    price: Decimal | None = None
    amount: Decimal | None = None
    base_unit: str = ""
    stock: StockWord | None = None
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class QuickPage:
    """good, bad: how many rows may go into the cart, and how many have faults"""

    rows: list[QuickRow]
    form: Form
    currency: str
    open: bool
    total: Decimal | None = None
    good: int = 0
    bad: int = 0


@bp.get("")
@requires(Permission.USE_PORTAL)
def index() -> ResponseReturnValue:
    buyer()
    with current_work() as work:
        found, cart, currency = ordering(work), cart_of(work), work.tenant.currency
    page = QuickPage(rows=_blank(_EMPTY_ROWS), form=Form(), currency=currency, open=found.policy is not None)
    return render("portal/quick.html", page, len(cart.lines))


@bp.get("/find")
@requires(Permission.USE_PORTAL)
def find() -> ResponseReturnValue:
    """Suggestions for what is being typed: options of a list."""
    me = buyer()
    typed = (request.args.getlist("sku") or [""])[0].strip()[:80].replace("\0", "")
    rows = []
    if typed:
        with current_work() as work:
            rows = list(find_offered(work, me.customer_id, OfferFilter(search=typed, limit=_FOUND)))[:_FOUND]
    return render_template("portal/_found.html", rows=rows, typed=typed)


@bp.post("/check")
@requires(Permission.USE_PORTAL)
def check() -> ResponseReturnValue:
    """Reads what was typed, pasted and uploaded, and says of each row what it would be."""
    sent = Form.sent()
    with current_work() as work:
        page = _page(work, sent)
        cart = cart_of(work)
    live = request.headers.get("HX-Request")
    body = render("portal/_quick_rows.html" if live else "portal/quick.html", page, len(cart.lines))
    return body, page.form.status


@bp.post("/add")
@requires(Permission.USE_PORTAL)
def add() -> ResponseReturnValue:
    """Puts the good rows into the cart; bad rows stay here with their reason."""
    me, sent = buyer(), Form.sent()

    def put(work: Work) -> tuple[QuickPage, int, int]:
        page = _page(work, sent)
        good = [row.checked.line for row in page.rows if row.checked and row.checked.line]
        if page.form.refused or not good:
            return page, 0, len(cart_of(work).lines)
        cart = put_lines(work, PutLines(customer_id=me.customer_id, lines=tuple(good)))
        return page, len(good), len(cart.lines)

    page, added, cart_lines = in_current_work(put)
    if not added and not page.bad and not page.form.refused:
        page.form.refuse_field("pasted", _("Type or paste at least one row."))
    if not added:
        page.form.status = max(page.form.status, 422)
        return render("portal/quick.html", page, cart_lines), page.form.status
    flash(_("{count} rows are in the cart.", count=added), "ok")
    if not page.bad:
        return redirect(url_for("portal_cart.show"))
    page.rows = [row for row in page.rows if row.faults] + _blank(1)
    page.good, page.total = 0, None
    return render("portal/quick.html", page, cart_lines)


@bp.get("/sample.csv")
@requires(Permission.USE_PORTAL)
def sample() -> ResponseReturnValue:
    """A file to start from, with SKUs that may be ordered."""
    me = buyer()
    with current_work() as work:
        rows = list(find_offered(work, me.customer_id, OfferFilter(limit=3)))[:3]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["SKU", "quantity", "unit"])
    writer.writerows([row.code, f"{max(row.order_minimum, row.order_multiple).normalize():f}", ""] for row in rows)
    return Response(
        "\ufeff" + text.getvalue(), mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="quick-order.csv"'},
    )  # fmt: skip


def _page(work: Work, sent: Form) -> QuickPage:
    me, found = buyer(), ordering(work)
    page = QuickPage(rows=_blank(_EMPTY_ROWS), form=sent, currency=work.tenant.currency, open=found.policy is not None)
    typed = _typed(sent)
    try:
        typed += read_pasted(sent.value("pasted"))
        file = request.files.get("file")
        if file is not None and file.filename:
            typed += read_uploaded(cast(BinaryIO, file.stream), file.filename)
        if found.policy is None:
            return page
        checked = check_rows(work, me.customer_id, typed, found.policy)
    except DomainError as error:
        page.rows = [QuickRow(typed=row) for row in _typed(sent)] or page.rows
        page.form = sent.refuse(error, _FIELDS)
        return page
    sent.values["pasted"] = []
    page.rows = [_row(row, found.policy) for row in checked]
    page.good = sum(row.checked is not None and row.checked.line is not None for row in page.rows)
    page.bad = len(page.rows) - page.good
    page.total = sum((row.amount for row in page.rows if row.amount is not None), Decimal(0)) if page.good else None
    page.rows += _blank(max(1, _EMPTY_ROWS - len(page.rows)))
    return page


def _typed(sent: Form) -> list[TypedRow]:
    """The rows of the table that something was typed into."""
    columns = (sent.values_of(name) for name in ("sku", "quantity", "unit"))
    rows = [
        TypedRow(sku=sku.strip()[:80].replace("\0", ""), quantity=quantity.strip()[:40] or "1", unit=unit.strip()[:40])
        for sku, quantity, unit in zip(*columns, strict=False)
    ]
    return [row for row in rows if row.sku]


def _row(checked: CheckedRow, policy: OrderPolicy) -> QuickRow:
    quoted = checked.quoted
    planned = quoted.planned if quoted else None
    return QuickRow(
        typed=checked.typed, checked=checked, name=quoted.sku.name if quoted and quoted.sku else "",
        price=planned.unit_price if planned else None, amount=planned.amounts.net if planned else None,
        base_unit=quoted.sku.base_unit if quoted and quoted.sku else "",
        stock=stock_word(quoted.available, planned.ordered, policy, quoted.complete_on) if quoted and planned else None,
        faults={each.pointer.split("/")[1]: said(each.message, each.facts) for each in checked.problems},
    )  # fmt: skip


def _blank(count: int) -> list[QuickRow]:
    return [QuickRow(typed=TypedRow(sku="", quantity="")) for _number in range(count)]
