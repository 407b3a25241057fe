"""Own fields of orders, customers, products and locations: the card that shows them, the form that changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from low_code.kinds.fields.definition import Access
from oms.catalog.queries import read_product
from oms.customers.queries import read_customer
from oms.fields.judge_values import entity_fields
from oms.inventory.errors import LocationNotFound
from oms.inventory.queries import list_locations
from oms.orders.order_values import order_values
from oms.orders.read_order import read_order
from oms.upkeep.change_order_fields import ChangeOrderFields, change_order_fields
from oms.upkeep.change_row_fields import ChangeRowFields, change_row_fields
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.own_fields.conditions import form_conditions
from web.pages.own_fields.inputs import OwnInput, keep_uploads, make_inputs, read_inputs, take_up_problems
from web.pages.own_fields.shown import ShownValue, show_values
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

bp = Blueprint("own_fields", __name__, url_prefix="/own-fields")
SAVED = N_("Saved.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCard:
    """edit_url: "" where the reader may change nothing"""

    values: Sequence[ShownValue]
    edit_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPart:
    """title: "" for the row itself; of an order's line its SKU"""

    title: str
    inputs: Sequence[OwnInput]


@dataclass(slots=True, kw_only=True)
class EditPage:
    """version: of the order that was looked at, "" for other rows"""

    title: str
    back_label: str
    back_url: str
    action: str
    form: Form
    parts: Sequence[EditPart]
    conditions: str
    version: str = ""


def own_card(
    work: Work, entity: str, values: Mapping[str, Any], edit_url: str, permission: Permission
) -> OwnCard | None:
    """What stands on the page of a row; None where the company has no fields on such rows."""
    fields = entity_fields(work, entity)
    roles = work.actor.roles
    if fields is None or not any(
        not one.retired and one.access(roles) is not Access.NONE for one in fields.fields.values()
    ):
        return None
    changes = may(permission) and any(one.may_edit(roles) and not one.retired for one in fields.fields.values())
    return OwnCard(values=show_values(work, entity, values, headings=True), edit_url=edit_url if changes else "")


@bp.get("/orders/<order_id>")
@requires(Permission.VIEW_ORDERS, Permission.PLACE_ORDERS)
def order(order_id: str) -> ResponseReturnValue:
    return _order_form(id_in("ord", order_id), Form())


@bp.post("/orders/<order_id>")
@requires(Permission.VIEW_ORDERS, Permission.PLACE_ORDERS)
def change_order(order_id: str) -> ResponseReturnValue:
    key, sent = id_in("ord", order_id), Form.sent()

    def change(work: Work) -> tuple[str, str]:
        detail = read_order(work, key, with_history=False)
        lines = {
            line.id: given
            for line in detail.lines
            if (given := read_inputs(work, "order_line", sent, line.custom, prefix=_line_prefix(line.id)))
        }
        version = sent.value("version")
        command = ChangeOrderFields(
            order_id=key, custom=read_inputs(work, "order", sent, detail.order.custom), lines=lines,
            expected_version=int(version) if version.isdecimal() and len(version) < 10 else None,
        )  # fmt: skip
        change_order_fields(work, command)
        return _(SAVED), url_for("orders.show", order_id=to_text("ord", key))

    return _save("order", change, sent, lambda: _order_form(key, sent))


@bp.get("/customers/<customer_id>")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def customer(customer_id: str) -> ResponseReturnValue:
    return _customer_form(id_in("cus", customer_id), Form())


