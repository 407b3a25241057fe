"""What a request leaves behind for who runs the system: a log line, a duration, its id in the answer."""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from kernel import telemetry
from web.http.principals import current_principal
from web.http.request_ids import HEADER, request_id

log = structlog.get_logger("request")
_UNLOGGED = {"health.healthz", "health.readyz", "health.metrics"}


def init_observing(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        telemetry.unbind_all()
        telemetry.bind(request_id=request_id())

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        endpoint = request.endpoint or "none"
        telemetry.REQUEST_SECONDS.labels(endpoint, request.method, f"{response.status_code // 100}xx").observe(seconds)
        if endpoint not in _UNLOGGED:
            _log(endpoint, response, seconds)
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        telemetry.unbind_all()


def _log(endpoint: str, response: Response, seconds: float) -> None:
    """The path stands without its query, which may hold a one-time token; so does the path of such a link."""
    tenant = g.get("tenant")
    # Only who is known already: asking now would load a user for a page that needed none.
    principal = current_principal() if "_login_user" in g or "key_principal" in g else None
    log.info(
        "request",
        method=request.method,
        endpoint=endpoint,
        path=request.url_rule.rule if request.url_rule else request.path,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        tenant=tenant.slug if tenant else None,
        actor=principal.text_id if principal else None,
    )
