"""A database and a corner of Valkey that no other test writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from kernel.db.engine import make_engine
from kernel.jobs.registry import CONSUMERS, PERIODIC
from tests.support.database import Servers, fresh_database
from tests.support.post import Post


@pytest.fixture(scope="session")
def _post(servers: Servers, database: str) -> Iterator[Post]:
    name = fresh_database(servers, f"{database}_kernel")
    number = 3 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
    made = Post(
        app=make_engine(servers.database("app", name), pool_size=20),
        system=make_engine(servers.database("system", name), pool_size=6),
        redis_url=f"{servers.redis.rpartition('/')[0]}/{number}",
    )
    yield made
    made.app.dispose()
    made.system.dispose()


@pytest.fixture
def post(_post: Post) -> Iterator[Post]:
    """Empty, without any consumer or periodic task."""
    consumers, periodic = dict(CONSUMERS), dict(PERIODIC)
    CONSUMERS.clear()
    PERIODIC.clear()
    _post.flush_queue()
    _post.change("DELETE FROM outbox_messages")
    _post.change("DELETE FROM consumed_events")
    yield _post
    CONSUMERS.clear()
    PERIODIC.clear()
    CONSUMERS.update(consumers)
    PERIODIC.update(periodic)
