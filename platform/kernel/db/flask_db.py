"""Flask-SQLAlchemy over the product's metadata. It owns the engine of a web process; rows stay plain `Base`."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from kernel.db.base import Base
from kernel.db.engine import driver_url, engine_options

db = SQLAlchemy(metadata=Base.metadata)


def init_database(app: Flask, url: str, *, pool_size: int | None = None) -> Engine:
    """Binds the application to `url` and returns the engine that each unit of work of it uses."""
    options: dict[str, Any] = engine_options(pool_size)
    app.config["SQLALCHEMY_DATABASE_URI"] = driver_url(url).render_as_string(hide_password=False)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        return db.engine
