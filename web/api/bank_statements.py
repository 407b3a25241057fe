"""Bank statements: what each line pays, and booking it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.bank_statements.book_line import BookLine, book_line
from oms.bank_statements.match_statement import match_statement
from oms.bank_statements.read_lines import MOST_LINES, BankLine
from tenants.access.permissions import Permission
from web.api.receivables import ItemDetailSchema, item_detail
from web.api.spec import PREFIX, ApiBlueprint, Money
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_bank_statements", __name__, url_prefix=PREFIX, description="Bank statements")


class BankLineSchema(Schema):
    """amount > 0 came in. The bank's `reference` names the payment for ever."""

    day = fields.Date(required=True)
    amount = Money(required=True)
    currency = fields.String(load_default="", validate=validate.Regexp("^([A-Z]{3})?$"))
    reference = fields.String(load_default="", validate=validate.Length(max=200))
    text = fields.String(load_default="", validate=validate.Length(max=500))
    payer = fields.String(load_default="", validate=validate.Length(max=200))


class BankLinesSchema(Schema):
    lines = fields.List(
        fields.Nested(BankLineSchema), required=True, validate=validate.Length(min=1, max=MOST_LINES)
    )  # fmt: skip


class BankMatchSchema(Schema):
    """verdict: booked (before, as `booked`), outgoing, exact (what is named comes to the amount), number (named, but
    comes to another), amount (the only open invoice of this amount), payer (only who paid is known), unknown. `open`:
    what is open of the invoices."""

    verdict = fields.String()
    customer = fields.String(attribute="customer_number")
    customer_name = fields.String()
    invoices = fields.List(fields.String())
    open = Money()
    booked = fields.String()


class BankMatchesSchema(Schema):
    """In the order of the lines."""

    data = fields.List(fields.Nested(BankMatchSchema))


class BookLineSchema(Schema):
    """`invoices`: their numbers, the oldest due is settled first; none: whatever is open of the customer. What is more
    stays open on account."""

    customer = fields.String(required=True, validate=validate.Length(min=1, max=200))
    amount = Money(required=True, above=0)
    currency = fields.String(load_default="", validate=validate.Regexp("^([A-Z]{3})?$"))
    reference = fields.String(required=True, validate=validate.Length(min=1, max=200))
    banked_on = fields.Date(required=True)
    invoices = fields.List(fields.String(), load_default=list, validate=validate.Length(max=200))
    note = fields.String(load_default="", validate=validate.Length(max=500))


@bp.route("/bank-statement-matches")
class BankMatches(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(BankLinesSchema)
    @bp.response(HTTPStatus.OK, BankMatchesSchema)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Say what each line of a bank statement pays; nothing is booked."""
        lines = [BankLine(row=at, **line) for at, line in enumerate(data["lines"], start=1)]
        with current_work() as work:
            return {"data": match_statement(work, lines)}


@bp.route("/bank-statement-lines")
class BankLines(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(BookLineSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Book a line of a bank statement as a payment that settles the invoices it names."""
        command = BookLine(**{**data, "invoices": tuple(data["invoices"])})
        with current_work() as work:
            booked = book_line(work, command)
            return item_detail(work, booked.payment_id, "payment"), HTTPStatus.CREATED
