"""Credit: accounts with what is at risk, temporary limits, policies and limits of customer groups."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from oms.credit.errors import AccountNotFound
from oms.credit.lock_account import read_accounts
from oms.credit.policy import BUCKETS, CHECK_POINTS, STANDARD, Policy
from oms.credit.position import CreditPosition
from oms.credit.queries import list_accounts, list_raises, read_policy
from oms.credit.raise_limit import RaiseLimit, end_raise, raise_limit
from oms.credit.save_account import SaveAccount, save_account
from oms.credit.save_policy import SavePolicy, save_policy, set_group_limit
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_credit", __name__, url_prefix=f"{PREFIX}/credit", description="Credit accounts and policies")
_WORDS = ["ignore", "warn", "hold", "block"]
_LIMITED = [name for name in BUCKETS if name != "unapplied_payments"]


class PolicySchema(Schema):
    """counts: buckets that count; limits: of single buckets; at_*: what a stop does there; crossing: `allow` lets the
    order that crosses the limit pass and stops the next."""

    counts = fields.List(fields.String(validate=validate.OneOf(BUCKETS)), load_default=lambda: list(BUCKETS))
    limits = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_LIMITED)), values=Money(minimum=0), load_default=dict
    )
    overdue_days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0, max=3650))
    overdue_amount = Money(minimum=0, load_default=Decimal(0))
    at_confirm = fields.String(load_default="order_type", validate=validate.OneOf(["order_type", *_WORDS]))
    at_release = fields.String(load_default="ignore", validate=validate.OneOf(_WORDS))
    at_ship = fields.String(load_default="ignore", validate=validate.OneOf(_WORDS))
    at_invoice = fields.String(load_default="ignore", validate=validate.OneOf(_WORDS))
    crossing = fields.String(load_default="stop", validate=validate.OneOf(["stop", "allow"]))
    warn_percent = fields.Integer(load_default=80, validate=validate.Range(min=1, max=100))
    default_limit = Money(minimum=0, load_default=None, allow_none=True)


class AccountSchema(Schema):
    """limit: the one that holds today, null where none does; available: the least that this account and those above it
    have left; status: ok, near, over or blocked."""

    id = Id("acc")
    number = fields.String()
    name = fields.String()
    currency = fields.String()
    parent = fields.String(allow_none=True)
    own_limit = Money(allow_none=True)
    limit = Money(allow_none=True)
    exposure = Money()
    available = Money(allow_none=True)
    blocked = fields.Boolean()
    overdue_stop = fields.Boolean()
    status = fields.String()
    open_orders = Money()
    unbilled_shipments = Money()
    open_invoices = Money()
    overdue = Money()
    unapplied_payments = Money()


class AccountsSchema(Schema):
    data = fields.List(fields.Nested(AccountSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class SaveAccountSchema(Schema):
    """credit_limit null: that of the customers' group, or else the company's default."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=300))
    currency = fields.String(required=True, validate=validate.Regexp("^[A-Z]{3}$"))
    credit_limit = Money(required=True, allow_none=True, minimum=0)
    parent = fields.String(load_default=None, allow_none=True)
    blocked = fields.Boolean(load_default=False)


class NewRaiseSchema(Schema):
    credit_limit = Money(required=True, minimum=0)
    from_on = fields.Date(load_default=None, allow_none=True)
    until_on = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class RaiseSchema(Schema):
    id = Id("crr")
    credit_limit = Money()
    from_on = fields.Date()
    until_on = fields.Date()
    reason = fields.String()
    created_by = fields.String()
    in_force = fields.Boolean()
    open = fields.Boolean()


class RaisesSchema(Schema):
    data = fields.List(fields.Nested(RaiseSchema))


class GroupLimitSchema(Schema):
    credit_limit = Money(required=True, allow_none=True, minimum=0)


class NothingSchema(Schema):
    """An empty object."""


def account_json(work: Work, position: CreditPosition) -> dict[str, Any]:
    """What AccountSchema dumps."""
    limit, day = position.limit_on(work.today), work.today
    buckets = {name: getattr(position, name) for name in BUCKETS}
    return {
        "id": position.id, "number": position.number, "name": position.name, "currency": position.currency,
        "parent": position.above[0].number if position.above else None, "own_limit": position.credit_limit,
        "limit": limit, "exposure": position.exposure, "available": position.available_on(day),
        "blocked": position.blocked, "overdue_stop": position.overdue_stop, "status": standing(position, limit),
        **buckets,
    }  # fmt: skip


def standing(position: CreditPosition, limit: Decimal | None) -> str:
    """ok, near (from the policy's share on), over, or blocked"""
    if position.blocked or position.overdue_stop:
        return "blocked"
    if limit is None or position.exposure <= limit * position.policy.warn_share:
        return "ok"
    return "over" if position.exposure > limit else "near"


def _found(work: Work, number: str) -> CreditPosition:
    rows = list_accounts(work, number=number, limit=1)
    if not rows:
        raise AccountNotFound()
    return read_accounts(work, [rows[0].id])[rows[0].id]


