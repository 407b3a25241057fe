"""The API's own documentation: the OpenAPI file and a page made from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.api.spec import PREFIX, document
from web.http.access import public

bp = Blueprint("api_docs", __name__)


@dataclass(frozen=True, slots=True)
class FieldDoc:
    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class OperationDoc:
    """fields  of the query or the body; note: what the schema says of itself"""

    method: str
    path: str
    summary: str
    fields: tuple[FieldDoc, ...]
    note: str


@dataclass(frozen=True, slots=True)
class GroupDoc:
    name: str
    operations: tuple[OperationDoc, ...]


@dataclass(frozen=True, slots=True)
class ReferencePage:
    openapi_url: str
    prefix: str
    groups: tuple[GroupDoc, ...]


@bp.get(f"{PREFIX}/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return jsonify(_spec())


@bp.get("/developers")
@public
def page() -> ResponseReturnValue:
    reference = ReferencePage(
        openapi_url=url_for("api_docs.openapi"), prefix=request.host_url.rstrip("/") + PREFIX, groups=_groups()
    )
    return render_template("developers/page.html", page=reference)


@cache
def _spec() -> dict[str, Any]:
    """The same for every tenant and process: made once."""
    return document(current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict())


@cache
def _groups() -> tuple[GroupDoc, ...]:
    spec = _spec()
    named = {tag["name"]: tag.get("description", tag["name"]) for tag in spec.get("tags", ())}
    grouped: dict[str, list[OperationDoc]] = {name: [] for name in named}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post", "put", "delete", "patch"}:
                for tag in operation.get("tags", ())[:1]:
                    grouped[tag].append(_operation(spec, path, method, operation))
    return tuple(GroupDoc(named[name], tuple(found)) for name, found in grouped.items() if found)


def _operation(spec: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> OperationDoc:
    fields = [
        FieldDoc(one["name"], _type(one.get("schema", {})), one.get("required", False))
        for one in operation.get("parameters", ())
        if isinstance(one, dict) and one.get("in") == "query"
    ]
    note = ""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        schema = _resolve(spec, body)
        required = set(schema.get("required", ()))
        fields += [
            FieldDoc(name, _type(one), name in required) for name, one in sorted(schema.get("properties", {}).items())
        ]
    return OperationDoc(method.upper(), path, operation.get("summary", ""), tuple(fields), note)


def _resolve(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = spec["components"]["schemas"][name] if name else schema
    return found


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    kind = schema.get("type", "any")
    return (
        " or ".join(kind) if isinstance(kind, list) else f"{kind} ({schema['format']})" if "format" in schema else kind
    )
