"""Static files, served by WhiteNoise in front of Flask under an address that changes with their content.

`asset("app.css")` is `/static/<digest>/app.css`: cached for ever, for all tenants alike, and a new release has new
addresses. Files with a `.gz` beside them are sent compressed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).resolve().parents[1] / "static"
_ONE_YEAR = 31_536_000


@cache
def static_digest() -> str:
    """One digest over all files. Some 20 ms at start."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(FOLDER)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file, as a browser may keep it for ever."""
    return f"/static/{static_digest()}/{name}"


def icon_address(name: str) -> str:
    return f"{asset('vendor/tabler-icons.svg')}#{name}"


def init_static_files(app: Flask) -> None:
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=FOLDER,
        prefix=f"static/{static_digest()}/",
        max_age=_ONE_YEAR,
        immutable_file_test=lambda path, url: True,
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )


def _add_headers(headers: object, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
    headers["Cross-Origin-Resource-Policy"] = "same-origin"  # type: ignore[index]