def _policy_json(policy: Policy) -> dict[str, Any]:
    return {
        "counts": sorted(policy.counts), "limits": policy.limits, "overdue_days": policy.overdue_days,
        "overdue_amount": policy.overdue_amount, "crossing": policy.crossing,
        "warn_percent": int(policy.warn_share * 100), "default_limit": policy.default_limit,
        **{f"at_{point}": policy.at.get(point, "ignore") for point in CHECK_POINTS},
    }  # fmt: skip


def _policy(data: dict[str, Any]) -> Policy:
    return Policy(
        counts=frozenset(data["counts"]), limits=data["limits"], overdue_days=data["overdue_days"],
        overdue_amount=data["overdue_amount"], at={point: data[f"at_{point}"] for point in CHECK_POINTS},
        crossing=data["crossing"], warn_share=Decimal(data["warn_percent"]) / 100, default_limit=data["default_limit"],
    )  # fmt: skip


@bp.route("/accounts")
class Accounts(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(Page, location="query")
    @bp.response(HTTPStatus.OK, AccountsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List credit accounts by number, each with what is at risk now."""
        cursor, limit = decode_cursor(query["cursor"], str), query["limit"]
        with current_work() as work:
            rows = list_accounts(work, limit=limit + 1, after=cursor[0] if cursor else None)
            positions = read_accounts(work, [row.id for row in rows[:limit]])
            data = [account_json(work, positions[row.id]) for row in rows[:limit]]
        more = len(rows) > limit
        return {
            "data": data, "has_more": more,
            "next_cursor": encode_cursor([rows[limit - 1].number]) if more else None,
        }  # fmt: skip


@bp.route("/accounts/<account_number>")
class AccountByNumber(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, AccountSchema)
    def get(self, account_number: str) -> Any:
        """Read a credit account as it stands."""
        with current_work() as work:
            return account_json(work, _found(work, account_number))

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(SaveAccountSchema)
    @bp.response(HTTPStatus.OK, AccountSchema)
    def put(self, data: dict[str, Any], account_number: str) -> Any:
        """Create or change a credit account."""
        with current_work() as work:
            account_id = save_account(work, SaveAccount(number=account_number, **data))
            return account_json(work, read_accounts(work, [account_id])[account_id]), HTTPStatus.OK


@bp.route("/accounts/<account_number>/raises")
class Raises(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, RaisesSchema)
    def get(self, account_number: str) -> Any:
        """List temporary limits, newest first."""
        with current_work() as work:
            return {"data": list_raises(work, _found(work, account_number).id)}

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(NewRaiseSchema)
    @bp.response(HTTPStatus.CREATED, RaiseSchema)
    def post(self, data: dict[str, Any], account_number: str) -> Any:
        """Give the account another limit until a day, inclusive."""
        with current_work() as work:
            account = _found(work, account_number)
            command = RaiseLimit(account_id=account.id, **{**data, "from_on": data["from_on"] or work.today})
            raise_id = raise_limit(work, command)
            return next(row for row in list_raises(work, account.id) if row.id == raise_id), HTTPStatus.CREATED


@bp.route("/accounts/<account_number>/raises/<raise_id>/ends")
class RaiseEnds(MethodView):
    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(NothingSchema)
    @bp.response(HTTPStatus.CREATED, AccountSchema)
    def post(self, _data: dict[str, Any], account_number: str, raise_id: str) -> Any:
        """End a temporary limit now."""
        with current_work() as work:
            account = _found(work, account_number)
            end_raise(work, account.id, path_id("crr", raise_id))
            return account_json(work, _found(work, account_number)), HTTPStatus.CREATED


@bp.route("/policy")
class TenantPolicy(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, PolicySchema)
    def get(self) -> Any:
        """Read the company's credit policy."""
        with current_work() as work:
            return _policy_json(read_policy(work, None) or STANDARD)

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(PolicySchema)
    @bp.response(HTTPStatus.OK, PolicySchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Save the company's credit policy: it holds for every account without one of its own."""
        with current_work() as work:
            save_policy(work, SavePolicy(policy=_policy(data)))
            return _policy_json(read_policy(work, None) or STANDARD), HTTPStatus.OK


@bp.route("/accounts/<account_number>/policy")
class AccountPolicy(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, PolicySchema)
    def get(self, account_number: str) -> Any:
        """Read the policy that holds for an account: its own, or the company's."""
        with current_work() as work:
            return _policy_json(_found(work, account_number).policy)

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(PolicySchema)
    @bp.response(HTTPStatus.OK, PolicySchema)
    def put(self, data: dict[str, Any], account_number: str) -> Any:
        """Give an account a policy of its own."""
        with current_work() as work:
            account = _found(work, account_number)
            save_policy(work, SavePolicy(account_id=account.id, policy=_policy(data)))
            return _policy_json(_found(work, account_number).policy), HTTPStatus.OK


@bp.route("/groups/<group_key>/limit")
class GroupLimit(MethodView):
    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(GroupLimitSchema)
    @bp.response(HTTPStatus.OK, GroupLimitSchema)
    def put(self, data: dict[str, Any], group_key: str) -> Any:
        """Set the limit of a customer group's accounts that have none of their own; null takes it away."""
        with current_work() as work:
            set_group_limit(work, group_key, data["credit_limit"])
        return data, HTTPStatus.OK
