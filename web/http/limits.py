"""How often somebody may try: Flask-Limiter over Redis; where Redis is away, each process counts for itself."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter

from web.http.request_ids import request_address
from web.http.services import services
from web.http.tenancy import tenant_id_of

limiter = Limiter(key_func=request_address, default_limits=[], strategy="moving-window", headers_enabled=False)


def init_limits(app: Flask, *, redis_url: str, prefix: str) -> None:
    app.config.update(
        RATELIMIT_STORAGE_URI=redis_url,
        RATELIMIT_KEY_PREFIX=f"{prefix}:tries",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
    )
    limiter.init_app(app)


@limiter.request_filter
def has_limits_of_its_own() -> bool:
    """The API counts by key (`api_auth`), and has no route with limits of this module."""
    return request.path.startswith("/api/")


def login_rate() -> str:
    """The setting ORDERLOOM_LOGIN_RATE."""
    return services().config.login_rate


def account() -> str:
    """The account that is tried, whoever tries it: many addresses must not guess one password together."""
    return f"{tenant_id_of(request)}:{request.form.get('email', '').strip().lower()}"
