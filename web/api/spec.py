"""OpenAPI 3.1 from the marshmallow schemas, and what all blueprints share: parsing, cursors, ids, problems."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

import marshmallow
from flask import Flask, Request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import from_text, to_text

VERSION = "v1"
PREFIX = f"/api/{VERSION}"

FIELD_INVALID = N_("This is not right: {reason}")


class RequestInvalid(Invalid):
    """The body or query does not have the documented form; `problems` names each fault."""

    code = "request_invalid"
    message = N_("What was sent does not have the documented form.")


class ProblemParser(FlaskParser):
    """Faults of form become one problem document, each with its JSON pointer. Unknown fields are faults."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012  (declared so by webargs)
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
        "json": marshmallow.RAISE,
    }

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: int | None, error_headers: Any
    ) -> NoReturn:
        messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise RequestInvalid(problems=_problems(messages))

    def load_json(self, req: Request, schema: Schema) -> Any:
        try:
            return super().load_json(req, schema)
        except RecursionError:
            raise RequestInvalid(problems=[Problem("", "too_deep", FIELD_INVALID, {"reason": "nesting"})]) from None

    def _handle_invalid_json_error(self, error: Any, req: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise RequestInvalid(problems=[Problem("", "not_json", FIELD_INVALID, {"reason": "not JSON"})])


def _problems(messages: Mapping[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    for location, of_location in messages.items():
        base = "" if location in {"json", "query"} else f"/{location}"
        _collect(of_location, base, found)
    return found


def _collect(messages: Any, pointer: str, found: list[Problem]) -> None:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = "" if key == "_schema" else f"/{str(key).replace('~', '~0').replace('/', '~1')}"
            _collect(value, pointer + step, found)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            found.append(Problem(pointer, "invalid", FIELD_INVALID, {"reason": str(message)}))


Decorated = TypeVar("Decorated")
Decorator = Callable[[Decorated], Decorated]


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint whose arguments are read by the parser above, with the types that the library lacks."""

    ARGUMENTS_PARSER = ProblemParser()

    def route(self, rule: str, **options: Any) -> Decorator[Any]:
        return cast(Decorator[Any], super().route(rule, **options))

    def arguments(self, schema: type[Schema], *, location: str = "json") -> Decorator[Any]:
        # An instance, not the class: webargs would make one, with all its fields, for every request.
        return cast(Decorator[Any], super().arguments(schema(), location=location))

    def response(self, status: int, schema: type[Schema] | None = None) -> Decorator[Any]:
        return cast(Decorator[Any], super().response(status, schema))

    def alt_response(self, status: int, *, description: str) -> Decorator[Any]:
        return cast(Decorator[Any], super().alt_response(status, schema=None, description=description))


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable; `errors` names every fault at once."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    instance = fields.String()
    code = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    facts = fields.Dict()


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Errors are answered by `web.http.errors`, as everywhere; here they are only documented."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None of its own."""


def make_api(app: Flask) -> Api:
    app.config.update(
        API_TITLE="Orderloom",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,  # served by web.api.docs, with problems documented as what they are
    )
    api = ProblemApi(
        app,
        spec_kwargs={
            "info": {
                "description": "Orders in, status out, stock in step. Money is a decimal string, times are RFC 3339, "
                "ids are prefixed and sort by age. Enumerations may grow: treat an unknown value as a new one."
            },
            "security": [{"key": []}],
        },
    )
    for exact in (Money, Quantity, Degrees):
        api.register_field(exact, "string", "decimal")
    return api


def document(api_spec: dict[str, Any]) -> dict[str, Any]:
    """The spec as it is served: bearer keys declared, errors labelled application/problem+json."""
    api_spec.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for answer in api_spec["components"].get("responses", {}).values():
        _as_problem(answer)
    for path in api_spec["paths"].values():
        for operation in path.values():
            for status, answer in operation.get("responses", {}).items() if isinstance(operation, dict) else ():
                if isinstance(answer, dict) and (status == "default" or status.startswith(("4", "5"))):
                    _as_problem(answer)
    return api_spec


def _as_problem(answer: dict[str, Any]) -> None:
    content = answer.get("content")
    if content:
        answer["content"] = {"application/problem+json": next(iter(content.values()))}


class _Exact(fields.Decimal):
    """An exact decimal that travels as a string. minimum: the least value; above: the value must be more than it."""

    def __init__(self, *, minimum: int | None = None, above: int | None = None, **options: Any) -> None:
        super().__init__(as_string=True, allow_nan=False, **options)
        self.minimum, self.above = minimum, above

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        number = super()._deserialize(value, attr, data, **options)
        if self.minimum is not None and number < self.minimum:
            raise ValidationError(f"must be {self.minimum} or more")
        if self.above is not None and number <= self.above:
            raise ValidationError(f"must be more than {self.above}")
        return number


class Degrees(_Exact):
    """A coordinate with up to six decimals."""

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(minimum=-limit, places=6, **options)
        self.limit = limit

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        number = super()._deserialize(value, attr, data, **options)
        if number > self.limit:
            raise ValidationError(f"must be {self.limit} or less")
        return number


class Money(_Exact):
    """An exact amount or price; at least two decimals, and no zeros behind them."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        if value is None:
            return None
        whole, _, fraction = format(Decimal(value), "f").partition(".")
        return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


class Quantity(_Exact):
    """An exact number of units, without trailing zeros."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        return None if value is None else format(Decimal(value).normalize(), "f")


class Id(fields.String):
    """A prefixed id such as `ord_01j…`. Reading one of another kind is a fault; None stays None."""

    def __init__(self, prefix: str, **options: Any) -> None:
        super().__init__(**options)
        self.prefix = prefix

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        return None if value is None else to_text(self.prefix, value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        found = from_text(self.prefix, str(super()._deserialize(value, attr, data, **options)))
        if found is None:
            raise ValidationError(f"not an id of the form {self.prefix}_…")
        return found


def path_id(prefix: str, text: str) -> UUID:
    """The id in a path. One of another form names nothing, so it is not found."""
    found = from_text(prefix, text)
    # An id that no row has; the use case then says what it did not find.
    return found if found is not None else UUID(int=0)


class Page(Schema):
    """Query of every list."""

    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=100))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


def encode_cursor(values: list[Any]) -> str:
    """Where the next page starts, opaque to clients."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *parts: Callable[[str], Any]) -> list[Any] | None:
    """What the page before ended with; `parts` read its texts.

    raises RequestInvalid where it is not one of ours
    """
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [part(value) for part, value in zip(parts, values, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        problem = Problem("/cursor", "cursor_invalid", FIELD_INVALID, {"reason": "cursor"})
        raise RequestInvalid(problems=[problem]) from None
