"""Changes of placed orders: preview, open, confirm, decline; versions and their differences."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from oms.changes.actions import Action, SetPrice, actions_from_json
from oms.changes.change_sets import (
    CloseChange,
    OpenChange,
    change_sets_of,
    confirm_change,
    decline_change,
    open_change,
    withdraw_change,
)
from oms.changes.differences import version_difference, versions_of
from oms.changes.errors import ChangeInvalid, PriceNotYours
from oms.changes.preview_change import ChangePreview, preview_change
from oms.orders.read_order import read_order
from oms.placement.short_close import ShortClose, short_close
from oms.review.propose_change import REMEDIES, propose_change
from tenants.access.permissions import Permission
from web.api.order_schemas import OrderSchema
from web.api.orders import detail_json
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.principals import may
from web.http.work import current_work

bp = ApiBlueprint("api_changes", __name__, url_prefix=f"{PREFIX}/orders", description="Changes of placed orders")


class ActionsSchema(Schema):
    """`actions`: objects with `do`: add_line (sku, quantity, unit, unit_price), set_quantity (line, quantity),
    remove_line (line), substitute (line, sku, quantity), set_price (line, unit_price), set_address (ship_to),
    set_requested_on (requested_on), set_note (buyer_note). Quantities of lines that are there are base units."""

    actions = fields.List(fields.Dict(keys=fields.String()), required=True, validate=validate.Length(min=1, max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class NewChangeSchema(ActionsSchema):
    """`confirm`: carry it out at once, in the same transaction."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))
    confirm = fields.Boolean(load_default=False)


