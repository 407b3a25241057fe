"""The API's own documentation: the OpenAPI file and a page made from it."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from web.api.spec import PREFIX, document
from web.http.access import public

bp = Blueprint("api_docs", __name__)


@bp.get(f"{PREFIX}/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return jsonify(_spec())


@bp.get("/developers")
@public
def page() -> ResponseReturnValue:
    return render_template("developers/page.html", spec=_spec(), prefix=PREFIX)


@cache
def _spec() -> dict[str, Any]:
    return document(current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict())
