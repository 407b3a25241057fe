"""Timers, delegation, choices, copies and migration on rows, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import Work
from kernel.db.engine import counting_statements
from kernel.ids import new_id
from low_code.flows import errors
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task
from low_code.flows.delegations import Delegate, delegate, list_delegations, revoke_delegation
from low_code.flows.fire_timers import ASKED_AGAIN_AFTER, claim_due_timers, find_timer, fire_timer
from low_code.flows.fold import fold
from low_code.flows.migrate_approval import MigrateApproval, migrate_approval, plan_migration
from low_code.flows.queries import approval_log, list_my_tasks, read_approval
from low_code.flows.remind_approvers import RemindApprovers, remind_approvers
from low_code.flows.state import FlowState
from low_code.flows.store import ApprovalOutcome
from tenants.scope import open_work
from tests.support.running_approvals import VALUES, act, add_user, as_user, asks, begin, publish_flow
from tests.support.tenants import create_test_tenant

LIMIT = {"after": "PT8H", "calendar": "all", "remind": ["PT4H"], "on_timeout": "approve"}


def timers(work: Work) -> list[tuple[str, int]]:
    rows = work.rows("SELECT purpose, number FROM approval_timers WHERE tenant_id = %(t)s ORDER BY number",
                     {"t": work.tenant_id})  # fmt: skip
    return [(row.purpose, row.number) for row in rows]


def later(work: Work, **time: int) -> Work:
    """The same unit of work, some time on."""
    work.now += timedelta(**time)
    return work


def fire_all(work: Work) -> list[ApprovalOutcome]:
    found = [find_timer(work, timer_id) for timer_id in claim_due_timers(work)]
    outcomes = [fire_timer(work, timer, VALUES) for timer in found if timer is not None]
    return [outcome for outcome in outcomes if outcome is not None]


def test_timers_remind_and_then_decide_and_are_gone(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    publish_flow(work, {**asks("n1", "finance"), "due": LIMIT})
    started = begin(work)
    assert started.open_tasks[0].due_at == work.now + timedelta(hours=8)
    assert timers(work) == [("remind", 1), ("due", 2)]

    assert fire_all(work) == []
    (reminded,) = fire_all(later(work, hours=5))
    assert [effect.kind for effect in reminded.effects] == ["task_reminded"]
    (decided,) = fire_all(later(work, hours=4))

    assert (decided.status, timers(work)) == ("approved", [])
    told = work.rows("SELECT payload->>'assignee' AS who FROM outbox_messages WHERE topic = 'approval.task_reminded'")
    assert [row.who for row in told] == [str(fay)]


def test_a_task_that_is_done_takes_its_timers_along(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    publish_flow(work, {**asks("n1", "finance"), "due": LIMIT})
    begin(work)

    act(work, fay)

    assert timers(work) == []


def test_a_timer_is_given_to_one_worker_and_found_again_when_that_one_died(work: Work) -> None:
    add_user(work, "fay", "finance")
    publish_flow(work, {**asks("n1", "finance"), "due": LIMIT})
    begin(work)

    later(work, hours=9)
    first = claim_due_timers(work)
    assert len(first) == 2 and claim_due_timers(work) == []
    work.now += ASKED_AGAIN_AFTER

    assert claim_due_timers(work) == first


def test_a_timer_fires_once_however_often_it_is_asked_to(work: Work) -> None:
    add_user(work, "fay", "finance")
    publish_flow(work, {**asks("n1", "finance"), "due": LIMIT})
    instance = begin(work).instance_id
    later(work, hours=9)
    found = [find_timer(work, timer_id) for timer_id in claim_due_timers(work)]
    due = next(timer for timer in found if timer and timer.number == 2)

    assert fire_timer(work, due, VALUES) is not None
    assert fire_timer(work, due, VALUES) is None
    approved = [event for event in approval_log(work, instance) if event.kind == "task_approved"]
    assert len(approved) == 1


@pytest.mark.parametrize(
    "table", ["approval_events", "approval_instances", "approval_tasks", "approval_timers", "outbox_messages"]
)
def test_a_worker_that_dies_at_any_statement_leaves_the_timer_as_it_was(
    engine: Engine, system_engine: Engine, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure injection between the statements: the connection breaks at the first write to each table."""
    tenant = create_test_tenant(system_engine, f"dies-{table.replace('_', '-')}")
    with open_work(engine, tenant.id) as work:
        add_user(work, "fay", "finance")
        publish_flow(work, {**asks("n1", "finance"), "due": LIMIT}, asks("n2", "finance"), policy={"dedupe": "none"})
    with frozen_at(work.now - timedelta(hours=9)), open_work(engine, tenant.id) as earlier:
        instance = begin(earlier).instance_id

    def fire(work: Work) -> None:
        for timer_id in claim_due_timers(work):
            if (timer := find_timer(work, timer_id)) and timer.number == 2:
                fire_timer(work, timer, VALUES)

    breaking = _Breaking(table)
    for name in ("execute", "execute_many"):
        breaking.wrap(monkeypatch, name)
    with pytest.raises(ConnectionError), open_work(engine, tenant.id) as dying:
        fire(dying)
    assert breaking.broke
    monkeypatch.undo()
    with open_work(engine, tenant.id) as work:
        assert (read_approval(work, instance).status, len(timers(work))) == ("open", 2)
        fire(work)

    with open_work(engine, tenant.id) as work:
        seen = read_approval(work, instance)
        assert [(task["node_id"], task["status"]) for task in seen.tasks] == [("n1", "approved"), ("n2", "open")]
        sent = work.rows("SELECT id FROM outbox_messages WHERE topic = 'approval.task_opened'")
        assert len(sent) == 2
        stored = work.row("SELECT state FROM approval_instances WHERE id = %(id)s", {"id": instance})
        assert stored is not None
        assert fold(approval_log(work, instance)) == FlowState.from_json(stored.state)


