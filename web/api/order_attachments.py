"""Files that belong to an order."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields

from kernel.errors import Problem
from kernel.ids import to_text
from oms.intake.attachments import AttachFile, attach_file, attachments_of, read_attachment, remove_attachment
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.api.spec import FIELD_INVALID, PREFIX, ApiBlueprint, Id, RequestInvalid, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.sent_files import send_file
from web.http.work import current_work

bp = ApiBlueprint("api_attachments", __name__, url_prefix=f"{PREFIX}/orders", description="Attachments")


class AttachmentSchema(Schema):
    """`size` is in bytes; `for_buyer`: the buyer sees it on the portal."""

    id = Id("att")
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    for_buyer = fields.Boolean()
    added_by = fields.String()
    at = fields.AwareDateTime()


class AttachmentsSchema(Schema):
    data = fields.List(fields.Nested(AttachmentSchema))


class AttachQuery(Schema):
    """The file is part `file` of multipart/form-data."""

    for_buyer = fields.Boolean(load_default=False)


class AttachedSchema(Schema):
    id = fields.String()


@bp.route("/<order_id>/attachments")
class Attachments(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, AttachmentsSchema)
    def get(self, order_id: str) -> Any:
        """List the files of an order, the oldest first."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            return {"data": attachments_of(work, key)}

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(AttachQuery, location="query")
    @bp.response(HTTPStatus.CREATED, AttachedSchema)
    def post(self, query: dict[str, Any], order_id: str) -> Any:
        """Attach a file to an order."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            upload = request.files.get("file")
            if upload is None or not upload.filename:
                raise RequestInvalid(problems=[Problem("/file", "required", FIELD_INVALID, {"reason": "file"})])
            command = AttachFile(order_id=key, name=upload.filename, data=upload.read(), for_buyer=query["for_buyer"])
            return {"id": to_text("att", attach_file(work, command))}, HTTPStatus.CREATED


@bp.route("/<order_id>/attachments/<attachment_id>")
class AttachmentById(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK)
    def get(self, order_id: str, attachment_id: str) -> Any:
        """Download a file of an order."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            file = read_attachment(work, key, path_id("att", attachment_id))
        return send_file(file)

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, order_id: str, attachment_id: str) -> Any:
        """Remove a file from an order."""
        with current_work() as work:
            remove_attachment(work, path_id("ord", order_id), path_id("att", attachment_id))
        return ""
