"""Dunning: the steps that overdue invoices take by themselves, and who is to be followed up."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.receivables.queries import read_follow_up, read_steps
from oms.receivables.save_steps import MOST_STEPS, Step, save_steps
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_dunning", __name__, url_prefix=PREFIX, description="Dunning")


class DunningStepSchema(Schema):
    """`stop`: no order of the account passes until the invoice is paid. `words`: your own, into the reminder."""

    step = fields.Integer(dump_only=True)
    after_days = fields.Integer(required=True)
    remind = fields.Boolean(load_default=True)
    stop = fields.Boolean(load_default=False)
    words = fields.String(load_default="")


class DunningStepsSchema(Schema):
    """In their order, each later than the one before. An empty list ends dunning."""

    steps = fields.List(fields.Nested(DunningStepSchema), required=True, validate=validate.Length(max=MOST_STEPS))


class FollowUpInvoiceSchema(Schema):
    """`step` and what follows: the last that was taken; null where none was. `reminded`: where the mail went."""

    id = Id("rec")
    number = fields.String()
    customer_number = fields.String()
    customer_name = fields.String()
    phone = fields.String()
    currency = fields.String()
    open_amount = Money()
    due_on = fields.Date()
    days_overdue = fields.Integer()
    step = fields.Integer(allow_none=True)
    at = fields.AwareDateTime(allow_none=True)
    reminded = fields.String(allow_none=True)
    stopped = fields.Boolean(allow_none=True)


class FollowUpListSchema(Schema):
    data = fields.List(fields.Nested(FollowUpInvoiceSchema))


@bp.route("/dunning-steps")
class DunningSteps(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, DunningStepsSchema)
    def get(self) -> dict[str, Any]:
        """Read the dunning steps."""
        with current_work() as work:
            return {"steps": read_steps(work)}

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(DunningStepsSchema)
    @bp.response(HTTPStatus.OK, DunningStepsSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Save all dunning steps at once."""
        with current_work() as work:
            save_steps(work, [Step(**step) for step in data["steps"]])
            return {"steps": read_steps(work)}, HTTPStatus.OK


@bp.route("/overdue-invoices")
class OverdueInvoices(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, FollowUpListSchema)
    def get(self) -> dict[str, Any]:
        """List overdue invoices, the oldest first, with the last dunning step of each; at most 200."""
        with current_work() as work:
            return {"data": read_follow_up(work)}
