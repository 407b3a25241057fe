"""Approvals on rows, on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.errors import Conflict
from kernel.ids import new_id
from low_code.flows import errors
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task
from low_code.flows.comment_on_approval import CommentOnApproval, comment_on_approval
from low_code.flows.fold import fold
from low_code.flows.queries import approval_log, approvals_of, count_my_tasks, list_my_tasks, read_approval
from low_code.flows.restart_approval import (
    RestartApproval,
    SubjectWasChanged,
    restart_approval,
    subject_was_changed,
)
from low_code.flows.start_approval import first_applicable_flow
from low_code.flows.state import FlowState
from low_code.flows.withdraw_approval import WithdrawApproval, withdraw_approval
from tenants.scope import in_work, open_work
from tests.support.low_code import above
from tests.support.running_approvals import VALUES, act, add_user, as_user, asks, begin, publish_flow
from tests.support.tenants import TestTenant, create_test_tenant


def test_an_approval_goes_through_its_steps_and_tells_the_domain(work: Work) -> None:
    fay, max_ = add_user(work, "fay", "finance"), add_user(work, "max", "boss")
    publish_flow(work, asks("n1", "finance"), asks("n2", "boss"))

    started = begin(work)
    assert [task.assignee_id for task in started.open_tasks] == [fay]
    assert count_my_tasks(work, max_) == 0
    act(work, fay)
    done = act(work, max_)

    assert (done.status, done.has("approved")) == ("approved", True)
    topics = work.rows("SELECT topic FROM outbox_messages WHERE topic LIKE 'approval.%%' ORDER BY id")
    assert [row.topic for row in topics] == ["approval.task_opened", "approval.task_opened", "approval.approved"]


def test_the_stored_log_rebuilds_the_stored_state(work: Work) -> None:
    fay, max_ = add_user(work, "fay", "finance"), add_user(work, "max", "boss")
    publish_flow(work, asks("n1", "finance"), asks("n2", "boss"))
    instance = begin(work).instance_id
    act(work, fay)
    comment_on_approval(work, CommentOnApproval(instance_id=instance, comment="hm"))
    act(work, max_, Action.RETURN, return_to="n1")
    act(work, fay)

    stored = work.row("SELECT state FROM approval_instances WHERE id = %(id)s", {"id": instance})

    assert stored is not None
    assert fold(approval_log(work, instance)) == FlowState.from_json(stored.state)
    seen = read_approval(work, instance)
    assert (seen.round, [task["status"] for task in seen.tasks]) == (2, ["approved", "returned", "approved", "open"])
    assert list(seen.returns.values()) == [("n1", "submitter")]


def test_a_running_approval_stays_on_the_release_that_it_began_under(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    add_user(work, "max", "boss")
    publish_flow(work, asks("n1", "finance"), asks("n2", "boss"))
    instance = begin(work).instance_id
    publish_flow(work, asks("other", "boss"))

    assert act(work, fay).status == "open"
    seen = read_approval(work, instance)
    assert (seen.release, seen.tasks[-1]["node_id"]) == (1, "n2")


def test_the_same_key_acts_once_and_another_use_of_it_is_refused(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    publish_flow(work, asks("n1", "finance"))
    begin(work)
    task = list_my_tasks(work, fay)[0]
    command = ActOnTask(task_id=task.task_id, action=Action.APPROVE, values=VALUES, idempotency_key="k1")
    as_user(work, fay)

    first, again = act_on_task(work, command), act_on_task(work, command)

    assert (first.replayed, first.has("approved")) == (False, True)
    assert (again.replayed, again.effects, again.status) == (True, (), "approved")
    other = ActOnTask(task_id=task.task_id, action=Action.REJECT, values=VALUES, comment="no", idempotency_key="k1")
    with pytest.raises(errors.IdempotencyKeyReused):
        act_on_task(work, other)


def test_who_saw_an_older_version_is_shown_the_present_one(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    add_user(work, "fred", "finance")
    publish_flow(work, asks("n1", "finance", mode="all"))
    seen = begin(work).version
    act(work, fay, expected_version=seen)

    with pytest.raises(errors.ApprovalMovedOn) as refused:
        comment_by_the_second = list_my_tasks(work, work.scalar("SELECT id FROM users WHERE name = 'fred'"))[0]
        act_on_task(
            work,
            ActOnTask(
                task_id=comment_by_the_second.task_id, action=Action.APPROVE, values=VALUES, expected_version=seen
            ),
        )

    assert refused.value.facts["version"] == seen + 1
    assert len(refused.value.facts["open_tasks"]) == 1


def test_one_approval_of_a_flow_runs_for_a_subject_at_a_time(work: Work) -> None:
    add_user(work, "fay", "finance")
    publish_flow(work, asks("n1", "finance"))
    subject = new_id()
    first = begin(work, subject=subject)

    with pytest.raises(errors.AlreadyUnderApproval):
        begin(work, subject=subject)
    withdraw_approval(work, WithdrawApproval(instance_id=first.instance_id, by_system=True))
    second = begin(work, subject=subject)

    assert approvals_of(work, "order", subject) == [second.instance_id, first.instance_id]


def test_changed_content_restarts_and_a_return_is_resubmitted(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam")
    publish_flow(work, asks("n1", "finance"), subject={"of": "order", "watch": ["order.total"]})
    started = begin(work, submitter=sam)

    dearer = {"order": {**VALUES["order"], "total": 9000}}
    change = SubjectWasChanged(subject_kind="order", subject_id=started.subject_id, subject_revision=2, values=dearer)
    (outcome,) = subject_was_changed(work, change)
    assert (outcome.round, outcome.has("restarted")) == (2, True)

    back = act(work, fay, Action.RETURN, values=dearer)
    assert (back.status, back.has("returned_to_submitter")) == ("returned", True)
    again = restart_approval(
        as_user(work, sam),
        RestartApproval(instance_id=started.instance_id, values=dearer, subject_revision=3),
    )
    assert (again.status, again.round) == ("open", 3)


def test_the_first_flow_that_applies_is_found(work: Work) -> None:
    publish_flow(work, key="huge", trigger={"when": above("10000")})
    publish_flow(work, key="big", trigger={"when": above("1000")})

    assert first_applicable_flow(work, ["huge", "big"], VALUES) == "big"
    assert first_applicable_flow(work, ["huge"], VALUES) is None


def test_managers_and_administrators_come_from_the_directory(work: Work) -> None:
    admin = add_user(work, "ada", "admin")
    boss = add_user(work, "max")
    sam = add_user(work, "sam", manager=boss)
    publish_flow(
        work,
        {"id": "n1", "type": "approve", "who": [{"chain": {"levels": 3}}]},
        {"id": "n2", "type": "approve", "who": [{"users": ["max@acme.test"]}]},
        policy={"dedupe": "none"},
    )

    assert [task.assignee_id for task in begin(work, submitter=sam).open_tasks] == [boss]
    assert [task.assignee_id for task in begin(work, submitter=boss).open_tasks] == [admin]


@pytest.fixture(scope="module")
def busy_tenant(system_engine: Engine) -> TestTenant:
    return create_test_tenant(system_engine, "busy-approvals")


def test_when_all_approve_twice_at_once_each_approval_advances_exactly_once(
    engine: Engine, busy_tenant: TestTenant
) -> None:
    with open_work(engine, busy_tenant.id) as work:
        crowd = [add_user(work, f"approver{number}", "crowd") for number in range(4)]
        add_user(work, "last", "final")
        publish_flow(work, asks("n1", "crowd"), asks("n2", "final"))
        instances = [begin(work).instance_id for _ in range(6)]
        tasks = [(user, task) for user in crowd for task in list_my_tasks(work, user)]
    together = Barrier(8)

    def approve(number: int) -> list[str]:
        together.wait()
        return [approve_once(user, task) for user, task in tasks[number % 4 :: 4]]

    def approve_once(user: UUID, task: Any) -> str:
        command = ActOnTask(
            task_id=task.task_id, action=Action.APPROVE, values=VALUES, idempotency_key=f"{task.task_id}"
        )
        actor = Actor(kind="staff", id=user, name="approver")
        try:
            outcome = in_work(engine, busy_tenant.id, actor, lambda work: act_on_task(work, command))
            return "replayed" if outcome.replayed else "advanced"
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        results = [result for part in pool.map(approve, range(8)) for result in part]

    assert results.count("advanced") == len(instances)
    assert results.count("replayed") == len(instances)
    with open_work(engine, busy_tenant.id) as work:
        for instance in instances:
            seen = read_approval(work, instance)
            opened = [task for task in seen.tasks if task["node_id"] == "n2"]
            assert (seen.status, len(opened)) == ("open", 1)
            sequence = work.rows(
                "SELECT seq FROM approval_events WHERE instance_id = %(id)s ORDER BY seq", {"id": instance}
            )
            assert [row.seq for row in sequence] == list(range(1, seen.version + 1))
