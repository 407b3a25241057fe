"""The configuration from outside: take it out, compare, put drafts in, publish, try. What `orderloom config` uses."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from flask import Request, Response
from flask.views import MethodView
from marshmallow import Schema, fields, missing, validate

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.errors import Problem
from kernel.i18n import N_, current_locale
from kernel.ids import to_text
from low_code.backtests.queries import list_backtests, list_differences, read_backtest
from low_code.backtests.start_backtest import PREFIX as BACKTEST
from low_code.backtests.start_backtest import StartBacktest, cancel_backtest, start_backtest
from low_code.documents.bundles import ImportBundle, canonical_bodies, export_bundle, import_bundle, would_be_after
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.mapping import mapped_documents, unknown_names
from low_code.documents.publish_drafts import PublishDrafts, needs_second_person, publish_drafts
from low_code.documents.queries import Release, history, list_drafts, read_release
from low_code.documents.validate_drafts import names_outside, validate_drafts
from low_code.plans.plan_release import PREFIX as PLAN
from low_code.plans.plan_release import PlanRelease, plan_release
from low_code.plans.queries import read_plan
from oms.trial.history import DEFAULT_ORDERS, MOST_ORDERS, PlacedOrders, Scope
from oms.trial.samples import read_order
from oms.trial.simulate import recorded_order, simulate, simulation_json, would_be
from tenants.access.permissions import Permission
from web.api.spec import (
    PREFIX,
    ApiBlueprint,
    Page,
    ProblemParser,
    RequestInvalid,
    decode_cursor,
    encode_cursor,
    path_id,
)
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

ORDER_OR_SAMPLE = N_("Name an order or send a sample.")


class ExactParser(ProblemParser):
    """Numbers of documents keep all their digits: a float would have lost some already."""

    def _raw_load_json(self, req: Request) -> Any:
        if super()._raw_load_json(req) is missing:
            return missing
        try:
            return exact_json.loads(req.get_data())
        except json.JSONDecodeError:
            raise
        except (ValueError, ArithmeticError) as error:  # NaN, Infinity, thousands of digits
            raise json.JSONDecodeError(str(error), "", 0) from None


class ConfigurationBlueprint(ApiBlueprint):
    ARGUMENTS_PARSER = ExactParser()


bp = ConfigurationBlueprint(
    "api_configuration", __name__, url_prefix=f"{PREFIX}/configuration", description="Configuration"
)


class ExportQuery(Schema):
    """`documents`: addresses (`order_type/b2b`), comma separated; they come with all that they need."""

    release = fields.Integer(load_default=None, validate=validate.Range(1, 2**31 - 1))
    documents = fields.String(load_default=None, validate=validate.Length(max=4000))


class BundleSchema(Schema):
    """`documents`: body by address. `mapping`: {"roles": {"theirs": "yours"}, "users": {…}}. `prune`: what is in force
    and not in `documents` goes."""

    documents = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    prune = fields.Boolean(load_default=False)
    mapping = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.String(allow_none=False)),
        load_default=dict,
    )


class DraftsIn(BundleSchema):
    """`replace`: drafts on the way give way; without it they keep the push from happening."""

    replace = fields.Boolean(load_default=False)


class ReleaseIn(Schema):
    """`base`: the release that you looked at (0: none). `documents`: publish only the drafts of these (else all).
    `publish_at`: publish then. Where a second person has to agree, or an hour is named, all drafts are planned."""

    base = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))
    notes = fields.String(load_default="", validate=validate.Length(max=2000))
    accept_warnings = fields.Boolean(load_default=False)
    documents = fields.List(fields.String(), load_default=None)
    publish_at = fields.AwareDateTime(load_default=None, format="iso")


class SimulationIn(Schema):
    """`order`: number of a placed order; `sample`: an order as the page “Try one order” shows it."""

    order = fields.String(load_default=None, validate=validate.Length(max=100))
    sample = fields.Raw(load_default=None)


class BacktestIn(Schema):
    limit = fields.Integer(load_default=DEFAULT_ORDERS, validate=validate.Range(1, MOST_ORDERS))
    placed_from = fields.Date(load_default=None)
    placed_to = fields.Date(load_default=None)
    order_type = fields.String(load_default=None, validate=validate.Length(max=63))


class DifferencesQuery(Page):
    what = fields.String(load_default=None, validate=validate.Length(max=40))


def exact(value: Any, status: int = HTTPStatus.OK) -> Response:
    """JSON whose numbers keep all their digits, as documents have them."""
    return Response(exact_json.dumps(value), status=status, mimetype="application/json")


@bp.route("/")
class Export(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.arguments(ExportQuery, location="query")
    @bp.response(HTTPStatus.OK)
    def get(self, query: dict[str, Any]) -> Response:
        """Take the configuration out: documents in force, or those of a release, by address."""
        only = [name.strip() for name in query["documents"].split(",")] if query["documents"] else None
        with current_work() as work:
            number = query["release"] or work.tenant.head_release
            return exact({"release": number, "documents": export_bundle(work, release=number, only=only)})


@bp.route("/comparisons")
class Comparisons(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.arguments(BundleSchema)
    @bp.response(HTTPStatus.OK)
    def post(self, data: dict[str, Any]) -> Response:
        """Compare documents with what is in force: each change as data and as a sentence. Changes nothing."""
        with current_work() as work:
            command = ImportBundle(**data)
            found = compare_configurations(configuration(work), would_be_after(work, command), current_locale())
            mapped = mapped_documents(canonical_bodies(data["documents"]), data["mapping"])
            unknown = unknown_names(mapped, names_outside(work))
            missing = sorted(set(configuration(work).documents) - set(data["documents"]))
            head = work.tenant.head_release
        return exact(
            {"release": head, "changes": [each.to_json() for each in found], "unknown": unknown, "not_sent": missing}
        )


@bp.route("/drafts")
class Drafts(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.response(HTTPStatus.OK)
    def get(self) -> Response:
        """List drafts with all that is wrong with the configuration as they would make it."""
        with current_work() as work:
            drafts, validation = list_drafts(work), validate_drafts(work)
        told = [
            {
                "document": draft.address, "etag": draft.etag, "removes": draft.body is None, "body": draft.body,
                "author": draft.author_name, "updated_at": draft.updated_at,
            }
            for draft in drafts
        ]  # fmt: skip
        return exact({"drafts": told, "validation": validation.to_json(current_locale())})

    @requires(Permission.EDIT_CONFIG)
    @idempotent
    @bp.arguments(DraftsIn)
    @bp.response(HTTPStatus.OK)
    def post(self, data: dict[str, Any]) -> Response:
        """Put documents in as drafts. What is in force like that already stays; twice changes nothing."""
        with current_work() as work:
            made = import_bundle(work, ImportBundle(**data))
            validation = validate_drafts(work)
        return exact(
            {
                "drafted": made.drafted, "removed": made.removed, "unchanged": made.unchanged,
                "validation": validation.to_json(current_locale()),
            }
        )  # fmt: skip


@bp.route("/releases")
class Releases(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.arguments(Page, location="query")
    @bp.response(HTTPStatus.OK)
    def get(self, query: dict[str, Any]) -> Response:
        """List releases, newest first."""
        cursor, limit = decode_cursor(query["cursor"], int), query["limit"]
        with current_work() as work:
            rows = history(work, before=cursor[0] if cursor else None, limit=limit + 1)
        more = len(rows) > limit
        following = encode_cursor([str(rows[limit - 1].number)]) if more else None
        return exact({"data": [_release(row) for row in rows[:limit]], "has_more": more, "next_cursor": following})

    @requires(Permission.PUBLISH_CONFIG)
    @idempotent
    @bp.arguments(ReleaseIn)
    @bp.response(HTTPStatus.CREATED)
    def post(self, data: dict[str, Any]) -> Response:
        """Publish all drafts. 201 with the release; 202 with the plan where it waits for an hour or a second person."""
        at, only = data.pop("publish_at"), data.pop("documents")
        with current_work() as work:
            if at is None and not needs_second_person(work):
                release = publish_drafts(work, PublishDrafts(**data, only=only))
                return exact(_release(release), HTTPStatus.CREATED)
            plan_id = plan_release(work, PlanRelease(**data, publish_at=at))
            plan = read_plan(work, plan_id)
        told = {"id": to_text(PLAN, plan_id), "state": plan.state, "base": plan.base, "publish_at": plan.publish_at}
        return exact({"plan": told}, HTTPStatus.ACCEPTED)


@bp.route("/releases/<int(max=2147483647):number>")
class ReleaseByNumber(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.response(HTTPStatus.OK)
    def get(self, number: int) -> Response:
        """Read a release with its manifest."""
        with current_work() as work:
            release = read_release(work, number)
        return exact({**_release(release), "manifest": release.manifest})


@bp.route("/plans/<plan_id>")
class PlanById(MethodView):
    @requires(Permission.VIEW_CONFIG)
    @bp.response(HTTPStatus.OK)
    def get(self, plan_id: str) -> Response:
        """Read what became of a planned release."""
        with current_work() as work:
            plan = read_plan(work, path_id(PLAN, plan_id))
        return exact(
            {
                "id": plan_id, "state": plan.state, "stands": plan.stands, "base": plan.base, "release": plan.release,
                "publish_at": plan.publish_at, "decided_by": plan.decided_by_name, "note": plan.decision_note,
                "failure": plan.failure,
            }
        )  # fmt: skip


@bp.route("/simulations")
class Simulations(MethodView):
    @requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
    @bp.arguments(SimulationIn)
    @bp.response(HTTPStatus.OK)
    def post(self, data: dict[str, Any]) -> Response:
        """Try one order on what is in force and on the drafts. Saves nothing."""
        with current_work() as work:
            like = recorded_order(work, data["order"]) if data["order"] else None
            order = like
            if data["sample"] is not None:
                order = read_order(work, data["sample"], would_be(work), like=like)
            if order is None:
                raise RequestInvalid(problems=[Problem("/order", "required", ORDER_OR_SAMPLE)])
            return exact(simulation_json(simulate(work, order)))


@bp.route("/backtests")
class Backtests(MethodView):
    @requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK)
    def get(self) -> Response:
        """List the latest backtests."""
        with current_work() as work:
            return exact({"data": [_backtest(work, row.id) for row in list_backtests(work)]})

    @requires(Permission.EDIT_CONFIG, Permission.VIEW_ORDERS)
    @idempotent
    @bp.arguments(BacktestIn)
    @bp.response(HTTPStatus.ACCEPTED)
    def post(self, data: dict[str, Any]) -> Response:
        """Try the drafts on the last orders, in the background: read the backtest until it is over."""
        with current_work() as work:
            scope = Scope(until=work.now, **data)
            scope.check()
            backtest_id = start_backtest(work, StartBacktest(scope=scope.to_json()), PlacedOrders())
            return exact(_backtest(work, backtest_id), HTTPStatus.ACCEPTED)


@bp.route("/backtests/<backtest_id>")
class BacktestById(MethodView):
    @requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK)
    def get(self, backtest_id: str) -> Response:
        """Read a backtest: progress, and the sums before and after."""
        with current_work() as work:
            return exact(_backtest(work, path_id(BACKTEST, backtest_id)))


@bp.route("/backtests/<backtest_id>/differences")
class Differences(MethodView):
    @requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
    @bp.arguments(DifferencesQuery, location="query")
    @bp.response(HTTPStatus.OK)
    def get(self, query: dict[str, Any], backtest_id: str) -> Response:
        """List the orders that are decided differently, with both outcomes."""
        cursor, limit, key = decode_cursor(query["cursor"], int), query["limit"], path_id(BACKTEST, backtest_id)
        with current_work() as work:
            read_backtest(work, key)
            rows = list_differences(work, key, what=query["what"], after=cursor[0] if cursor else 0, limit=limit + 1)
        more = len(rows) > limit
        following = encode_cursor([str(rows[limit - 1].position)]) if more else None
        told = [
            {
                "order_id": to_text("ord", row.subject_id), "number": row.label, "what": row.what, "before": row.before,
                "after": row.after,
            }
            for row in rows[:limit]
        ]  # fmt: skip
        return exact({"data": told, "has_more": more, "next_cursor": following})


@bp.route("/backtests/<backtest_id>/cancellations")
class BacktestCancellations(MethodView):
    @requires(Permission.EDIT_CONFIG)
    @idempotent
    @bp.response(HTTPStatus.ACCEPTED)
    def post(self, backtest_id: str) -> Response:
        """Stop a backtest before its next chunk."""
        key = path_id(BACKTEST, backtest_id)
        with current_work() as work:
            cancel_backtest(work, key)
            return exact(_backtest(work, key), HTTPStatus.ACCEPTED)


def _release(release: Release) -> dict[str, Any]:
    return {
        "number": release.number, "parent": release.parent, "restores": release.restores, "notes": release.notes,
        "author": release.author_name, "approved_by": release.checks.get("approved_by"),
        "created_at": release.created_at,
    }  # fmt: skip


def _backtest(work: Work, backtest_id: Any) -> dict[str, Any]:
    found = read_backtest(work, backtest_id)
    return {
        "id": to_text(BACKTEST, found.id), "state": found.state, "release": found.head, "changed": found.changed,
        "scope": found.scope, "total": found.total, "done": found.done, "differing": found.differing,
        "tallies": found.tallies, "failure": found.failure, "created_at": found.created_at,
        "finished_at": found.finished_at,
    }  # fmt: skip
