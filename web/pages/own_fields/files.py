"""Files of own fields, for those who may see the row and, whole, the field."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import Work
from low_code.field_files.errors import FileUnknown
from low_code.field_files.read_file import FileRead, read_file
from oms.fields.judge_values import entity_fields
from oms.orders.errors import OrderNotFound
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import signed_in_only
from web.http.principals import Principal, signed_in
from web.http.sent_files import send_file
from web.http.work import current_work
from web.pages.row_ids import id_in

bp = Blueprint("own_files", __name__, url_prefix="/files")
_PERMISSIONS = {
    "customer": Permission.VIEW_CUSTOMERS, "product": Permission.VIEW_PRODUCTS, "location": Permission.VIEW_STOCK,
}  # fmt: skip
_ORDER_OF_LINE = "SELECT order_id FROM order_lines WHERE tenant_id = %(tenant)s AND id = %(id)s"


@bp.get("/<file_id>")
@signed_in_only
def show(file_id: str) -> ResponseReturnValue:
    """Pictures are shown, everything else is offered for download; nothing of it can run here."""
    with current_work() as work:
        file = read_file(work, id_in("fil", file_id))
        if not _may_read(work, file, signed_in()):
            raise FileUnknown()
    return send_file(file)


def _may_read(work: Work, file: FileRead, who: Principal) -> bool:
    if file.row_id is None:
        return file.uploaded_by == who.id
    fields = entity_fields(work, file.entity)
    field = fields.fields.get(file.field_key or "") if fields else None
    if field is None or field.retired or not field.may_view(work.actor.roles):
        return False
    if file.entity in ("order", "order_line"):
        order_id = file.row_id
        if file.entity == "order_line":
            order_id = work.scalar(_ORDER_OF_LINE, {"tenant": work.tenant_id, "id": file.row_id})
        return _sees_order(work, order_id, who)
    permission = _PERMISSIONS.get(file.entity)
    kind = {"customer": "customer", "location": "location"}.get(file.entity)
    return permission is not None and who.may(permission) and (kind is None or work.actor.may_see(kind, file.row_id))


def _sees_order(work: Work, order_id: object, who: Principal) -> bool:
    if order_id is None or not (who.may(Permission.VIEW_ORDERS) or who.may(Permission.USE_PORTAL)):
        return False
    try:
        read_order(work, order_id, with_history=False)  # type: ignore[arg-type]
    except OrderNotFound:
        return False
    return True
