"""Probes and metrics. They belong to the installation, so they answer on every host and know no tenant."""

from __future__ import annotations

import redis
from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from kernel import telemetry
from kernel.schema.migrate import pending_on
from web.http.access import public
from web.http.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers. Says nothing about what it depends on: a restart would not mend that."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Whether requests can be served: database, Redis, all migrations in."""
    checks = {"redis": _redis(), **_database()}
    ready = all(state == "ok" for state in checks.values())
    return jsonify(status="ok" if ready else "unavailable", checks=checks), 200 if ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """For Prometheus, which asks the process itself. Who comes through a proxy gets 404."""
    if request.headers.get("X-Forwarded-For"):
        abort(404)
    body, content_type = telemetry.exposition()
    return body, 200, {"Content-Type": content_type}


def _database() -> dict[str, str]:
    try:
        with services().engine.connect() as connection:
            pending = pending_on(connection)
    except SQLAlchemyError:
        return {"database": "unreachable"}
    return {"database": "ok", "migrations": f"{len(pending)} pending" if pending else "ok"}


def _redis() -> str:
    try:
        services().redis.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"
