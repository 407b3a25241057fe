"""The document that an order was read from: what of it became what, and the text as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.intake.mapped import MappedField, mapped_fields
from oms.intake.received import ReceivedDocument, received_of
from oms.mass.mapping import FIELDS
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.sent_files import send_bytes
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.row_ids import id_in

SHOWN = 40_000  # characters of a document that the page shows; the rest is downloaded
_LABELS: Mapping[str, str] = {
    **{field: label for field, (label, _headers) in FIELDS.items()},
    "order_type": N_("Order type"),
    "channel": N_("Channel"),
    "currency": N_("Currency"),
    "tags": N_("Tags"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """of: the order's field in words, "" where it became none; line: "" of the order itself; now: "" where gone"""

    at: str
    sent: str
    of: str
    line: str
    now: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """differing: how many fields differ from the order as it stands"""

    document: ReceivedDocument
    fields: Sequence[ShownField]
    differing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPage:
    """shown: how many characters of each the page shows"""

    id: str
    number: str
    documents: Sequence[ShownDocument]
    shown: int


@orders.get("/<order_id>/received")
@requires(Permission.VIEW_ORDERS, Permission.VIEW_CUSTOMERS)
def received(order_id: str) -> ResponseReturnValue:
    """The document as the channel sent it; `?raw` downloads its bytes."""
    key = id_in("ord", order_id)
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        documents = received_of(work, key)
    if documents and "raw" in request.args:
        return send_bytes(documents[-1].body, f"{detail.order.number}.received")
    page = ReceivedPage(
        id=to_text("ord", key), number=detail.order.number, shown=SHOWN,
        documents=[_document(one, [_field(each) for each in mapped_fields(one, detail)]) for one in documents],
    )  # fmt: skip
    return render_template("orders/received.html", page=page)


def _document(document: ReceivedDocument, fields: Sequence[ShownField]) -> ShownDocument:
    return ShownDocument(document=document, fields=fields, differing=sum(each.differs for each in fields))


def _field(one: MappedField) -> ShownField:
    return ShownField(
        at=one.at, sent=one.sent, of=_label(one.field), line="" if one.line is None else str(one.line),
        now=one.now or "", differs=one.differs,
    )  # fmt: skip


def _label(field: str) -> str:
    if field.startswith("custom."):
        return _("Own field {key}", key=field.removeprefix("custom."))
    if field.startswith("bill_to."):
        known = _LABELS.get(f"ship_to.{field.removeprefix('bill_to.')}")
        return _("Billed to: {field}", field=_(known)) if known else field
    return _(_LABELS[field]) if field in _LABELS else field
