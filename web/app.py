"""The composition root of the web: one application, put together from its parts."""

from __future__ import annotations

import importlib
import pkgutil

import redis
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import web
from kernel.db.flask_db import init_database
from kernel.mail import mailer_for
from kernel.telemetry import configure_logs
from oms.configuration import install_domain
from tenants.directory.find_tenant import TenantDirectory
from web import all_models
from web.config import AppConfig
from web.http import health
from web.http.access import check_declared
from web.http.api_auth import add_rate_headers
from web.http.errors import init_errors
from web.http.headers import init_headers
from web.http.json_provider import ExactJson
from web.http.limits import init_limits
from web.http.locales import init_locales
from web.http.observing import init_observing
from web.http.problems import is_api_request
from web.http.services import Services, put_services
from web.http.sessions import TenantSessions
from web.http.sign_in_state import init_sign_in
from web.http.static_files import init_static_files
from web.http.templating import init_templating
from web.http.tenancy import PathPrefix

_LARGEST_REQUEST_BYTES = 32 * 1024 * 1024


def create_app(config: AppConfig | None = None) -> Flask:
    """One application over one database. Every package of `web` that has a `register(app)` is part of it.

    config  None: from the settings
    """
    config = config or AppConfig.from_settings()
    configure_logs(style=config.log_format, level=config.log_level)
    assert all_models.metadata.tables
    install_domain()
    app = Flask("web", static_folder=None, template_folder="templates")
    app.json = ExactJson(app)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="orderloom",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, for everything but the API
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.session_interface = TenantSessions()
    engine = init_database(app, config.database_url, pool_size=config.db_pool)
    put_services(
        app,
        Services(
            config=config,
            engine=engine,
            directory=TenantDirectory(engine),
            mailer=mailer_for(config.mail, config.mail_from),
            redis=redis.Redis.from_url(config.redis_url, socket_timeout=1, socket_connect_timeout=1),
        ),
    )
    init_observing(app)
    init_locales(app)
    init_sign_in(app)
    app.before_request(check_declared)
    _protect_forms(app)
    init_limits(app, redis_url=config.redis_url, prefix=config.redis_prefix)
    app.after_request(add_rate_headers)
    init_headers(app, secure=config.secure_cookies)
    init_errors(app)
    init_templating(app)
    app.register_blueprint(health.bp)
    _register_packages(app)
    app.wsgi_app = PathPrefix(app.wsgi_app)  # type: ignore[method-assign]
    init_static_files(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _protect_forms(app: Flask) -> None:
    """Every write of a page carries a token. The API knows no cookies, so there is nothing to forge there."""
    csrf = CSRFProtect(app)

    @app.before_request
    def check_token() -> None:
        if not is_api_request():
            csrf.protect()


def _register_packages(app: Flask) -> None:
    for found in pkgutil.iter_modules(web.__path__):
        if found.ispkg and found.name not in {"http"}:
            register = getattr(importlib.import_module(f"web.{found.name}"), "register", None)
            if register is not None:
                register(app)
