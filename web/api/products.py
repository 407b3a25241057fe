"""Products with their SKUs: list, read, save by the tenant's own code."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, post_load, validate

from kernel.db import Work
from oms.catalog.queries import list_products, read_product
from oms.catalog.save_product import SaveProduct, SkuData, save_product
from tenants.access.permissions import Permission
from web.api.own_fields import OwnFieldsQuery, outside, own_filter
from web.api.spec import PREFIX, ApiBlueprint, Quantity, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_products", __name__, url_prefix=f"{PREFIX}/products", description="Products and SKUs")

_CODE = validate.Length(min=1, max=200)


class SkuSchema(Schema):
    """`units`: packaging unit -> base units in one. `barcodes`: barcode -> unit it names, null for the base unit."""

    code = fields.String(required=True, validate=_CODE)
    name = fields.String(required=True, validate=validate.Length(min=1, max=500))
    options = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    base_unit = fields.String(load_default="piece", validate=validate.Length(min=1, max=50))
    order_minimum = Quantity(load_default=Decimal(0), minimum=0)
    order_multiple = Quantity(load_default=Decimal(1), above=0)
    weight_grams = Quantity(load_default=Decimal(0), minimum=0)
    active = fields.Boolean(load_default=True)
    units = fields.Dict(keys=fields.String(), values=Quantity(above=0), load_default=dict)
    barcodes = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), load_default=dict)

    @post_load
    def to_sku(self, data: dict[str, Any], **_: Any) -> SkuData:
        return SkuData(**data)


class SaveProductSchema(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=500))
    brand = fields.String(load_default="")
    category = fields.String(load_default="")
    tax_class = fields.String(load_default="standard")
    active = fields.Boolean(load_default=True)
    custom = fields.Dict(load_default=dict)
    skus = fields.List(fields.Nested(SkuSchema), required=True, validate=validate.Length(min=1, max=500))


class ProductSchema(Schema):
    code = fields.String()
    name = fields.String()
    brand = fields.String()
    category = fields.String()
    tax_class = fields.String()
    active = fields.Boolean()
    custom = fields.Dict()
    skus = fields.List(fields.Nested(SkuSchema))


class ProductQuery(OwnFieldsQuery):
    search = fields.String(load_default="")
    category = fields.String(load_default=None)


class ProductsSchema(Schema):
    data = fields.List(fields.Nested(ProductSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _outside(work: Work, row: Any) -> Any:
    return row._replace(custom=outside(work, "product", row.custom))


@bp.route("/")
class Products(MethodView):
    @requires(Permission.VIEW_PRODUCTS)
    @bp.arguments(ProductQuery, location="query")
    @bp.response(HTTPStatus.OK, ProductsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List products by code."""
        cursor, limit = decode_cursor(query.pop("cursor"), str), query.pop("limit")
        with current_work() as work:
            own = own_filter(work, "product", query)
            rows = list_products(work, **query, fields=own, limit=limit + 1, after=cursor[0] if cursor else None)
            rows = [_outside(work, row) for row in rows]
        more = len(rows) > limit
        following = encode_cursor([rows[limit - 1].code]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}


@bp.route("/<code>")
class ProductByCode(MethodView):
    @requires(Permission.VIEW_PRODUCTS)
    @bp.response(HTTPStatus.OK, ProductSchema)
    def get(self, code: str) -> Any:
        """Read a product."""
        with current_work() as work:
            return _outside(work, read_product(work, code))

    @requires(Permission.EDIT_PRODUCTS)
    @idempotent
    @bp.arguments(SaveProductSchema)
    @bp.response(HTTPStatus.OK, ProductSchema)
    def put(self, data: dict[str, Any], code: str) -> Any:
        """Create or change a product. SKUs that are not named stay as they are."""
        with current_work() as work:
            save_product(work, SaveProduct(code=code, **{**data, "skus": tuple(data["skus"])}))
            return _outside(work, read_product(work, code)), HTTPStatus.OK
