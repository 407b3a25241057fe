"""The cart: lines, details, and submitting it as an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.carts.cart import Cart, CartLine, read_cart
from oms.carts.empty_cart import empty_cart
from oms.carts.errors import AddressUnknown, CartEmpty, QuantityUnreadable
from oms.carts.put_lines import PutLines, put_lines
from oms.carts.quantities import read_quantity
from oms.carts.set_details import SetDetails, set_details
from oms.carts.submit_cart import SubmitCart, last_order_of
from oms.placement.commands import OrderPlaced
from oms.purchasing.submit_purchase import PurchaseAsked, submit_purchase
from tenants.access.permissions import Permission
from web.http.access import requires, safe_next
from web.http.formats import unit_name
from web.http.forms import Form
from web.http.idempotency import idempotent
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.approver_choices import chosen_approvers
from web.pages.navigation import NavEntry
from web.pages.own_fields.inputs import keep_uploads
from web.pages.portal.buyer import Buyer, buyer, id_of, ordering, render
from web.pages.portal.cart_page import CartPage, cart_page, refuse_order
from web.pages.portal.custom_fields import PREFIX, line_prefix, read_line_inputs, read_order_inputs

bp = Blueprint("portal_cart", __name__, url_prefix="/portal/cart")
NAVIGATION = (NavEntry(N_("Cart"), "shopping-cart", "portal_cart.show", Permission.USE_PORTAL, 30, "", "portal", "b"),)
_FIELDS = {"address_missing": "address_id", "day_in_the_past": "requested_on"}


@bp.get("")
@requires(Permission.USE_PORTAL)
def show() -> ResponseReturnValue:
    me = buyer()
    with current_work() as work:
        cart = read_cart(work, me.customer_id)
        page = cart_page(work, cart, me, order_type=request.args.get("type", ""))
    return _render(page)


@bp.post("/add")
@requires(Permission.USE_PORTAL)
def add() -> ResponseReturnValue:
    """One line more, from the catalogue."""
    me, sent = buyer(), Form.sent()
    sku, unit = sent.value("sku").strip(), sent.value("unit").strip() or None
    line = CartLine(sku=sku, quantity=read_quantity(sent.value("quantity")), unit=unit)
    cart = in_current_work(lambda work: put_lines(work, PutLines(customer_id=me.customer_id, lines=(line,))))
    text = _("{sku} is in the cart.", sku=sku)
    if request.headers.get("HX-Request"):
        in_cart = [(each.quantity, each.unit) for each in cart.lines if each.sku == sku]
        return render_template(
            "portal/_added.html", in_cart=in_cart, base_unit=sent.value("base_unit"), cart_lines=len(cart.lines),
            text=text, unit=unit_name,
        )  # fmt: skip
    flash(text, "ok")
    return redirect(safe_next(sent.value("next")) or url_for("portal_catalogue.index"))


@bp.post("/lines")
@requires(Permission.USE_PORTAL)
def store_lines() -> ResponseReturnValue:
    """All quantities as they stand in the page; `remove` names a line to take out."""
    me, sent = buyer(), Form.sent()
    lines: list[CartLine] = []
    refused = in_current_work(lambda work: _typed_lines(work, me, sent, lines))
    command = PutLines(customer_id=me.customer_id, lines=tuple(lines), add=False)
    in_current_work(lambda work: put_lines(work, command))
    return _after_change(me, refused)


def _typed_lines(work: Work, me: Buyer, sent: Form, lines: list[CartLine]) -> str:
    """Adds the lines as they were sent, and says what of them could not be taken."""
    removed, refused = sent.value("remove"), ""
    kept = {line.key: line.custom or {} for line in read_cart(work, me.customer_id).lines}
    keys = zip(sent.values_of("sku"), sent.values_of("unit"), sent.values_of("quantity"), strict=False)
    for number, (sku, unit, typed) in enumerate(keys):
        try:
            quantity = Decimal(0) if removed == f"{sku}|{unit}" else read_quantity(typed)
        except QuantityUnreadable as error:
            refused = said(error.message, error.facts)
            continue
        if request.files:
            keep_uploads(work, "order_line", sent, prefix=line_prefix(number))
        custom = read_line_inputs(work, sent, number, kept.get((sku, unit or None), {}))
        lines.append(CartLine(sku=sku, quantity=quantity, unit=unit or None, custom=custom))
    return refused or next(iter(sent.errors.values()), "")


@bp.post("/details")
@requires(Permission.USE_PORTAL)
def store_details() -> ResponseReturnValue:
    """Keeps what was typed so far; it is judged on submit."""
    me, sent = buyer(), Form.sent()
    if not request.headers.get("HX-Request"):  # while somebody types, files wait for the submit
        in_current_work(lambda work: keep_uploads(work, "order", sent, prefix=PREFIX))
    in_current_work(lambda work: set_details(work, _details(work, me, sent, read_cart(work, me.customer_id))))
    return _after_change(me)


@bp.post("/empty")
@requires(Permission.USE_PORTAL)
def empty() -> ResponseReturnValue:
    me = buyer()
    in_current_work(lambda work: empty_cart(work, me.customer_id))
    flash(_("The cart is empty now."), "ok")
    return redirect(url_for("portal_cart.show"))


@bp.post("/submit")
@requires(Permission.USE_PORTAL)
def submit() -> ResponseReturnValue:
    """Files are kept first, in a transaction of their own: where the order is refused they need not be chosen anew."""
    me, sent = buyer(), Form.sent()
    if request.files:
        in_current_work(lambda work: keep_uploads(work, "order", sent, prefix=PREFIX))
    return _submit_once(me, sent)


@idempotent
def _submit_once(me: Buyer, sent: Form) -> ResponseReturnValue:
    if sent.refused:
        with current_work() as work:
            return _again(work, me, sent)
    with current_work() as work:
        try:
            with work.connection.begin_nested():  # a refusal leaves nothing behind, and the page shows what is there
                placed = _submit(work, me, sent)
        except CartEmpty:
            return _to_last_order(work, me)
        except AddressUnknown:
            raise
        except DomainError as error:
            return _refused(work, me, sent, error)
    if isinstance(placed, PurchaseAsked):
        flash(_("This is above your spending limit. Your colleagues were asked to approve it."), "info")
        return redirect(url_for("portal_requests.show", request_id=to_text("prq", placed.request_id)))
    flash(_("Thank you. Order {number} is placed.", number=placed.number), "ok")
    return redirect(url_for("portal_orders.show", order_id=to_text("ord", placed.order_id)))


def _submit(work: Work, me: Buyer, sent: Form) -> OrderPlaced | PurchaseAsked:
    command = SubmitCart(
        customer_id=me.customer_id, order_type=_order_type(work, sent), details=_details(work, me, sent, None),
        expected_total=_amount(sent.value("expected_total")), approvers=chosen_approvers(sent),
    )  # fmt: skip
    return submit_purchase(work, command, roles=me.role_keys)


def _order_type(work: Work, sent: Form) -> str:
    policy = ordering(work, sent.value("order_type")).policy
    return policy.key if policy else ""


def _to_last_order(work: Work, me: Buyer) -> ResponseReturnValue:
    """The cart was submitted already, perhaps in another window: its order is what is wanted."""
    order_id = last_order_of(work, me.customer_id)
    if order_id is None:
        flash(_("The cart is empty. There is nothing to order."), "warn")
        return redirect(url_for("portal_cart.show"))
    flash(_("This cart has been ordered already. Here is the order."), "info")
    return redirect(url_for("portal_orders.show", order_id=to_text("ord", order_id)))


def _refused(work: Work, me: Buyer, sent: Form, error: DomainError) -> ResponseReturnValue:
    return _again(work, me, refuse_order(sent, error, _FIELDS))


def _again(work: Work, me: Buyer, sent: Form) -> ResponseReturnValue:
    """The page with what was sent and refused."""
    cart, details = read_cart(work, me.customer_id), _details(work, me, sent, None)
    typed = replace(
        cart, address_id=details.address_id, requested_on=details.requested_on, buyer_note=details.buyer_note,
        coupons=cart.coupons if details.coupons is None else details.coupons, custom=details.custom,
    )  # fmt: skip
    return _render(cart_page(work, typed, me, order_type=sent.value("order_type"), form=sent)), sent.status


def _details(work: Work, me: Buyer, sent: Form, cart: Cart | None) -> SetDetails:
    """cart: keeps what it holds of fields that are hidden now. raises AddressUnknown"""
    address = id_of("adr", sent.value("address_id"))
    if sent.value("address_id") and address is None:
        raise AddressUnknown()
    return SetDetails(
        customer_id=me.customer_id, address_id=address, requested_on=_day(sent.value("requested_on")),
        buyer_note=sent.value("buyer_note"),
        coupons=tuple(sent.value("coupons").replace(",", " ").split()) if "coupons" in sent.values else None,
        custom=read_order_inputs(work, sent, cart, _order_type(work, sent)),
    )  # fmt: skip


def _after_change(me: Buyer, refused: str = "") -> ResponseReturnValue:
    """For htmx the live parts, else the page."""
    if not request.headers.get("HX-Request"):
        if refused:
            flash(refused, "bad")
        return redirect(url_for("portal_cart.show", type=request.form.get("order_type") or None))
    with current_work() as work:
        cart = read_cart(work, me.customer_id)
        page = cart_page(work, cart, me, order_type=request.form.get("order_type", ""))
    return _render(page, "portal/_cart_live.html", refused=refused)


def _render(page: CartPage, template: str = "portal/cart.html", **more: object) -> str:
    return render(template, page, len(page.rows), **more)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