class ChangeDecisionSchema(Schema):
    decision = fields.String(required=True, validate=validate.OneOf(["confirm", "decline", "withdraw"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class ChangeSetSchema(Schema):
    id = Id("chg")
    order_id = Id("ord")
    status = fields.String()
    origin = fields.String()
    actions = fields.List(fields.Dict())
    reason = fields.String()
    base_version = fields.Integer()
    opened_at = fields.AwareDateTime()
    opened_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String(allow_none=True)
    decision_note = fields.String()
    result_version = fields.Integer(allow_none=True)


class ProposalQuery(Schema):
    """`remedy`: floor sells no line below its floor; substitute takes, for what is short, what is there instead.
    Without it, both."""

    remedy = fields.String(load_default=None, validate=validate.OneOf(REMEDIES))


class ProposalSchema(Schema):
    """Actions as a change takes them; none where nothing of the kind would help."""

    actions = fields.List(fields.Dict())


class ChangeSetsSchema(Schema):
    data = fields.List(fields.Nested(ChangeSetSchema))


class ChangedLineSchema(Schema):
    sku = fields.String()
    units_before = Quantity()
    units_after = Quantity()
    gross_before = Money()
    gross_after = Money()


class ChangePreviewSchema(Schema):
    """What the change would make of the order; nothing is kept. `credit` is pass, warn or hold, null: not asked."""

    lines = fields.List(fields.Nested(ChangedLineSchema))
    total_before = Money()
    total_after = Money()
    tax_before = Money()
    tax_after = Money()
    charges_before = Money()
    charges_after = Money()
    released = Quantity()
    allocated = Quantity()
    short = Quantity()
    credit = fields.String(allow_none=True)
    holds = fields.List(fields.String())
    approval = fields.String(allow_none=True)


class ShortCloseSchema(Schema):
    """Without `lines`, every line that has open units."""

    lines = fields.List(Id("lin"), load_default=list, validate=validate.Length(max=2000))
    note = fields.String(load_default="", validate=validate.Length(max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class VersionRowSchema(Schema):
    number = fields.Integer()
    cause = fields.String()
    at = fields.AwareDateTime()
    actor = fields.String()
    content = fields.Dict()


class VersionsSchema(Schema):
    data = fields.List(fields.Nested(VersionRowSchema))


class DifferenceQuery(Schema):
    """Without numbers, the last two versions."""

    before = fields.Integer(load_default=None, allow_none=True)
    after = fields.Integer(load_default=None, allow_none=True)


class DifferenceSchema(Schema):
    what = fields.String()
    line = fields.Integer(allow_none=True)
    sku = fields.String()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class DifferencesSchema(Schema):
    data = fields.List(fields.Nested(DifferenceSchema))


def _actions(rows: Any) -> tuple[Action, ...]:
    actions, problems = actions_from_json(rows)
    if problems:
        raise ChangeInvalid(problems=problems)
    if any(isinstance(action, SetPrice) for action in actions) and not may(Permission.SET_PRICES):
        raise PriceNotYours()
    return actions


def _preview_json(preview: ChangePreview) -> dict[str, Any]:
    done = preview.done
    return {
        "lines": preview.lines, "total_before": preview.total_before, "total_after": preview.total_after,
        "tax_before": preview.tax_before, "tax_after": preview.tax_after, "charges_before": preview.charges_before,
        "charges_after": preview.charges_after, "released": done.released, "allocated": done.allocated,
        "short": done.short, "credit": done.credit.verdict if done.credit else None,
        "holds": [hold.type for hold in done.holds], "approval": done.approval,
    }  # fmt: skip


@bp.route("/<order_id>/change-previews")
class Previews(MethodView):
    @requires(Permission.CHANGE_ORDERS)
    @bp.arguments(ActionsSchema)
    @bp.response(HTTPStatus.OK, ChangePreviewSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Show what a change would make of an order."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            return _preview_json(preview_change(work, key, _actions(data["actions"])))


@bp.route("/<order_id>/proposed-changes")
class Proposals(MethodView):
    @requires(Permission.CHANGE_ORDERS)
    @bp.arguments(ProposalQuery, location="query")
    @bp.response(HTTPStatus.OK, ProposalSchema)
    def get(self, query: dict[str, Any], order_id: str) -> dict[str, Any]:
        """Propose the change that would settle a hold of an order."""
        with current_work() as work:
            key, remedies = path_id("ord", order_id), (query["remedy"],) if query["remedy"] else REMEDIES
            return {"actions": [action for remedy in remedies for action in propose_change(work, key, remedy)]}


@bp.route("/<order_id>/changes")
class Changes(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, ChangeSetsSchema)
    def get(self, order_id: str) -> dict[str, Any]:
        """List the changes of an order, newest first."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            return {"data": change_sets_of(work, key)}

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(NewChangeSchema)
    @bp.response(HTTPStatus.CREATED, ChangeSetSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="Another change is open, or credit says no")
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Open a change of an order, or make it at once."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            command = OpenChange(
                order_id=key, actions=_actions(data["actions"]), reason=data["reason"], expected_version=data["version"]
            )
            change_id = open_change(work, command)
            if data["confirm"]:
                confirm_change(work, CloseChange(order_id=key, change_id=change_id))
            return _one(work, key, change_id), HTTPStatus.CREATED


def _one(work: Work, order_id: Any, change_id: Any) -> Any:
    return next(one for one in change_sets_of(work, order_id) if one.id == change_id)


@bp.route("/<order_id>/changes/<change_id>/decisions")
class Decisions(MethodView):
    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(ChangeDecisionSchema)
    @bp.response(HTTPStatus.CREATED, ChangeSetSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The change is closed already, or credit says no")
    def post(self, data: dict[str, Any], order_id: str, change_id: str) -> Any:
        """Confirm, decline or withdraw an open change."""
        key, change_key = path_id("ord", order_id), path_id("chg", change_id)
        command = CloseChange(order_id=key, change_id=change_key, note=data["note"], expected_version=data["version"])
        close = {"confirm": confirm_change, "decline": decline_change, "withdraw": withdraw_change}[data["decision"]]
        with current_work() as work:
            close(work, command)
            return _one(work, key, change_key), HTTPStatus.CREATED


@bp.route("/<order_id>/short-closes")
class ShortCloses(MethodView):
    @requires(Permission.CANCEL_ORDERS)
    @idempotent
    @bp.arguments(ShortCloseSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Cancel what nobody has promised, so that the rest can end."""
        command = ShortClose(
            order_id=path_id("ord", order_id), lines=tuple(data["lines"]), note=data["note"],
            expected_version=data["version"],
        )  # fmt: skip
        with current_work() as work:
            short_close(work, command)
            return detail_json(work, read_order(work, command.order_id)), HTTPStatus.CREATED


@bp.route("/<order_id>/versions")
class Versions(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, VersionsSchema)
    def get(self, order_id: str) -> dict[str, Any]:
        """List the versions of an order, oldest first."""
        with current_work() as work:
            return {"data": versions_of(work, path_id("ord", order_id))}


@bp.route("/<order_id>/differences")
class Differences(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.arguments(DifferenceQuery, location="query")
    @bp.response(HTTPStatus.OK, DifferencesSchema)
    def get(self, query: dict[str, Any], order_id: str) -> dict[str, Any]:
        """Compare two versions of an order."""
        with current_work() as work:
            key = path_id("ord", order_id)
            kept = [version.number for version in versions_of(work, key)]
            if len(kept) < 2 and None in (query["before"], query["after"]):
                return {"data": []}
            before = kept[-2] if query["before"] is None else query["before"]
            after = kept[-1] if query["after"] is None else query["after"]
            return {"data": version_difference(work, key, before, after)}
