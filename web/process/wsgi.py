"""What the web server imports in each of its processes."""

from __future__ import annotations

import gc

from flask import Flask

from web.app import create_app

_OBJECTS_BEFORE_COLLECTION = 50_000


def application() -> Flask:
    """The application, with its own objects taken out of what the garbage collector walks again and again."""
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION, 20, 50)
    return app
