"""Real threads on PostgreSQL: a quorum of two out of five, everybody answering twice, eight sessions at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.errors import Conflict
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task
from low_code.flows.fold import fold
from low_code.flows.queries import approval_log, list_my_tasks, read_approval
from low_code.flows.state import FlowState
from tenants.scope import in_work, open_work
from tests.support.running_approvals import VALUES, add_user, asks, begin, publish_flow
from tests.support.tenants import create_test_tenant

INSTANCES = 12
ROUNDS = 2  # how often everybody answers each task


def test_a_quorum_under_fire_advances_once_and_tells_everybody_else_the_truth(
    engine: Engine, system_engine: Engine
) -> None:
    tenant = create_test_tenant(system_engine, "quorum-race")
    with open_work(engine, tenant.id) as work:
        crowd = [add_user(work, f"approver{number}", "crowd") for number in range(5)]
        add_user(work, "last", "final")
        quorum = {**asks("n1", "crowd", "quorum"), "pass": {"count": 2}}
        publish_flow(work, quorum, asks("n2", "final"))
        instances = [begin(work).instance_id for _ in range(INSTANCES)]
        answers = [(user, task) for user in crowd for task in list_my_tasks(work, user)] * ROUNDS
    assert len(answers) == INSTANCES * 5 * ROUNDS
    together = Barrier(8)

    def answer(number: int) -> list[str]:
        together.wait()
        return [answer_once(user, task) for user, task in answers[number::8]]

    def answer_once(user: UUID, task: Any) -> str:
        command = ActOnTask(
            task_id=task.task_id, action=Action.APPROVE, values=VALUES, idempotency_key=str(task.task_id)
        )
        actor = Actor(kind="staff", id=user, name="approver")
        try:
            outcome = in_work(engine, tenant.id, actor, lambda work: act_on_task(work, command))
        except Conflict as refused:
            return refused.code
        return "replayed" if outcome.replayed else "acted"

    with ThreadPoolExecutor(8) as pool:
        said = Counter(result for part in pool.map(answer, range(8)) for result in part)

    # Of each approval two answers count, their repetitions are recognised, and the other three come too late twice.
    assert said == {"acted": 2 * INSTANCES, "replayed": 2 * INSTANCES, "approval_task_closed": 6 * INSTANCES}
    with open_work(engine, tenant.id) as work:
        for instance in instances:
            assert_sound(work, instance)


def assert_sound(work: Work, instance: UUID) -> None:
    seen = read_approval(work, instance)
    statuses = Counter((task["node_id"], task["status"]) for task in seen.tasks)
    assert statuses == {("n1", "approved"): 2, ("n1", "cancelled"): 3, ("n2", "open"): 1}
    rows = work.rows("SELECT seq FROM approval_events WHERE instance_id = %(id)s ORDER BY seq", {"id": instance})
    assert [row.seq for row in rows] == list(range(1, seen.version + 1))
    stored = work.row("SELECT state FROM approval_instances WHERE id = %(id)s", {"id": instance})
    assert stored is not None
    assert fold(approval_log(work, instance)) == FlowState.from_json(stored.state)
