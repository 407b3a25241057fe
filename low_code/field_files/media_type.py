"""What a file is, by its first bytes. Its name is not believed."""

from __future__ import annotations

from collections.abc import Mapping

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_BEGINS: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",  # office documents too
}
OTHER = "application/octet-stream"


def media_type_of(data: bytes) -> str:
    """One of a few known types, else a stream of bytes. Nothing that a browser would run: no HTML, no SVG.

    >>> media_type_of(b"%PDF-1.7 ..."), media_type_of(b"<svg onload=alert(1)>"), media_type_of(b"RIFF0000WEBPVP8 ")
    ('application/pdf', 'application/octet-stream', 'image/webp')
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begin, kind in _BEGINS.items() if data.startswith(begin)), OTHER)
