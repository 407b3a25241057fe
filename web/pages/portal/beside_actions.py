"""A buyer writes a note to his supplier, adds a file to his order, and opens the files that he may see."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.intake.attachments import AttachFile, attach_file, read_attachment
from oms.intake.notes import AddNote, add_note
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.sent_files import send_file
from web.http.work import current_work
from web.pages.portal.buyer import buyer
from web.pages.portal.orders import render_order
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

bp = Blueprint("portal_beside", __name__, url_prefix="/portal/orders")


@bp.post("/<order_id>/notes")
@requires(Permission.USE_PORTAL)
def write_note(order_id: str) -> ResponseReturnValue:
    def run(work: Work, sent: Form) -> str:
        add_note(work, AddNote(order_id=id_in("ord", order_id), body=sent.value("note"), for_buyer=True))
        return _("Your note is sent.")

    return _do(order_id, "note", run)


@bp.post("/<order_id>/files")
@requires(Permission.USE_PORTAL)
def attach(order_id: str) -> ResponseReturnValue:
    upload = request.files.get("file")
    name, data = (upload.filename or "", upload.read()) if upload else ("", b"")

    def run(work: Work, _sent: Form) -> str:
        attach_file(work, AttachFile(order_id=id_in("ord", order_id), name=name, data=data, for_buyer=True))
        return _("The file is attached.")

    return _do(order_id, "file", run)


@bp.get("/<order_id>/files/<file_id>")
@requires(Permission.USE_PORTAL)
def file(order_id: str, file_id: str) -> ResponseReturnValue:
    buyer()
    key = id_in("ord", order_id)
    with current_work() as work:
        read_order(work, key, with_history=False)  # whoever may not see the order sees no file of it
        found = read_attachment(work, key, id_in("att", file_id), for_buyer=True)
    return send_file(found)


def _do(order_id: str, form_of: str, run: Callable[[Work, Form], str]) -> ResponseReturnValue:
    buyer()
    key, sent = id_in("ord", order_id), Form.sent()
    target = url_for("portal_orders.show", order_id=to_text("ord", key)) + "#beside"
    try:
        return run_once(lambda work: (run(work, sent), target))
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found"}:
            raise
        return render_order(key, form=sent.refuse(error, {"note_empty": "note"}), form_of=form_of)
