"""What one application holds for all its requests: engine, directory, mailer, Redis."""

from __future__ import annotations

from dataclasses import dataclass, field

import redis
from flask import Flask, current_app
from sqlalchemy import Engine

from kernel.mail import Mailer
from tenants.directory.find_tenant import TenantDirectory
from web.config import AppConfig

_KEY = "orderloom"


@dataclass(slots=True, kw_only=True)
class Services:
    config: AppConfig
    engine: Engine
    directory: TenantDirectory
    mailer: Mailer
    redis: redis.Redis = field(repr=False)


def put_services(app: Flask, services: Services) -> None:
    app.extensions[_KEY] = services


def services(app: Flask | None = None) -> Services:
    """Those of `app`, or of the current application."""
    found = (app or current_app).extensions[_KEY]
    assert isinstance(found, Services)
    return found


def tenant_url(slug: str, path: str) -> str:
    """Absolute address of a tenant's page, for mails. From the settings, never from the Host header, which whoever
    asks may choose."""
    base = services().config.public_url
    root = base.replace("{slug}", slug) if "{slug}" in base else f"{base}/t/{slug}"
    return f"{root}{path}"
