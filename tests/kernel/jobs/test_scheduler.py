"""Periodic tasks: once when due, for each active tenant, however many schedulers there are."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.jobs.registry import every
from kernel.jobs.scheduler import run_due_tasks
from kernel.outbox import put_message
from tests.support.post import Post


@pytest.fixture(autouse=True)
def _nobody_yet(post: Post) -> None:
    post.change("UPDATE tenants SET status = 'suspended'")
    post.change("DELETE FROM scheduled_runs")


def test_two_schedulers_run_a_due_task_once_for_each_active_tenant(post: Post) -> None:
    tenants = {post.tenant().id for _ in range(3)}
    gone = post.tenant()
    post.change("UPDATE tenants SET status = 'suspended' WHERE id = :id", id=gone.id)
    ran, together = Counter[UUID](), threading.Barrier(2, timeout=10)

    @every(seconds=3600, name="task")
    def task(work: Work) -> None:
        ran[work.tenant_id] += 1

    def schedule(_: int) -> list[str]:
        together.wait()
        return run_due_tasks(post.system, post.open_work)

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(schedule, range(2)))

    assert ran == dict.fromkeys(tenants, 1)


def test_a_task_runs_again_when_it_is_due_again(post: Post) -> None:
    post.tenant()
    ran: list[object] = []

    @every(seconds=3600, name="task")
    def task(work: Work) -> None:
        ran.append(work.now)

    assert run_due_tasks(post.system, post.open_work) == ["task"]
    assert run_due_tasks(post.system, post.open_work) == []
    post.change("UPDATE scheduled_runs SET next_run_at = now()")
    assert run_due_tasks(post.system, post.open_work) == ["task"]

    assert len(ran) == 2


def test_trouble_with_one_tenant_keeps_the_task_from_no_other(post: Post) -> None:
    tenants = [post.tenant() for _ in range(3)]

    @every(seconds=3600, name="task")
    def task(work: Work) -> None:
        put_message(work, "done", {})
        if work.tenant_id == tenants[1].id:
            raise RuntimeError("only here")

    run_due_tasks(post.system, post.open_work)

    assert post.count("topic = 'done'") == 2
    assert post.count("tenant_id = :id", id=tenants[1].id) == 0


def test_a_scheduler_that_dies_leaves_the_task_due(post: Post) -> None:
    post.tenant()
    ran: list[object] = []

    @every(seconds=3600, name="task")
    def task(work: Work) -> None:
        ran.append(work.now)
        if len(ran) == 1:
            raise SystemExit

    with pytest.raises(SystemExit):
        run_due_tasks(post.system, post.open_work)
    run_due_tasks(post.system, post.open_work)

    assert len(ran) == 2
