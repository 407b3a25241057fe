"""A name for each request. It stands in its answer, its log lines, its audit entries and its error page."""

from __future__ import annotations

import re

from flask import g, request

from kernel.ids import new_id, to_text

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The one that the caller or a proxy gave, where it has a decent shape, else a new `req_…`."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _ACCEPTABLE.fullmatch(given) else to_text("req", new_id())
    return str(g.request_id)


def request_address() -> str:
    """IP address of who asks; behind proxies, what they say (ORDERLOOM_TRUSTED_PROXIES)."""
    return request.remote_addr or ""
