"""Signed session cookies that hold for one tenant only.

The tenant's id is part of the signing salt, so the cookie of one tenant does not verify at another, and the cookie's
path is the tenant's, so that with `/t/<slug>` addresses a browser does not even send it there.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tenants.scope import TenantUnknown
from web.http.tenancy import tenant_id_of


class TenantSessions(SecureCookieSessionInterface):
    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.cookies.get(self.get_cookie_name(app)):
            return self.session_class()
        serializer = self._serializer(app, request)
        return self.session_class() if serializer is None else self._load(app, request, serializer)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._serializer(app, request)

    def get_cookie_path(self, app: Flask) -> str:
        return request.script_root or "/"

    def _serializer(self, app: Flask, asked: Request) -> URLSafeTimedSerializer | None:
        """None for a tenant that does not exist: nobody has a session there."""
        try:
            tenant_id = tenant_id_of(asked)
        except TenantUnknown:
            return None
        return URLSafeTimedSerializer(
            str(app.secret_key),
            salt=f"session:{tenant_id or 'landing'}",
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )

    def _load(self, app: Flask, asked: Request, serializer: URLSafeTimedSerializer) -> SecureCookieSession:
        try:
            data: Any = serializer.loads(
                asked.cookies[self.get_cookie_name(app)], max_age=int(app.permanent_session_lifetime.total_seconds())
            )
        except BadSignature:
            return self.session_class()
        return self.session_class(data)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        if self._serializer(app, request) is not None:
            super().save_session(app, session, response)
