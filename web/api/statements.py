"""Statements of customers, and what is open by age."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.customers.queries import customer_id_of
from oms.receivables.debtor import find_debtor
from oms.receivables.queries import read_aging
from oms.receivables.read_statement import statement_of
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Money
from web.http.access import requires
from web.http.work import current_work

bp = ApiBlueprint("api_statements", __name__, url_prefix=PREFIX, description="Statements and aging")


class StatementQuery(Schema):
    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)
    currency = fields.String(load_default=None, validate=validate.Regexp("^[A-Z]{3}$"))


class MoveSchema(Schema):
    kind = fields.String()
    number = fields.String()
    posted_on = fields.Date()
    due_on = fields.Date(allow_none=True)
    order_number = fields.String()
    amount = Money()
    balance = Money()


class StatementSchema(Schema):
    currency = fields.String()
    first = fields.Date()
    last = fields.Date()
    opening = Money()
    closing = Money()
    moves = fields.List(fields.Nested(MoveSchema))
    ages = fields.Dict(keys=fields.String(), values=Money())


class AgingRowSchema(Schema):
    customer = fields.String(attribute="number")
    name = fields.String()
    currency = fields.String()
    not_due = Money()
    days_30 = Money()
    days_60 = Money()
    days_90 = Money()
    older = Money()
    unapplied = Money()
    balance = Money()


class AgingSchema(Schema):
    data = fields.List(fields.Nested(AgingRowSchema))


class AgingQuery(Schema):
    on = fields.Date(load_default=None)
    customer = fields.String(load_default=None)


@bp.route("/statements/<number>")
class StatementByCustomer(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(StatementQuery, location="query")
    @bp.response(HTTPStatus.OK, StatementSchema)
    def get(self, query: dict[str, Any], number: str) -> Any:
        """A customer's statement of some days; by default of the last 90."""
        with current_work() as work:
            debtor = find_debtor(work, customer_id_of(work, number), query["currency"])
            last: date = query["last"] or work.today
            first: date = query["first"] or last - timedelta(days=min(90, last.toordinal() - 1))
            return statement_of(work, debtor.customer_id, first=first, last=last, currency=debtor.currency)


@bp.route("/aging")
class Aging(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(AgingQuery, location="query")
    @bp.response(HTTPStatus.OK, AgingSchema)
    def get(self, query: dict[str, Any]) -> Any:
        """What is open by customer, by how long it is overdue on a day."""
        with current_work() as work:
            customer = customer_id_of(work, query["customer"]) if query["customer"] else None
            return {"data": read_aging(work, on=query["on"], customer_id=customer)}