class _Breaking:
    """Breaks at the first statement that changes `table`."""

    def __init__(self, table: str) -> None:
        self.table, self.broke = table, False

    def wrap(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        real = getattr(Work, name)

        def run(work: Work, sql: str, params: Any = None) -> Any:
            words = sql.upper().split()
            writes = words[0] in {"INSERT", "UPDATE", "DELETE"} and "claimed_until = " not in sql
            if writes and self.table in sql.split("VALUES")[0].split("WHERE")[0]:
                self.broke = True
                raise ConnectionError(self.table)
            return real(work, sql, params)

        monkeypatch.setattr(Work, name, run)


def test_one_act_costs_few_statements(work: Work) -> None:
    crowd = [add_user(work, f"u{number}", "crowd") for number in range(12)]
    add_user(work, "last", "final")
    publish_flow(work, {**asks("n1", "crowd", "quorum"), "pass": {"count": 2}}, {**asks("n2", "final"), "due": LIMIT})
    begin(work)
    act(work, crowd[0])

    with counting_statements() as log:
        act(work, crowd[1])  # passes the step, calls ten tasks off, asks the next with a time limit

    assert log.count <= 14, log.statements


def test_who_is_away_is_replaced_from_the_next_task_on(work: Work) -> None:
    fay, sam, zoe = (add_user(work, name, role) for name, role in (("fay", "finance"), ("sam", "x"), ("zoe", "y")))
    publish_flow(work, asks("n1", "finance"))
    days = {"starts_on": work.today, "ends_on": work.today}
    only_other = delegate(work, Delegate(from_id=fay, to_id=sam, flow_key="another", **days))
    assert [task.assignee_id for task in begin(work).open_tasks] == [fay]

    chosen = delegate(work, Delegate(from_id=fay, to_id=zoe, **days))
    started = begin(work)
    assert [task.assignee_id for task in started.open_tasks] == [zoe]
    assert read_approval(work, started.instance_id).tasks[0]["origin_id"] == fay

    assert [row.id for row in list_delegations(work, from_id=fay)] == [only_other, chosen]
    revoke_delegation(work, chosen, from_id=fay)
    assert [task.assignee_id for task in begin(work).open_tasks] == [fay]
    with pytest.raises(errors.DelegationUnknown):
        revoke_delegation(work, chosen)


def test_a_delegation_is_to_somebody_else_who_is_here_and_runs_forwards(work: Work) -> None:
    fay = add_user(work, "fay")
    days = {"starts_on": work.today, "ends_on": work.today}

    with pytest.raises(errors.DelegationToSelf):
        delegate(work, Delegate(from_id=fay, to_id=fay, **days))
    with pytest.raises(errors.TransferTargetUnfit):
        delegate(work, Delegate(from_id=fay, to_id=new_id(), **days))
    with pytest.raises(errors.DelegationBackwards):
        backwards = {"starts_on": work.today, "ends_on": work.today - timedelta(days=1)}
        delegate(work, Delegate(from_id=fay, to_id=new_id(), **backwards))


def test_the_submitter_has_to_choose_among_those_who_may_approve(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam", "sales")
    among = {"submitter_choice": {"among": [{"role": "finance"}], "most": 1}}
    publish_flow(work, {"id": "n1", "type": "approve", "who": [among]})

    with pytest.raises(errors.ChoiceMissing) as missing:
        begin(work, submitter=sam)
    assert [problem.pointer for problem in missing.value.problems] == ["/approvers/n1"]
    for unfit in ({"n1": [sam]}, {"n1": [new_id()]}, {"other": [fay]}):
        with pytest.raises(errors.ChoiceUnfit):
            begin(work, submitter=sam, choices=unfit)
    assert [task.assignee_id for task in begin(work, submitter=sam, choices={"n1": [fay]}).open_tasks] == [fay]
    assert begin(work, submitter=sam, may_choose=False).status == "returned"  # nobody here may manage users


def test_a_choice_is_asked_for_only_where_the_order_comes_past_it(work: Work) -> None:
    add_user(work, "fay", "finance")
    choice = {"id": "n1", "type": "approve", "who": [{"submitter_choice": {}}]}
    big = {"id": "c1", "when": {">": [{"var": "order.total"}, {"dec": "100000"}]}, "steps": [choice]}
    publish_flow(work, {"id": "b", "type": "branch", "cases": [big, {"id": "c0", "else": True, "steps": []}]})

    assert begin(work).status == "approved"


def test_reminders_on_request_are_written_down(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam")
    publish_flow(work, asks("n1", "finance"))
    instance = begin(work, submitter=sam).instance_id

    outcome = remind_approvers(as_user(work, sam), RemindApprovers(instance_id=instance))

    assert [effect.data["assignee"] for effect in outcome.effects] == [str(fay)]
    with pytest.raises(errors.RemindedJustNow):
        remind_approvers(work, RemindApprovers(instance_id=instance))


def test_copies_are_kept_for_those_who_got_them(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    publish_flow(work, {"id": "c", "type": "cc", "who": [{"role": "finance"}]})

    begin(work)

    assert work.scalar("SELECT user_id FROM approval_copies WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == fay


def test_a_running_approval_moves_to_the_newest_release_if_its_steps_are_there(work: Work) -> None:
    fay, fred = add_user(work, "fay", "finance"), add_user(work, "fred", "finance")
    publish_flow(work, asks("n1", "finance", "all"), asks("n2", "finance"), policy={"dedupe": "none"})
    stays, goes = begin(work).instance_id, begin(work).instance_id
    act(work, fay)  # of the older one
    act(work, fred)  # which is at n2 now
    publish_flow(work, asks("n1", "finance", "any"), asks("n3", "finance"), policy={"dedupe": "none"})

    plans = {plan.instance_id: [each.code for each in plan.obstacles] for plan in plan_migration(work)}
    assert plans == {stays: ["step_gone"], goes: []}
    with pytest.raises(errors.CannotMigrate):
        migrate_approval(work, MigrateApproval(instance_id=stays, values=VALUES))
    moved = migrate_approval(work, MigrateApproval(instance_id=goes, values=VALUES))

    assert (moved.status, read_approval(work, goes).release) == ("open", 2)
    with pytest.raises(errors.CannotMigrate):
        migrate_approval(work, MigrateApproval(instance_id=goes, values=VALUES))
    assert plan_migration(work)[0].instance_id == stays
    my_task = next(task for task in list_my_tasks(work, fred) if task.instance_id == goes)
    command = ActOnTask(task_id=my_task.task_id, action=Action.APPROVE, values=VALUES)
    act_on_task(as_user(work, fred), command)  # one is enough now, and the next step is the new one
    assert read_approval(work, goes).tasks[-1]["node_id"] == "n3"


def test_an_approval_under_a_release_that_says_the_same_need_not_move(work: Work) -> None:
    add_user(work, "fay", "finance")
    publish_flow(work, asks("n1", "finance"))
    begin(work)
    publish_flow(work, asks("x", "finance"), key="other")

    assert plan_migration(work) == []


def test_a_state_that_the_version_before_wrote_is_understood(work: Work) -> None:
    """It knew no visits, timers or choices."""
    fay = add_user(work, "fay", "finance")
    publish_flow(work, asks("n1", "finance"), asks("n2", "finance"), policy={"dedupe": "none"})
    instance: UUID = begin(work).instance_id
    act(work, fay)
    old = read_state(work, instance)
    for name in ("visits", "choices", "timers", "timer_count", "reminded_at"):
        del old[name]
    for active in old["active"]:
        for name in ("visit", "arrived", "failed"):
            del active[name]
    for task in old["tasks"]:
        for name in ("visit", "kind", "sign", "parent", "after", "weight", "escalations", "due_at"):
            del task[name]
    old["passed"] = ["n1"]
    log = [replace(event, data=without(event.data, "visit", "kind", "sign", "parent", "after", "weight",
                                       "escalations", "due_at", "choices")) for event in approval_log(work, instance)]  # fmt: skip

    assert FlowState.from_json(old) == FlowState.from_json(read_state(work, instance)) == fold(log)


def without(data: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def read_state(work: Work, instance: UUID) -> dict[str, Any]:
    stored = work.row("SELECT state FROM approval_instances WHERE id = %(id)s", {"id": instance})
    assert stored is not None
    return dict(stored.state)


def test_signers_are_added_on_rows(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam")
    publish_flow(work, {**asks("n1", "finance"), "allow": {"add_signer": ["before"]}})
    instance = begin(work).instance_id

    act(work, fay, Action.ADD_SIGNERS, signers=(sam,), where="before")
    assert [task["status"] for task in read_approval(work, instance).tasks] == ["suspended", "open"]
    act(work, sam)
    assert act(work, fay).status == "approved"
