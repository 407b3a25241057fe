"""Locations: list, read, change own fields."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from kernel.db import Work
from oms.inventory.errors import LocationNotFound
from oms.inventory.queries import list_locations
from oms.upkeep.change_row_fields import ChangeRowFields, change_row_fields
from tenants.access.permissions import Permission
from web.api.own_fields import outside
from web.api.spec import PREFIX, ApiBlueprint
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_locations", __name__, url_prefix=f"{PREFIX}/locations", description="Locations")


class LocationSchema(Schema):
    """`kind` is warehouse, store or supplier; a lower `priority` is preferred."""

    key = fields.String()
    names = fields.Dict()
    kind = fields.String()
    country = fields.String()
    region = fields.String()
    city = fields.String()
    priority = fields.Integer()
    tags = fields.List(fields.String())
    active = fields.Boolean()
    custom = fields.Dict()


class LocationsSchema(Schema):
    data = fields.List(fields.Nested(LocationSchema))


class LocationFieldsSchema(Schema):
    """Own fields that are left out stay as they are; null empties one."""

    custom = fields.Dict(keys=fields.String(), required=True)


def _one(work: Work, key: str) -> Any:
    found = next((row for row in list_locations(work) if row.key == key), None)
    if found is None:
        raise LocationNotFound()
    return found


def _outside(work: Work, row: Any) -> Any:
    return row._replace(custom=outside(work, "location", row.custom))


@bp.route("/")
class Locations(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.response(HTTPStatus.OK, LocationsSchema)
    def get(self) -> dict[str, Any]:
        """List locations, preferred first."""
        with current_work() as work:
            return {"data": [_outside(work, row) for row in list_locations(work)]}


@bp.route("/<key>")
class LocationByKey(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.response(HTTPStatus.OK, LocationSchema)
    def get(self, key: str) -> Any:
        """Read a location."""
        with current_work() as work:
            return _outside(work, _one(work, key))

    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(LocationFieldsSchema)
    @bp.response(HTTPStatus.OK, LocationSchema)
    def put(self, data: dict[str, Any], key: str) -> Any:
        """Change values of own fields of a location."""
        with current_work() as work:
            location = _one(work, key)
            change_row_fields(work, ChangeRowFields(entity="location", row_id=location.id, custom=data["custom"]))
            return _outside(work, _one(work, key)), HTTPStatus.OK
