"""Who is served first, and what a location cannot ship: two things that make an order be allocated again."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from oms.placement.refuse_location import RefuseLocation, refuse_location
from oms.placement.set_priority import SetPriority, set_priority
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.pages.amounts import typed_day
from web.pages.orders.actions import run_on_order
from web.pages.orders.blueprint import orders
from web.pages.orders.show import render_order
from web.pages.row_ids import id_in
from web.pages.typed import typed_version

_LONGEST_REASON = 500


@orders.post("/<order_id>/priority")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def prioritise(order_id: str) -> ResponseReturnValue:
    sent = Form.sent()
    day = typed_day(sent, "promise_on")
    if sent.refused:
        return render_order(id_in("ord", order_id), form=sent, form_of="priority")

    def run(work: Work, key: UUID, sent: Form) -> str:
        text = sent.value("priority")
        command = SetPriority(
            order_id=key, priority=int(text) if text.isdecimal() and len(text) == 1 else -1, promise_on=day,
            reason=sent.value("reason").strip()[:_LONGEST_REASON], expected_version=typed_version(sent),
        )  # fmt: skip
        done = set_priority(work, command)
        if done.taken_from:
            facts = {"count": quantity(done.allocated), "orders": ", ".join(done.taken_from)}
            return _("The priority is set; {count} units are allocated, some of them from {orders}.", **facts)
        if done.allocated:
            return _("The priority is set; {count} units are allocated.", count=quantity(done.allocated))
        return _("The priority is set.")

    return run_on_order(order_id, "priority", run)


@orders.post("/<order_id>/refuse")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def refuse_place(order_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        command = RefuseLocation(
            order_id=key, location=sent.value("location"), reason=sent.value("reason").strip()[:_LONGEST_REASON],
            expected_version=typed_version(sent),
        )  # fmt: skip
        outcome = refuse_location(work, command)
        facts = {"count": quantity(outcome.allocated), "short": quantity(outcome.short)}
        return _("Other locations took {count} units; {short} wait.", **facts)

    return run_on_order(order_id, "refuse", run)
