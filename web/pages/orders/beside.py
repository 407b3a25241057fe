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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Deliveries of one line: (day, base units, whether the day has come) each."""

    sku: str
    name: str
    unit: str
    days: Sequence[tuple[date, Decimal, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """notes, attachments: with text ids; received: whether there is a document that the reader may see"""

    notes: Sequence[tuple[str, NoteRow]]
    attachments: Sequence[tuple[str, AttachmentRow]]
    planned: Sequence[Planned]
    received: bool
    may_attach: bool


def beside_of(work: Work, detail: OrderDetail) -> Beside:
    order = detail.order
    plans = read_plans(work, [line.id for line in detail.lines])
    return Beside(
        notes=[(to_text("not", note.id), note) for note in notes_of(work, order.id)],
        attachments=[(to_text("att", one.id), one) for one in attachments_of(work, order.id)],
        planned=[
            Planned(
                sku=line.sku, name=line.name, unit=line.unit,
                days=[(one.due_on, one.quantity, one.due_on <= work.today) for one in plans[line.id]],
            )
            for line in detail.lines
            if line.id in plans
        ],
        received=may(Permission.VIEW_CUSTOMERS)
        and bool(
            work.scalar(
                "SELECT EXISTS (SELECT FROM channel_documents WHERE tenant_id = %(tenant)s AND order_id = %(order)s)",
                {"tenant": work.tenant_id, "order": order.id},
            )
        ),
        may_attach=may(Permission.CHANGE_ORDERS),
    )  # fmt: skip
