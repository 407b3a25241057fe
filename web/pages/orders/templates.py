"""Templates of orders: written from scratch, kept from an entry, a draft or an order, used for the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from oms.catalog.queries import find_skus
from oms.customers.errors import CustomerNotFound
from oms.customers.queries import customer_id_of
from oms.intake.errors import TemplateGoodsUnknown
from oms.intake.templates import (
    SaveTemplate,
    TemplateLine,
    TemplateRow,
    change_template,
    list_templates,
    read_template,
    remove_template,
    save_template,
)
from oms.orders.read_order import read_order
from oms.placement.policy_for import order_types
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.amounts import number_in
from web.pages.orders.blueprint import orders
from web.pages.orders.entry_lines import lines_of, with_pasted
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

CHANNEL = "console"
_FIELDS = {
    "template_unnamed": "name", "template_name_taken": "name", "template_empty": "goods", "content_too_large": "goods",
    "customer_not_found": "customer",
}  # fmt: skip
CUSTOMER_UNKNOWN = N_("There is no customer of this number.")


@dataclass(slots=True, kw_only=True)
class TemplatesPage:
    """templates: (id, template) each by name; writes: whether the form is open; changed: name of the template that it
    changes, "" for a new one; types: (key, name) of order types that staff enter"""

    form: Form
    templates: Sequence[tuple[str, TemplateRow]]
    types: Sequence[tuple[str, str]]
    writes: bool
    changed: str


@orders.get("/templates")
@requires(Permission.PLACE_ORDERS)
def templates() -> ResponseReturnValue:
    return _render(Form())


@orders.get("/templates/<template_id>")
@requires(Permission.PLACE_ORDERS)
def edit_template(template_id: str) -> ResponseReturnValue:
    with current_work() as work:
        found = read_template(work, id_in("otp", template_id))
    form = Form.of(
        template=template_id, name=found.name, customer=found.customer_number or "",
        type=str(found.content.get("order_type", "")),
        goods=_goods((line["sku"], line["quantity"], line.get("unit", "")) for line in found.lines),
    )  # fmt: skip
    return _render(form, writes=True)


@orders.get("/<order_id>/template")
@requires(Permission.PLACE_ORDERS)
def template_of(order_id: str) -> ResponseReturnValue:
    """Begins with the order's goods, without what was cancelled."""
    with current_work() as work:
        detail = read_order(work, id_in("ord", order_id), with_history=False)
    goods = _goods(
        (line.sku, f"{line.unit_quantity.normalize():f}", line.unit)
        for line in detail.lines
        if line.ordered > line.cancelled
    )
    order = detail.order
    return _render(Form.of(customer=order.customer_number, type=order.order_type, goods=goods), writes=True)


@orders.post("/new/template")
@requires(Permission.PLACE_ORDERS)
def template_of_entry() -> ResponseReturnValue:
    """Begins with what is typed into an entry, a continued draft among them. Writes nothing."""
    sent = Form.sent()
    typed = with_pasted(sent, lines_of(sent))
    goods = _goods((line.sku, line.quantity, line.wanted_unit) for line in typed if line.sku)
    return _render(Form.of(customer=sent.value("customer"), type=sent.value("type"), goods=goods), writes=True)


@orders.post("/templates")
@requires(Permission.PLACE_ORDERS)
def store_template() -> ResponseReturnValue:
    sent = Form.sent()
    changed = from_text("otp", sent.value("template"))

    def run(work: Work) -> tuple[str, str]:
        command = SaveTemplate(
            name=sent.value("name"), lines=_lines(work, sent.value("goods")), order_type=sent.value("type")[:100],
            customer_id=_customer(work, sent.value("customer").strip()),
        )  # fmt: skip
        if changed is None:
            save_template(work, command)
            return _("The template is kept."), url_for("orders.templates")
        change_template(work, changed, command)
        return _("The template is changed."), url_for("orders.templates")

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "template_unknown"}:
            raise
        return _render(_refused(sent, error), writes=True)


@orders.post("/templates/<template_id>/remove")
@requires(Permission.PLACE_ORDERS)
def drop_template(template_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        remove_template(work, id_in("otp", template_id))
        return _("The template is removed."), url_for("orders.templates")

    return run_once(run)


def _goods(lines: Iterable[tuple[str, str, str]]) -> str:
    """As the field shows them: SKU, quantity and unit, parted by tabs as a spreadsheet has them."""
    return "\n".join("\t".join(part for part in line if part) for line in lines)


def _lines(work: Work, text: str) -> tuple[TemplateLine, ...]:
    """What the field says. Barcodes become their SKUs. Raises TemplateGoodsUnknown for rows that nobody can read."""
    form = Form.of(paste=text)
    typed = with_pasted(form, [])
    if unread := form.error("paste"):
        raise TemplateGoodsUnknown(unread=unread)
    known = find_skus(work, [line.sku for line in typed])
    return tuple(
        TemplateLine(
            sku=getattr(known.get(line.sku), "code", line.sku),
            quantity=f"{(number_in(line.quantity) or Decimal(1)).normalize():f}",
            unit=line.wanted_unit or getattr(known.get(line.sku), "unit", None) or "",
        )
        for line in typed
    )


def _customer(work: Work, number: str) -> UUID | None:
    return customer_id_of(work, number) if number else None


def _refused(sent: Form, error: DomainError) -> Form:
    """Faults of lines stand beside the goods."""
    if isinstance(error, CustomerNotFound):
        return sent.refuse_field("customer", _(CUSTOMER_UNKNOWN))
    if isinstance(error, TemplateGoodsUnknown):
        faults = [said(problem.message, problem.facts) for problem in error.problems[:10]]
        return sent.refuse_field("goods", " ".join(faults) or str(error.facts.get("unread", "")))
    return sent.refuse(error, _FIELDS)


def _render(form: Form, *, writes: bool = False) -> ResponseReturnValue:
    changed = from_text("otp", form.value("template"))
    with current_work() as work:
        found = list_templates(work)
        types = order_types(work, CHANNEL)
        name = read_template(work, changed).name if changed is not None else ""
    page = TemplatesPage(
        form=form, templates=[(to_text("otp", one.id), one) for one in found], writes=writes, changed=name,
        types=[(key, name_in(names, current_locale())) for key, names in types.items()],
    )  # fmt: skip
    return render_template("orders/templates.html", page=page), form.status
