"""Payments, what they settle, and what of them is paid back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate, validates_schema
from marshmallow.exceptions import ValidationError

from oms.customers.queries import customer_id_of
from oms.receivables.apply_payment import ApplyPayment, apply_oldest_first, apply_payment, unapply_payment
from oms.receivables.queries import read_item
from oms.receivables.receive_payment import METHODS, ReceivePayment, receive_payment
from oms.receivables.refund_payment import RefundPayment, refund_payment
from tenants.access.permissions import Permission
from web.api.receivables import AmountReasonSchema, ItemDetailSchema, ItemQuery, ItemsSchema, item_detail, list_kind
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_payments", __name__, url_prefix=PREFIX, description="Payments")


class NewPaymentSchema(Schema):
    """customer (its number) or order_id. The reference names one payment of its method for ever."""

    customer = fields.String(load_default=None, allow_none=True)
    order_id = Id("ord", load_default=None, allow_none=True)
    amount = Money(required=True, above=0)
    currency = fields.String(load_default=None, allow_none=True, validate=validate.Regexp("^[A-Z]{3}$"))
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    reference = fields.String(load_default="", validate=validate.Length(max=200))
    banked_on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    apply = fields.Boolean(load_default=False)

    @validates_schema
    def names_one(self, data: dict[str, Any], **_: Any) -> None:
        if (data["customer"] is None) is (data["order_id"] is None):
            raise ValidationError("name a customer or an order", "customer")


class ApplicationSchema(Schema):
    """invoice_id and amount, or neither: the oldest due first."""

    invoice_id = Id("rec", load_default=None, allow_none=True)
    amount = Money(load_default=None, allow_none=True, above=0)

    @validates_schema
    def both_or_none(self, data: dict[str, Any], **_: Any) -> None:
        if (data["invoice_id"] is None) is not (data["amount"] is None):
            raise ValidationError("invoice and amount go together", "amount")


class UnapplicationSchema(Schema):
    invoice_id = Id("rec", required=True)
    amount = Money(required=True, above=0)


@bp.route("/payments")
class Payments(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.arguments(ItemQuery, location="query")
    @bp.response(HTTPStatus.OK, ItemsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List payments, newest first."""
        return list_kind(query, "payment")

    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(NewPaymentSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Book a payment on account or for an order. The same method and reference again answer with the first."""
        number = data.pop("customer")
        with current_work() as work:
            customer = customer_id_of(work, number) if number is not None else None
            received = receive_payment(work, ReceivePayment(customer_id=customer, **data))
            return item_detail(work, received.payment_id, "payment"), HTTPStatus.CREATED


@bp.route("/payments/<payment_id>")
class PaymentById(MethodView):
    @requires(Permission.VIEW_CREDIT)
    @bp.response(HTTPStatus.OK, ItemDetailSchema)
    def get(self, payment_id: str) -> Any:
        """Read a payment and what it settles."""
        with current_work() as work:
            return item_detail(work, path_id("rec", payment_id), "payment")


@bp.route("/payments/<payment_id>/applications")
class Applications(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(ApplicationSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any], payment_id: str) -> Any:
        """Apply a payment to an invoice, or to the oldest due first."""
        key = path_id("rec", payment_id)
        with current_work() as work:
            read_item(work, key, "payment")
            if data["invoice_id"] is None:
                apply_oldest_first(work, key)
            else:
                apply_payment(work, ApplyPayment(payment_id=key, **data))
            return item_detail(work, key, "payment"), HTTPStatus.CREATED


@bp.route("/payments/<payment_id>/unapplications")
class Unapplications(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(UnapplicationSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any], payment_id: str) -> Any:
        """Take a payment off an invoice again."""
        key = path_id("rec", payment_id)
        with current_work() as work:
            unapply_payment(work, ApplyPayment(payment_id=key, **data))
            return item_detail(work, key, "payment"), HTTPStatus.CREATED


@bp.route("/payments/<payment_id>/refunds")
class Refunds(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(AmountReasonSchema)
    @bp.response(HTTPStatus.CREATED, ItemDetailSchema)
    def post(self, data: dict[str, Any], payment_id: str) -> Any:
        """Pay back what of a payment settles no invoice."""
        key = path_id("rec", payment_id)
        with current_work() as work:
            read_item(work, key, "payment")
            refund_payment(work, RefundPayment(item_id=key, **data))
            return item_detail(work, key, "payment"), HTTPStatus.CREATED
