"""Files of tenants, sent so that nothing of them can run in the product's pages."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from low_code.field_files.media_type import IMAGES
from low_code.field_files.read_file import FileRead


def send_file(file: FileRead) -> Response:
    """Pictures are shown, everything else is offered for download."""
    return _safely(Response(file.data, mimetype=file.media_type), file.name, inline=file.media_type in IMAGES)


def send_bytes(data: bytes, name: str) -> Response:
    """data, for download under that name"""
    return _safely(Response(data, mimetype="application/octet-stream"), name, inline=False)


def _safely(response: Response, name: str, *, inline: bool) -> Response:
    how = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
