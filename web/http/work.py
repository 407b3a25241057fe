"""The unit of work of a request: its tenant, in the name of who asks, with his row scope.

    with current_work() as work:
        allocate_order(work, command)

A page opens it where it needs it; it commits at the end of the block. Under `@requires` on an API route, and under
`@idempotent`, it is open already, the block joins it, and it commits after the view has answered below 400.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Response, g

from kernel.db import TenantFacts, Work
from tenants.scope import in_work, open_work
from web.http.principals import current_actor
from web.http.services import services
from web.http.tenancy import current_tenant_id

Outcome = TypeVar("Outcome")


class RolledBack(Exception):
    """Carries an answer out of an open unit of work, so that nothing of it is kept. The error handler sends it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@contextmanager
def current_work() -> Iterator[Work]:
    """The unit of work of this request: the one that is open, or a new one that commits at the end of the block.

    raises TenantUnknown on the bare host
    """
    opened: Work | None = g.get("work")
    if opened is not None:
        yield opened
        return
    with open_work(services().engine, current_tenant_id(), current_actor()) as work, as_current(work):
        yield work


def in_current_work(use_case: Callable[[Work], Outcome]) -> Outcome:
    """As `current_work`, and after a deadlock once more from the start. For writes that lock several rows."""
    opened: Work | None = g.get("work")
    if opened is not None:
        return use_case(opened)

    def run(work: Work) -> Outcome:
        with as_current(work):
            return use_case(work)

    return in_work(services().engine, current_tenant_id(), current_actor(), run)


@contextmanager
def as_current(work: Work) -> Iterator[None]:
    """Within, `current_work` joins `work`."""
    g.work, g.tenant = work, work.tenant
    try:
        yield
    finally:
        g.pop("work", None)


def current_tenant() -> TenantFacts:
    """Name, zone, currency and language of the request's tenant. Asked of the database at most once a request.

    raises TenantUnknown
    """
    if "tenant" not in g:
        with open_work(services().engine, current_tenant_id()) as work:
            g.tenant = work.tenant
    assert isinstance(g.tenant, TenantFacts)
    return g.tenant
