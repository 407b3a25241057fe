"""What stands beside an order: notes, attachments, planned deliveries, and whether it was received as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.db import Work
from kernel.ids import to_text
from oms.instalments.fit_instalments import read_plans
from oms.intake.attachments import AttachmentRow, attachments_of
from oms.intake.notes import NoteRow, notes_of
from oms.orders.read_order import OrderDetail
from tenants.access.permissions import Permission
from web.http.principals import may
from web.pages.orders.plan_text import plan_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Deliveries of one line: (day, base units, whether the day has come) each; [] where all is wanted at once.
    field: of the form that changes them; text: what it begins with; left: base units to plan"""

    sku: str
    name: str
    left: Decimal
    days: Sequence[tuple[date, Decimal, bool]]
    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """notes, attachments: with text ids; received: whether there is a document that the reader may see"""

    notes: Sequence[tuple[str, NoteRow]]
    attachments: Sequence[tuple[str, AttachmentRow]]
    planned: Sequence[Planned]
    received: bool
    may_attach: bool
    may_plan: bool


def beside_of(work: Work, detail: OrderDetail) -> Beside:
    order = detail.order
    plans = read_plans(work, [line.id for line in detail.lines])
    return Beside(
        notes=[(to_text("not", note.id), note) for note in notes_of(work, order.id)],
        attachments=[(to_text("att", one.id), one) for one in attachments_of(work, order.id)],
        planned=[
            Planned(
                sku=line.sku, name=line.name, left=line.ordered - line.cancelled,
                days=[(one.due_on, one.quantity, one.due_on <= work.today) for one in plans.get(line.id, ())],
                field=f"plan.{to_text('lin', line.id)}", text=plan_text(plans.get(line.id, ())),
            )
            for line in detail.lines
            if line.ordered > line.cancelled
        ],
        received=may(Permission.VIEW_CUSTOMERS)
        and bool(
            work.scalar(
                "SELECT EXISTS (SELECT FROM channel_documents WHERE tenant_id = %(tenant)s AND order_id = %(order)s)",
                {"tenant": work.tenant_id, "order": order.id},
            )
        ),
        may_attach=may(Permission.CHANGE_ORDERS),
        may_plan=may(Permission.CHANGE_ORDERS) and order.status == "placed",
    )  # fmt: skip