@bp.post("/customers/<customer_id>")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def change_customer(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()

    def change(work: Work) -> tuple[str, str]:
        row = read_customer(work, key)
        _change_row(work, "customer", row.id, row.custom, sent)
        return _(SAVED), url_for("customers.show", customer_id=to_text("cus", key))

    return _save("customer", change, sent, lambda: _customer_form(key, sent))


@bp.get("/products/<path:code>")
@requires(Permission.VIEW_PRODUCTS, Permission.EDIT_PRODUCTS)
def product(code: str) -> ResponseReturnValue:
    return _product_form(code, Form())


@bp.post("/products/<path:code>")
@requires(Permission.VIEW_PRODUCTS, Permission.EDIT_PRODUCTS)
def change_product(code: str) -> ResponseReturnValue:
    sent = Form.sent()

    def change(work: Work) -> tuple[str, str]:
        row = read_product(work, code)
        _change_row(work, "product", row.id, row.custom, sent)
        return _(SAVED), url_for("products.show", code=code)

    return _save("product", change, sent, lambda: _product_form(code, sent))


@bp.get("/locations/<location_key>")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def location(location_key: str) -> ResponseReturnValue:
    return _location_form(location_key, Form())


@bp.post("/locations/<location_key>")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def change_location(location_key: str) -> ResponseReturnValue:
    sent = Form.sent()

    def change(work: Work) -> tuple[str, str]:
        row = find_location(work, location_key)
        _change_row(work, "location", row.id, row.custom, sent)
        return _(SAVED), url_for("locations.show", location_key=location_key)

    return _save("location", change, sent, lambda: _location_form(location_key, sent))


def find_location(work: Work, key: str) -> Any:
    """raises LocationNotFound"""
    found = next((row for row in list_locations(work) if row.key == key), None)
    if found is None:
        raise LocationNotFound()
    return found


def _change_row(work: Work, entity: str, row_id: UUID, stored: Mapping[str, Any], sent: Form) -> None:
    given = read_inputs(work, entity, sent, stored)
    change_row_fields(work, ChangeRowFields(entity=entity, row_id=row_id, custom=given))


def _save(
    entity: str, change: Callable[[Work], tuple[str, str]], sent: Form, again: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    in_current_work(lambda work: _keep_uploads(work, entity, sent))
    if sent.refused:
        return again()
    try:
        return run_once(change)
    except DomainError as error:
        if error.code == "idempotency_key_missing" or error.code.endswith("_not_found"):
            raise
        own = take_up_problems(sent, error.problems)
        for problem in error.problems:
            _, _, line, *_rest = f"{problem.pointer}///".split("/")
            if problem.pointer.startswith(f"/lines/{line}/custom/"):
                under = f"/lines/{line}/custom/"
                own = take_up_problems(sent, [problem], prefix=f"line.{line}.cf.", under=under) or own
        if not own:
            sent.message = said(error.message, error.facts)
        sent.status = status_of(error)
        return again()


def _keep_uploads(work: Work, entity: str, sent: Form) -> None:
    for prefix in sorted({name.rpartition("cf.")[0] for name in request.files}):
        keep_uploads(work, "order_line" if prefix.startswith("line.") else entity, sent, prefix=f"{prefix}cf.")


def _line_prefix(line_id: UUID) -> str:
    return f"line.{to_text('lin', line_id)}.cf."


def _order_form(order_id: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        detail = read_order(work, order_id, with_history=False)
        parts = [EditPart(title="", inputs=make_inputs(work, "order", form, detail.order.custom))]
        if entity_fields(work, "order_line"):
            parts += [
                EditPart(
                    title=f"{line.line_no}. {line.sku}",
                    inputs=make_inputs(work, "order_line", form, line.custom, prefix=_line_prefix(line.id)),
                )
                for line in detail.lines
            ]
        text_id = to_text("ord", order_id)
        page = EditPage(
            title=_("Own fields of order {number}", number=detail.order.number), back_label=detail.order.number,
            back_url=url_for("orders.show", order_id=text_id),
            action=url_for("own_fields.change_order", order_id=text_id),
            form=form, parts=[part for part in parts if part.inputs], version=str(detail.order.version),
            conditions=form_conditions(work, "order", order_values(work, order_id)),
        )  # fmt: skip
    return render_template("own_fields/edit.html", page=page), form.status


def _customer_form(customer_id: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        row = read_customer(work, customer_id)
        facts = {name: getattr(row, name) for name in ("number", "name", "kind", "group", "tags", "payment_terms_days")}
        text_id = to_text("cus", customer_id)
        page = _row_page(
            work, "customer", row, form, row.name, url_for("customers.show", customer_id=text_id),
            url_for("own_fields.change_customer", customer_id=text_id), {"order": {"customer": facts}},
        )  # fmt: skip
    return render_template("own_fields/edit.html", page=page), form.status


def _product_form(code: str, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        row = read_product(work, code)
        facts = {name: getattr(row, name) for name in ("code", "name", "brand", "category", "tax_class")}
        page = _row_page(
            work, "product", row, form, row.name, url_for("products.show", code=code),
            url_for("own_fields.change_product", code=code), {"product": facts},
        )  # fmt: skip
    return render_template("own_fields/edit.html", page=page), form.status


def _location_form(key: str, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        row = find_location(work, key)
        facts = {name: getattr(row, name) for name in ("key", "kind", "country", "region", "priority", "tags")}
        page = _row_page(
            work, "location", row, form, name_in(row.names, current_locale()) or row.key,
            url_for("locations.show", location_key=key), url_for("own_fields.change_location", location_key=key),
            {"location": facts},
        )  # fmt: skip
    return render_template("own_fields/edit.html", page=page), form.status


def _row_page(
    work: Work, entity: str, row: Any, form: Form, name: str, back_url: str, action: str, around: Mapping[str, Any]
) -> EditPage:
    return EditPage(
        title=_("Own fields of {name}", name=name), back_label=name, back_url=back_url, action=action, form=form,
        parts=[EditPart(title="", inputs=make_inputs(work, entity, form, row.custom))],
        conditions=form_conditions(work, entity, around),
    )  # fmt: skip
