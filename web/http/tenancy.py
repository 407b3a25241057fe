"""Which tenant a request is for: `<slug>.<base host>`, a host of its own, or `/t/<slug>/…` on the bare host.

The path form exists for machines without wildcard DNS. All tenants then share one origin, so a browser's own walls
do not stand between them; cookies are still kept apart by path and by signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Request, g, request

from tenants.scope import TenantUnknown
from web.http.services import services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX = re.compile(r"/t/([a-z][a-z0-9-]{1,39})(?=/|$)")
_SLUG_KEY = "orderloom.slug"
_TENANT_KEY = "orderloom.tenant"


class PathPrefix:
    """Moves `/t/<slug>` from the path to SCRIPT_NAME, so that routes do not know of it and `url_for` adds it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = _PREFIX.match(environ.get("PATH_INFO", ""))
        if found:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found.group()
            environ["PATH_INFO"] = environ["PATH_INFO"][found.end() :] or "/"
            environ[_SLUG_KEY] = found.group(1)
        return self._application(environ, start_response)


def tenant_id_of(asked: Request) -> UUID | None:
    """The tenant that host and path name, or None on the bare host. Looked up once a request.

    raises TenantUnknown where they name one that does not exist
    """
    environ = asked.environ
    if _TENANT_KEY not in environ:
        environ[_TENANT_KEY] = _find(asked)
    found = environ[_TENANT_KEY]
    if found is False:
        raise TenantUnknown
    assert found is None or isinstance(found, UUID)
    return found


def current_tenant_id() -> UUID:
    """raises TenantUnknown on the bare host"""
    bound: UUID | None = g.get("tenant_id") or tenant_id_of(request)
    if bound is None:
        raise TenantUnknown
    return bound


def bind_tenant(tenant_id: UUID) -> None:
    """Says which tenant an API key named. A host that names another one refuses it.

    raises TenantUnknown
    """
    named = tenant_id_of(request)
    if named is not None and named != tenant_id:
        raise TenantUnknown
    g.tenant_id = tenant_id


def _find(asked: Request) -> UUID | bool | None:
    """False stands for a tenant that is named but does not exist."""
    directory, base = services().directory, services().config.base_host
    host = asked.host.rpartition(":")[0].lower() if ":" in asked.host else asked.host.lower()
    slug: str | None = asked.environ.get(_SLUG_KEY)
    by_host: UUID | None = None
    if host.endswith(f".{base}"):
        by_host = directory.find(host.removesuffix(f".{base}"))
        if by_host is None:
            return False
    elif host != base and not _is_address(host):
        by_host = directory.find(host)
    if slug is None:
        return by_host
    by_path = directory.find(slug)
    if by_path is None or (by_host is not None and by_host != by_path):
        return False
    return by_path


def _is_address(host: str) -> bool:
    return host.startswith("[") or host.replace(".", "").isdigit()
