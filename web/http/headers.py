"""Security headers, with a Content-Security-Policy that allows what the page itself names by nonce."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

_POLICY = {
    "default-src": "'self'",
    "script-src": "'nonce-{nonce}' 'strict-dynamic'",
    "style-src": "'self' 'nonce-{nonce}'",
    "style-src-attr": "'none'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}


def csp_nonce() -> str:
    """For `<script nonce=…>`; a new one for each answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow(directive: str, source: str) -> None:
    """Widens the policy of this one answer: a scan page needs `allow("script-src", "'wasm-unsafe-eval'")`."""
    g.setdefault("csp_extra", []).append((directive, source))


def init_headers(app: Flask, *, secure: bool) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", _policy())
            response.vary.add("HX-Request")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store" if request.method == "GET" else "no-store"
        return response


def _policy() -> str:
    directives = {name: sources.format(nonce=csp_nonce()) for name, sources in _POLICY.items()}
    for directive, source in g.get("csp_extra", []):
        directives[directive] = f"{directives.get(directive, directives['default-src'])} {source}"
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
