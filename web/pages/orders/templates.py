"""Templates of orders: kept from an entry or an order, used for the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.intake.templates import (
    SaveTemplate,
    TemplateLine,
    TemplateRow,
    list_templates,
    remove_template,
    save_template,
)
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

_FIELDS = {"template_unnamed": "name", "template_name_taken": "name", "template_empty": "name"}
ORDER_MISSING = N_("Open an order and keep it as a template from there.")


@dataclass(slots=True, kw_only=True)
class TemplatesPage:
    """templates: (id, template) each by name; source: (id, number) of the order that one is made of, None without"""

    form: Form
    templates: Sequence[tuple[str, TemplateRow]]
    source: tuple[str, str] | None


@orders.get("/templates")
@requires(Permission.PLACE_ORDERS)
def templates() -> ResponseReturnValue:
    return _render(Form())


@orders.get("/<order_id>/template")
@requires(Permission.PLACE_ORDERS)
def template_of(order_id: str) -> ResponseReturnValue:
    return _render(Form.of(order=to_text("ord", id_in("ord", order_id))))


@orders.post("/templates")
@requires(Permission.PLACE_ORDERS)
def store_template() -> ResponseReturnValue:
    sent = Form.sent()
    order = from_text("ord", sent.value("order"))
    if order is None:
        return _render(sent.refuse_field("name", _(ORDER_MISSING)))

    def run(work: Work) -> tuple[str, str]:
        detail = read_order(work, order, with_history=False)
        lines = tuple(
            TemplateLine(sku=line.sku, quantity=f"{line.unit_quantity.normalize():f}", unit=line.unit)
            for line in detail.lines
            if line.ordered > line.cancelled
        )
        command = SaveTemplate(
            name=sent.value("name"), lines=lines, order_type=detail.order.order_type,
            customer_id=None if sent.value("for") == "all" else detail.order.customer_id,
        )  # fmt: skip
        save_template(work, command)
        return _("The template is kept."), url_for("orders.templates")

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found"}:
            raise
        return _render(sent.refuse(error, _FIELDS))


@orders.post("/templates/<template_id>/remove")
@requires(Permission.PLACE_ORDERS)
def drop_template(template_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        remove_template(work, id_in("otp", template_id))
        return _("The template is removed."), url_for("orders.templates")

    return run_once(run)


def _render(form: Form) -> ResponseReturnValue:
    order = from_text("ord", form.value("order"))
    with current_work() as work:
        number = read_order(work, order, with_history=False).order.number if order else ""
        found = list_templates(work)
    page = TemplatesPage(
        form=form, templates=[(to_text("otp", one.id), one) for one in found],
        source=(form.value("order"), number) if order else None,
    )  # fmt: skip
    return render_template("orders/templates.html", page=page), form.status
