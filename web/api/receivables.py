"""Invoices, what is credited of them and what is given up."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from kernel.ids import to_text
from oms.customers.queries import customer_id_of
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.queries import ItemFilter, list_items, read_item
from oms.receivables.refund_payment import WriteOff, write_off
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_receivables", __name__, url_prefix=PREFIX, description="Invoices")


class ItemSchema(Schema):
    """amount and open_amount are below 0 for payments and credit notes."""

    id = Id("rec")
    kind = fields.String()
    number = fields.String()
    currency = fields.String()
    net = Money()
    tax = Money()
    amount = Money()
    open_amount = Money()
    refunded = Money()
    posted_on = fields.Date()
    due_on = fields.Date(allow_none=True)
    voided = fields.Boolean()
    method = fields.String()
    reference = fields.String()
    banked_on = fields.Date(allow_none=True)
    note = fields.String()
    customer_number = fields.String()
    order_id = Id("ord", allow_none=True)
    order_number = fields.String(allow_none=True)
    invoice_number = fields.String(allow_none=True)


class ItemLineSchema(Schema):
    id = Id("rln")
    line_no = fields.Integer()
    kind = fields.String()
    order_line_id = Id("lin", allow_none=True)
    sku = fields.String()
    name = fields.String()
    quantity = Quantity()
    unit_price = Money()
    tax_rate = Quantity()
    net = Money()
    tax = Money()
    gross = Money()
    credited_quantity = Quantity()


class AppliedSchema(Schema):
    id = Id("rec")
    kind = fields.String()
    number = fields.String()
    amount = Money()


class ItemDetailSchema(ItemSchema):
    lines = fields.List(fields.Nested(ItemLineSchema))
    applied = fields.List(fields.Nested(AppliedSchema))


class ItemsSchema(Schema):
    data = fields.List(fields.Nested(ItemSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class ItemQuery(Page):
    customer = fields.String(load_default=None)
    open_only = fields.Boolean(load_default=False)
    overdue = fields.Boolean(load_default=False)


class OrderQuantitySchema(Schema):
    line_id = Id("lin", required=True)
    quantity = Quantity(required=True, above=0)


class NewInvoiceSchema(Schema):
    """lines null: all that is left of the order."""

    order_id = Id("ord", required=True)
    lines = fields.List(fields.Nested(OrderQuantitySchema), load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class InvoiceMadeSchema(Schema):
    """invoice null and held: the credit check put the order on hold instead."""

    invoice = fields.Nested(ItemDetailSchema, allow_none=True)
    held = fields.String(allow_none=True)


class CreditQuantitySchema(Schema):
    line_id = Id("rln", required=True)
    quantity = Quantity(required=True, above=0)


class NewCreditSchema(Schema):
    """lines or amount, or neither: all that is left. void takes the invoice back, to be invoiced again."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    lines = fields.List(fields.Nested(CreditQuantitySchema), load_default=None, allow_none=True)
    amount = Money(load_default=None, allow_none=True, above=0)
    void = fields.Boolean(load_default=False)


class AmountReasonSchema(Schema):
    amount = Money(required=True, above=0)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


def list_kind(query: dict[str, Any], kind: str) -> dict[str, Any]:
    """kind: invoice, credit_note or payment; the answer as ItemsSchema writes it."""
    limit, cursor = query["limit"], decode_cursor(query["cursor"], UUID)
    with current_work() as work:
        customer = customer_id_of(work, query["customer"]) if query["customer"] else None
        wanted = ItemFilter(kind=kind, customer_id=customer, open_only=query["open_only"], overdue=query["overdue"])
        rows = list_items(work, wanted, limit=limit + 1, before=cursor[0] if cursor else None)
    more = len(rows) > limit
    return {
        "data": rows[:limit], "has_more": more,
        "next_cursor": encode_cursor([str(rows[limit - 1].id)]) if more else None,
    }  # fmt: skip


def item_detail(work: Work, item_id: UUID, kind: str) -> dict[str, Any]:
    """As ItemDetailSchema writes it. Raises ReceivableNotFound."""
    found = read_item(work, item_id, kind)
    return {**found.item._asdict(), "lines": found.lines, "applied": found.applied}


@bp.route("/invoices")
class Invoices(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(ItemQuery, location="query")
    @bp.response(HTTPStatus.OK, ItemsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List invoices, newest first."""
        return list_kind(query, "invoice")

    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(NewInvoiceSchema)
    @bp.response(HTTPStatus.CREATED, InvoiceMadeSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Make an invoice of an order: all that is left of it, or units of its lines."""
        lines = data["lines"]
        command = InvoiceOrder(
            order_id=data["order_id"], due_on=data["due_on"], note=data["note"], expected_version=data["version"],
            quantities=None if lines is None else {line["line_id"]: line["quantity"] for line in lines},
        )  # fmt: skip
        with current_work() as work:
            made = invoice_order(work, command)
            if made.invoice_id is None:
                return {"invoice": None, "held": made.held}, HTTPStatus.CREATED
            location = url_for("api_receivables.InvoiceById", invoice_id=to_text("rec", made.invoice_id))
            body = {"invoice": item_detail(work, made.invoice_id, "invoice"), "held": None}
        return body, HTTPStatus.CREATED, {"Location": location}


@bp.route("/invoices/<invoice_id>")
class InvoiceById(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, ItemDetailSchema)
    def get(self, invoice_id: str) -> Any:
        """Read an invoice with its lines and what settles it."""
        with current_work() as work:
            return item_detail(work, path_id("rec", invoice_id), "invoice")


@bp.route("/invoices/<invoice_id>/credit-notes")
class InvoiceCredits(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(NewCreditSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any], invoice_id: str) -> Any:
        """Credit an invoice: units of its lines, an amount, or all of it."""
        lines = data["lines"]
        command = CreditInvoice(
            invoice_id=path_id("rec", invoice_id), reason=data["reason"], amount=data["amount"], void=data["void"],
            quantities=None if lines is None else {line["line_id"]: line["quantity"] for line in lines},
        )  # fmt: skip
        with current_work() as work:
            credited = credit_invoice(work, command)
            return item_detail(work, credited.credit_note_id, "credit_note"), HTTPStatus.CREATED


@bp.route("/invoices/<invoice_id>/write-offs")
class InvoiceWriteOffs(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(AmountReasonSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any], invoice_id: str) -> Any:
        """Give up what nobody will pay of an invoice."""
        key = path_id("rec", invoice_id)
        with current_work() as work:
            write_off(work, WriteOff(invoice_id=key, **data))
            return item_detail(work, key, "invoice"), HTTPStatus.CREATED


@bp.route("/credit-notes")
class CreditNotes(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(ItemQuery, location="query")
    @bp.response(HTTPStatus.OK, ItemsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List credit notes, newest first."""
        return list_kind(query, "credit_note")
