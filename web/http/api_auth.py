"""API keys: `Authorization: Bearer oms_live_…` opens the scope of the tenant that the key names.

One transaction carries it all: the scope, the key, the view, and the answer that `@idempotent` keeps. Besides
SET LOCAL with the tenant's facts, the key costs one statement.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import redis
import structlog
from flask import Response, current_app, g, request
from limits import parse
from sqlalchemy.exc import DBAPIError

from kernel import telemetry
from kernel.db import Work
from kernel.errors import DomainError
from tenants.access.api_key_format import tenant_of_key
from tenants.access.authenticate_key import authenticate_key
from tenants.access.errors import ApiKeyRefused, PermissionMissing
from tenants.access.permissions import Permission
from tenants.scope import TenantUnknown, open_work
from tenants.scope.open_work import sqlstate
from web.http.principals import Principal, current_actor, principal_of_key
from web.http.services import services
from web.http.tenancy import bind_tenant
from web.http.work import RolledBack, as_current

_AGAIN = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_TRIES = 4
log = structlog.get_logger("api")


class TooManyRequests(DomainError):
    """The web says 429."""

    code = "rate_limited"
    message = "Too many requests. Try again in {seconds} seconds."


def answer_for_key(view: Callable[[], Any], needed: frozenset[Permission]) -> Response:
    """Runs `view` for the key of the request, inside its unit of work: committed where the answer is below 400,
    rolled back otherwise, and run once more after a deadlock.

    raises ApiKeyRefused, PermissionMissing, TooManyRequests
    """
    key = _bearer_key()
    tenant_id = tenant_of_key(key)
    if tenant_id is None:
        raise ApiKeyRefused
    try:
        bind_tenant(tenant_id)
        for attempt in range(1, _TRIES + 1):
            try:
                with open_work(
                    services().engine, tenant_id, current_actor(), plan_once=request.method != "GET"
                ) as work:
                    return _answer(work, key, needed, view, first=attempt == 1)
            except (psycopg.Error, DBAPIError) as error:
                if attempt == _TRIES or sqlstate(error) not in _AGAIN:
                    raise
    except TenantUnknown:
        raise ApiKeyRefused from None
    raise AssertionError("the loop returns or raises")


def _answer(work: Work, key: str, needed: frozenset[Permission], view: Callable[[], Any], *, first: bool) -> Response:
    accepted = authenticate_key(work, key)
    principal = principal_of_key(accepted.key_id, accepted.name, accepted.permissions, accepted.role_keys)
    g.key_principal = principal
    work.actor = principal.actor()
    telemetry.bind(tenant=work.tenant.slug, actor=principal.text_id)
    if first:
        count_request(principal, accepted.rate_limit)
    missing = needed - principal.permissions
    if missing:
        raise PermissionMissing(permissions=sorted(missing))
    with as_current(work):
        response: Response = current_app.make_response(view())
    if response.status_code >= 400:
        raise RolledBack(response)
    return response


def _bearer_key() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise ApiKeyRefused
    return key.strip()


def count_request(principal: Principal, own_rate: str | None) -> None:
    """One more request of this key in its window; the answer's RateLimit headers follow from it.

    Fixed windows. A process takes permits of a generous rate in small batches, at most a thousandth of the window's,
    so most requests ask nobody. Where Redis is away, nobody is held up.
    raises TooManyRequests
    """
    rate = parse(own_rate or services().config.api_rate)
    seconds, now = rate.get_expiry(), time.time()
    window = int(now // seconds)
    used = _permits.take(principal.id, window, rate.amount, seconds)
    left = max(0, rate.amount - used)
    resets = max(1, int((window + 1) * seconds - now))
    g.rate_headers = {
        "RateLimit-Policy": f'"key";q={rate.amount};w={seconds}',
        "RateLimit": f'"key";r={left};t={resets}',
    }
    if used > rate.amount:
        raise TooManyRequests(seconds=resets)


class _Permits:
    """Permits that this process has taken from the common count and not used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: dict[UUID, tuple[int, int, int]] = {}  # key -> (window, last used, last taken)

    def take(self, key_id: UUID, window: int, amount: int, seconds: int) -> int:
        """How many requests of the key are used in this window, with this one."""
        with self._lock:
            of_window, used, taken = self._batches.get(key_id, (window, 0, 0))
            if of_window == window and used < taken:
                self._batches[key_id] = (window, used + 1, taken)
                return used + 1
        batch = max(1, amount // 1000)
        taken = self._reserve(key_id, window, batch, seconds)
        used = taken - batch + 1
        with self._lock:
            self._batches[key_id] = (window, used, taken)
        return used

    def _reserve(self, key_id: UUID, window: int, batch: int, seconds: int) -> int:
        name = f"{services().config.redis_prefix}:rate:{key_id}:{window}"
        try:
            with services().redis.pipeline(transaction=False) as pipeline:
                pipeline.incrby(name, batch)
                pipeline.expire(name, seconds + 1)
                return int(pipeline.execute()[0])
        except redis.RedisError as error:
            log.warning("rate_limit_skipped", reason=str(error))
            return batch


_permits = _Permits()


def add_rate_headers(response: Response) -> Response:
    response.headers.update(g.get("rate_headers", {}))
    return response
