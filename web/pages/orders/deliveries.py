"""Planned deliveries of a placed order, changed by hand."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from kernel.ids import from_text, to_text
from oms.instalments.errors import PlanInvalid
from oms.instalments.plan import Instalment
from oms.orders.read_order import read_order
from oms.placement.plan_deliveries import PlanDeliveries, plan_deliveries
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.problems import said
from web.pages.orders.actions import run_on_order
from web.pages.orders.blueprint import orders
from web.pages.orders.entry_lines import NOT_A_PLAN
from web.pages.orders.plan_text import PlanUnreadable, read_plan
from web.pages.orders.show import render_order
from web.pages.row_ids import id_in
from web.pages.typed import typed_version

PREFIX = "plan."


@orders.post("/<order_id>/deliveries")
@requires(Permission.CHANGE_ORDERS)
def plan_days(order_id: str) -> ResponseReturnValue:
    """Lines whose field is empty are wanted at once; days stand as in the entry of an order."""
    sent = Form.sent()
    typed = {
        line: sent.value(name).strip()[:2000]
        for name in sent.values
        if name.startswith(PREFIX) and (line := from_text("lin", name.removeprefix(PREFIX))) is not None
    }

    def run(work: Work, key: UUID, sent: Form) -> str:
        plans = _read(work, key, typed, sent)
        if sent.refused:
            raise PlanInvalid()
        command = PlanDeliveries(order_id=key, plans=plans, expected_version=typed_version(sent))
        try:
            done = plan_deliveries(work, command)
        except PlanInvalid as error:
            _beside_lines(sent, error, list(plans))
            raise PlanInvalid() from None
        if done.allocated:
            return _("The deliveries are planned; {count} units are allocated.", count=quantity(done.allocated))
        return _("The deliveries are planned.")

    if not typed:
        return render_order(id_in("ord", order_id))
    return run_on_order(order_id, "deliveries", run)


def _read(work: Work, order_id: UUID, typed: dict[UUID, str], sent: Form) -> dict[UUID, tuple[Instalment, ...]]:
    wanted = {line.id: line.ordered - line.cancelled for line in read_order(work, order_id, with_history=False).lines}
    plans: dict[UUID, tuple[Instalment, ...]] = {}
    for line, text in typed.items():
        if line not in wanted:
            continue
        try:
            plans[line] = read_plan(text, wanted[line]) if text else ()
        except PlanUnreadable as error:
            sent.refuse_field(PREFIX + to_text("lin", line), _(NOT_A_PLAN, text=error.text))
    return plans


def _beside_lines(sent: Form, error: PlanInvalid, lines: list[UUID]) -> None:
    for problem in error.problems:
        index = int(problem.pointer.split("/")[2])
        sent.refuse_field(PREFIX + to_text("lin", lines[index]), said(problem.message, problem.facts))
