"""HTML pages. A module here that has a blueprint `bp` is part of the application, and so is its `NAVIGATION`."""

from __future__ import annotations

import importlib
import pkgutil

from flask import Flask

from web.pages.navigation import add_navigation


def register(app: Flask) -> None:
    for found in pkgutil.walk_packages(__path__, f"{__name__}."):
        module = importlib.import_module(found.name)
        if hasattr(module, "bp"):
            app.register_blueprint(module.bp)
        add_navigation(app, getattr(module, "NAVIGATION", ()))
