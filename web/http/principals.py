"""Who asks: a user with a session, or an API key. One shape for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import g, has_request_context
from flask_login import UserMixin, current_user

from kernel.db import Actor
from tenants.access.ids import key_text, user_text
from tenants.access.queries import SessionUser, reach_of
from web.http.request_ids import request_address, request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal(UserMixin):
    """kind         staff, portal or api_key
    text_id      prefixed: usr_…, key_…
    permissions  stable names; `Permission` members compare equal to them
    reach        row scope, as `Actor.reach`
    role_keys    whose rights on custom fields it has
    user         None for a key
    """

    kind: str
    id: UUID
    text_id: str
    name: str
    permissions: frozenset[str]
    reach: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    role_keys: frozenset[str] = frozenset()
    user: SessionUser | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def get_id(self) -> str:
        """What the session keeps: user and epoch."""
        assert self.user is not None
        return f"{self.id}:{self.user.session_epoch}"

    def actor(self) -> Actor:
        return Actor(
            kind=self.kind,
            id=self.id,
            name=self.name,
            address=request_address(),
            request_id=request_id(),
            reach=self.reach,
            roles=self.role_keys,
        )


def principal_of_user(user: SessionUser) -> Principal:
    return Principal(
        kind=user.kind,
        id=user.id,
        text_id=user_text(user.id),
        name=user.name,
        permissions=user.permissions,
        reach=reach_of(user),
        role_keys=user.role_keys,
        user=user,
    )


def principal_of_key(
    key_id: UUID, name: str, permissions: frozenset[str], role_keys: frozenset[str] = frozenset()
) -> Principal:
    """role_keys: a key without any sees and changes of custom fields what everybody may"""
    return Principal(
        kind="api_key", id=key_id, text_id=key_text(key_id), name=name, permissions=permissions, role_keys=role_keys
    )


def current_principal() -> Principal | None:
    """Who is asking, or None for nobody in particular."""
    if not has_request_context():
        return None
    key: Principal | None = g.get("key_principal")
    if key is not None:
        return key
    # `current_user` is a proxy; what stands behind it is ours or Flask-Login's anonymous user.
    user = current_user._get_current_object()
    return user if isinstance(user, Principal) else None


def signed_in() -> Principal:
    """Who is asking, on a route that only somebody reaches."""
    principal = current_principal()
    assert principal is not None
    return principal


def may(permission: str) -> bool:
    """For templates: whether who asks has the permission."""
    principal = current_principal()
    return principal is not None and principal.may(permission)


def current_actor() -> Actor:
    """In whose name this request writes; an anonymous one writes in the visitor's."""
    principal = current_principal()
    if principal is not None:
        return principal.actor()
    return Actor(
        kind="visitor", id=None, name="", address=request_address(), request_id=request_id(), roles=frozenset()
    )
