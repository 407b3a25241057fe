"""Errors of the API as RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, current_app, request

from kernel.i18n import current_locale, translate
from web.http.request_ids import request_id

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong, said for a person, and for a program.

    code    stable
    title   short, in the reader's language; what: what happened; next_step: what to do about it
    errors  (JSON pointer, code, sentence) each
    facts   of a domain error; plain JSON values
    """

    status: int
    code: str
    title: str
    what: str
    next_step: str = ""
    errors: tuple[tuple[str, str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def is_api_request() -> bool:
    return request.path.startswith("/api/")


def problem_response(trouble: Trouble) -> Response:
    """`type` is a page below /problems/ that explains the code."""
    body: dict[str, Any] = {
        "type": f"/problems/{trouble.code}",
        "title": trouble.title,
        "status": trouble.status,
        "detail": trouble.what,
        "instance": request.path,
        "code": trouble.code,
        "request_id": request_id(),
    }
    if trouble.errors:
        body["errors"] = [
            {"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in trouble.errors
        ]
    if trouble.facts:
        body["facts"] = dict(trouble.facts)
    return Response(current_app.json.dumps(body), status=trouble.status, content_type=CONTENT_TYPE)


def said(message: str, facts: Mapping[str, Any] | None = None) -> str:
    """A sentence of the code in the reader's language."""
    return translate(message, current_locale(), facts)
