"""Writing down notes, and attaching files."""

from __future__ import annotations

from collections.abc import Callable

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.intake.attachments import AttachFile, attach_file, read_attachment, remove_attachment
from oms.intake.notes import AddNote, add_note, pin_note
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.sent_files import send_file
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.orders.show import render_order
from web.pages.row_ids import id_in
from web.pages.run_once import run_once


@orders.post("/<order_id>/notes")
@requires(Permission.VIEW_ORDERS)
def write_note(order_id: str) -> ResponseReturnValue:
    """Whoever sees the order may write something down; what the buyer reads is for those who may change orders."""

    def run(work: Work, sent: Form) -> str:
        for_buyer = sent.value("visibility") == "buyer" and may(Permission.CHANGE_ORDERS)
        command = AddNote(
            order_id=id_in("ord", order_id), body=sent.value("note"), for_buyer=for_buyer,
            pinned=sent.value("pinned") == "yes",
        )  # fmt: skip
        add_note(work, command)
        return _("The note is kept.")

    return _do(order_id, "note", run)


@orders.post("/<order_id>/notes/<note_id>/pin")
@requires(Permission.VIEW_ORDERS)
def pin(order_id: str, note_id: str) -> ResponseReturnValue:
    def run(work: Work, sent: Form) -> str:
        pinned = sent.value("pinned") == "yes"
        pin_note(work, id_in("ord", order_id), id_in("not", note_id), pinned=pinned)
        return _("The note is pinned.") if pinned else _("The note is not pinned any more.")

    return _do(order_id, "note", run)


@orders.post("/<order_id>/attachments")
@requires(Permission.CHANGE_ORDERS)
def attach(order_id: str) -> ResponseReturnValue:
    upload = request.files.get("file")
    name, data = (upload.filename or "", upload.read()) if upload else ("", b"")

    def run(work: Work, sent: Form) -> str:
        command = AttachFile(
            order_id=id_in("ord", order_id), name=name, data=data, for_buyer=sent.value("for_buyer") == "yes"
        )
        attach_file(work, command)
        return _("The file is attached.")

    return _do(order_id, "attachment", run)


@orders.get("/<order_id>/attachments/<attachment_id>")
@requires(Permission.VIEW_ORDERS)
def attachment(order_id: str, attachment_id: str) -> ResponseReturnValue:
    with current_work() as work:
        key = id_in("ord", order_id)
        read_order(work, key, with_history=False)  # whoever may not see the order sees no file of it
        file = read_attachment(work, key, id_in("att", attachment_id))
    return send_file(file)


@orders.post("/<order_id>/attachments/<attachment_id>/remove")
@requires(Permission.CHANGE_ORDERS)
def detach(order_id: str, attachment_id: str) -> ResponseReturnValue:
    def run(work: Work, _sent: Form) -> str:
        remove_attachment(work, id_in("ord", order_id), id_in("att", attachment_id))
        return _("The attachment is removed.")

    return _do(order_id, "attachment", run)


def _do(order_id: str, form_of: str, run: Callable[[Work, Form], str]) -> ResponseReturnValue:
    key, sent = id_in("ord", order_id), Form.sent()
    target = url_for("orders.show", order_id=to_text("ord", key)) + "#beside"
    try:
        return run_once(lambda work: (run(work, sent), target))
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found", "note_unknown", "attachment_unknown"}:
            raise
        return render_order(key, form=sent.refuse(error, {"note_empty": "note"}), form_of=form_of)
