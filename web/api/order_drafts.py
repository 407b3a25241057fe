"""Drafts of orders: prepared by a program, for itself or for somebody of the staff to look over and place."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import new_id, to_text
from oms.intake.drafts import SaveDraft, discard_draft, my_drafts, read_draft, save_draft
from oms.intake.errors import DraftUnknown
from oms.placement.commands import DEFAULT_PRIORITY
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_drafts", __name__, url_prefix=f"{PREFIX}/order-drafts", description="Order drafts")
# Field of the API -> input of the form, for those that are one text.
_TEXTS = {
    "customer_number": "customer", "order_type": "type", "requested_on": "requested_on", "priority": "priority",
    "buyer_note": "note", "coupons": "coupons",
}  # fmt: skip
_COLUMNS = {"sku": "sku", "quantity": "quantity", "unit": "unit", "deliveries": "plan"}


class DraftLineSchema(Schema):
    """Texts as somebody would type them: nothing is judged before the order is placed. `deliveries` such as
    "2026-12-01 10; 2027-01-01 5"."""

    sku = fields.String(required=True, validate=validate.Length(max=200))
    quantity = fields.String(load_default="", validate=validate.Length(max=40))
    unit = fields.String(load_default="", validate=validate.Length(max=40))
    deliveries = fields.String(load_default="", validate=validate.Length(max=2000))


class DraftSchema(Schema):
    """What is typed of an order so far, as texts."""

    id = Id("drf", dump_only=True)
    customer_number = fields.String(load_default="", validate=validate.Length(max=100))
    order_type = fields.String(load_default="", validate=validate.Length(max=100))
    requested_on = fields.String(load_default="", validate=validate.Length(max=10))
    priority = fields.String(load_default=str(DEFAULT_PRIORITY), validate=validate.Regexp("^[0-9]$"))
    buyer_note = fields.String(load_default="", validate=validate.Length(max=2000))
    coupons = fields.String(load_default="", validate=validate.Length(max=400))
    lines = fields.List(fields.Nested(DraftLineSchema), load_default=list, validate=validate.Length(max=200))


class NewDraftSchema(DraftSchema):
    """With `for_user_id` it is that person's: it stands among their drafts in the console, and nobody else's."""

    for_user_id = Id("usr", load_default=None, allow_none=True)


class DraftRowSchema(Schema):
    id = Id("drf")
    customer_number = fields.String(attribute="customer")
    customer_name = fields.String(allow_none=True)
    lines = fields.Integer()
    updated_at = fields.AwareDateTime()


class DraftsSchema(Schema):
    """The newest first; only those of whoever asks."""

    data = fields.List(fields.Nested(DraftRowSchema))


class DraftMadeSchema(Schema):
    id = fields.String()


@bp.route("/")
class Drafts(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.response(HTTPStatus.OK, DraftsSchema)
    def get(self) -> Any:
        """List the own drafts."""
        with current_work() as work:
            return {"data": my_drafts(work)}

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(NewDraftSchema)
    @bp.response(HTTPStatus.CREATED, DraftMadeSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Keep a draft, for oneself or for somebody of the staff."""
        draft_id = new_id()
        with current_work() as work:
            save_draft(work, _command(draft_id, data, {}, data.pop("for_user_id")))
        return {"id": to_text("drf", draft_id)}, HTTPStatus.CREATED


@bp.route("/<draft_id>")
class DraftById(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.response(HTTPStatus.OK, DraftSchema)
    def get(self, draft_id: str) -> Any:
        """Read an own draft."""
        key = path_id("drf", draft_id)
        with current_work() as work:
            return _json(key, read_draft(work, key))

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(DraftSchema)
    @bp.response(HTTPStatus.OK, DraftSchema)
    def put(self, data: dict[str, Any], draft_id: str) -> Any:
        """Write an own draft anew. Values of own fields that were typed in the console stay."""
        key = path_id("drf", draft_id)
        with current_work() as work:
            save_draft(work, _command(key, data, read_draft(work, key), None))
            return _json(key, read_draft(work, key)), HTTPStatus.OK

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, draft_id: str) -> Any:
        """Discard an own draft."""
        with current_work() as work:
            if not discard_draft(work, path_id("drf", draft_id)):
                raise DraftUnknown()
        return ""


def _command(draft_id: UUID, data: Mapping[str, Any], before: Mapping[str, Any], for_user: UUID | None) -> SaveDraft:
    lines = data["lines"]
    content = {
        **before,
        **{name: [data[key]] for key, name in _TEXTS.items()},
        **{name: [line[key] for line in lines] for key, name in _COLUMNS.items()},
        "row": [str(number) for number in range(1, len(lines) + 1)],
    }
    return SaveDraft(
        draft_id=draft_id, content=content, customer=data["customer_number"].strip(), for_user=for_user,
        lines=sum(1 for line in lines if line["sku"].strip()),
    )  # fmt: skip


def _json(draft_id: UUID, content: Mapping[str, Any]) -> dict[str, Any]:
    columns = {key: content.get(name) or [] for key, name in _COLUMNS.items()}
    lines = [
        {key: texts[row] if row < len(texts) else "" for key, texts in columns.items()}
        for row, sku in enumerate(columns["sku"])
        if sku.strip()
    ]
    return {"id": draft_id, "lines": lines, **{key: (content.get(name) or [""])[0] for key, name in _TEXTS.items()}}
