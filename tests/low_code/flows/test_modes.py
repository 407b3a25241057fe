"""Quorums, handling, time limits, parallel blocks, rules, waiting and calls, step by step in memory."""

from __future__ import annotations

from typing import Any

import pytest

from low_code.flows import errors
from low_code.flows.commands import Remind, Return
from low_code.flows.fold import fold
from tests.support.approvals import People, Running, a_flow, approve, ask, people_named, person, reject, send_back
from tests.support.approvals import started as started_


def started(*steps: dict[str, Any], people: People | None = None, **more: Any) -> Running:
    return started_(a_flow(*steps, **more), people)


def in_parallel(step_id: str, *branches: list[dict[str, Any]], join: str = "all") -> dict[str, Any]:
    made = [{"id": f"b{number}", "steps": steps} for number, steps in enumerate(branches, start=1)]
    return {"id": step_id, "type": "parallel", "join": join, "branches": made}


# Quorum


def test_a_quorum_by_count_passes_and_fails_as_early_as_it_can() -> None:
    two_of_four = ask("n1", "ann", "bob", "cid", "dan", mode="quorum", **{"pass": {"count": 2}})

    passing = started(two_of_four)
    approve(passing, "ann")
    assert passing.state.status == "open"
    approve(passing, "dan")
    assert (passing.state.status, passing.asked()) == ("approved", [])

    failing = started(two_of_four)
    for name in ("ann", "bob"):
        reject(failing, name)
    assert failing.state.status == "open"  # two are left, and two are needed
    reject(failing, "cid")
    assert failing.state.status == "rejected"


def test_a_quorum_by_percent_counts_weights_by_role_and_by_address() -> None:
    people = People(roles={"finance": ["ann", "bob"], "cfo": ["cid"]})
    step = ask("n1", mode="quorum", who=[{"role": "finance"}, {"role": "cfo"}],
               **{"pass": {"percent": 60, "weights": {"role:cfo": 3, "bob@acme.test": 2}}})  # fmt: skip

    weighty = started(step, people=people)  # 1 + 2 + 3; 60 % is 3.6
    approve(weighty, "cid")
    assert weighty.state.status == "open"
    approve(weighty, "ann")
    assert weighty.state.status == "approved"

    light = started(step, people=people)
    reject(light, "cid")  # 3 of 6 can still come together, which is too little
    assert light.state.status == "rejected"


def test_a_quorum_by_weight_is_reached_by_one_heavy_vote() -> None:
    step = ask("n1", "ann", "bob", mode="quorum", **{"pass": {"weight": 5, "weights": {"ann@acme.test": 5}}})
    running = started(step)

    approve(running, "ann")

    assert running.state.status == "approved"


def test_a_quorum_that_the_people_cannot_reach_asks_administrators_too_or_goes_back() -> None:
    step = ask("n1", "ann", mode="quorum", **{"pass": {"count": 2}})

    assert started(step).asked() == people_named("ann", "admin")
    alone = started(step, people=People(admins=()))
    assert (alone.state.status, alone.log[-1].data["reason"]) == ("returned", "quorum_unreachable")


def test_all_may_wait_for_everybody_before_it_fails() -> None:
    running = started(ask("n1", "ann", "bob", mode="all", collect=True))

    reject(running, "ann")
    assert running.state.status == "open"
    approve(running, "bob")

    assert running.state.status == "rejected"


# Handle


def test_what_is_handled_is_done_not_refused_and_never_implied() -> None:
    handle = {**ask("n2", "ann"), "type": "handle"}
    running = started(ask("n1", "ann"), handle)
    approve(running, "ann")

    assert running.state.open_tasks[0].kind == "handle"  # approving before does not do it
    with pytest.raises(errors.RejectNotAllowed):
        reject(running, "ann")
    approve(running, "ann")

    assert running.state.status == "approved"


def test_who_submitted_may_handle_what_he_submitted() -> None:
    assert started({**ask("n1", "sam"), "type": "handle"}).asked() == people_named("sam")


# Parallel


def test_a_parallel_block_joins_when_all_its_branches_are_through() -> None:
    running = started(in_parallel("p", [ask("a", "ann")], [ask("b1", "bob"), ask("b2", "cid")]), ask("n", "dan"))

    assert running.asked() == people_named("ann", "bob")
    approve(running, "bob")
    approve(running, "ann")
    assert running.asked() == people_named("cid")
    approve(running, "cid")

    assert running.asked() == people_named("dan")


def test_a_parallel_block_may_go_on_with_the_first_branch_and_call_off_the_others() -> None:
    running = started(in_parallel("p", [ask("a", "ann")], [ask("b", "bob")], join="any"), ask("n", "dan"))

    approve(running, "bob")

    assert running.asked() == people_named("dan")
    assert [task.status for task in running.state.tasks] == ["cancelled", "approved", "open"]


def test_a_rejection_ends_a_block_of_all_but_only_a_branch_of_any() -> None:
    every = started(in_parallel("p", [ask("a", "ann")], [ask("b", "bob")]))
    reject(every, "ann")
    assert every.state.status == "rejected"

    first = started(in_parallel("p", [ask("a", "ann")], [ask("b", "bob")], join="any"))
    reject(first, "ann")
    assert (first.state.status, first.asked()) == ("open", people_named("bob"))
    reject(first, "bob")
    assert first.state.status == "rejected"


def test_blocks_within_blocks_come_to_an_end() -> None:
    inner = in_parallel("q", [ask("a", "ann")], [ask("b", "bob")], join="any")
    running = started(in_parallel("p", [inner, ask("c", "cid")], [ask("d", "dan")]))

    reject(running, "ann")
    approve(running, "bob")
    assert running.asked() == people_named("dan", "cid")
    approve(running, "dan")
    approve(running, "cid")

    assert running.state.status == "approved"


def test_an_empty_branch_is_through_at_once() -> None:
    assert started(in_parallel("p", [], [ask("a", "ann")])).asked() == people_named("ann")
    assert started(in_parallel("p", [ask("a", "ann")], [], join="any")).state.status == "approved"


def test_sending_back_within_a_branch_leaves_the_other_branches_alone() -> None:
    running = started(in_parallel("p", [ask("a1", "ann"), ask("a2", "bob")], [ask("b", "cid")]))
    approve(running, "ann")

    send_back(running, "bob", "a1")

    assert sorted(running.asked()) == sorted(people_named("ann", "cid"))
    approve(running, "cid")
    approve(running, "ann")
    approve(running, "bob")
    assert running.state.status == "approved"


def test_sending_back_out_of_a_block_has_to_be_confirmed_and_ends_the_other_branches() -> None:
    running = started(ask("n", "zoe"), in_parallel("p", [ask("a", "ann")], [ask("b", "bob")]), after_return="jump_back")
    approve(running, "zoe")
    task = running.task_of("ann")

    with pytest.raises(errors.ReturnLeavesParallel):
        running.do(Return(actor=person("ann"), task=task, to="n", comment="x"))
    running.do(Return(actor=person("ann"), task=task, to="n", comment="x", leave_parallel=True))

    assert running.asked() == people_named("zoe")
    approve(running, "zoe")  # and back to the block as a whole: its branches were ended
    assert running.asked() == people_named("ann", "bob")
    assert fold(running.log) == running.state


# Rules, waiting, calls


def rule(least: int, **more: str) -> dict[str, Any]:
    return {"id": "r", "type": "auto", "when": ["total", least], **more}


def test_a_rule_lets_through_or_rejects() -> None:
    assert started(rule(50), ask("n", "ann")).asked() == people_named("ann")
    assert started(rule(500), ask("n", "ann")).state.status == "rejected"
    assert started(rule(50, then="reject")).state.status == "rejected"
    assert started(rule(500, then="reject")).state.status == "approved"
    assert started(rule(500, otherwise="approve")).state.status == "approved"


def test_a_step_waits_for_a_time_or_until_a_day() -> None:
    running = started({"id": "w", "type": "wait", "after": "PT5H", "calendar": "all"}, ask("n", "ann"))
    assert (running.asked(), len(running.state.timers)) == ([], 1)

    running.wait(hours=4)
    assert running.asked() == []
    running.wait(hours=1)
    assert running.asked() == people_named("ann")

    until = {"id": "w", "type": "wait", "until": "order.from"}
    for day, status in (("2026-11-24", "open"), ("2026-11-22", "approved"), (None, "approved"), ("soon", "approved")):
        assert started_(a_flow(until), None, **{"from": day}).state.status == status


def test_what_waits_beside_other_steps_is_called_off_with_them() -> None:
    wait = {"id": "w", "type": "wait", "after": "P1D", "calendar": "all"}
    running = started(in_parallel("p", [wait], [ask("a", "ann")], join="any"))

    approve(running, "ann")

    assert (running.state.status, running.state.timers) == ("approved", ())


def test_a_called_flow_runs_with_its_own_policy_and_its_result_counts() -> None:
    call = {"id": "k", "type": "call", "flow": "inner"}
    inner = {"steps": [ask("n1", "sam")], "policy": {"submitter_is_approver": "allow"}}

    running = started(call, ask("n1", "bob"), called={"inner": inner})
    assert running.state.open_tasks[0].node_id == "k.n1"
    assert running.asked() == people_named("sam")
    approve(running, "sam")
    assert running.asked() == people_named("bob")

    refused = started(call, called={"inner": [ask("n1", "ann")]})
    reject(refused, "ann")
    assert refused.state.status == "rejected"

    skipped = started(call, ask("n1", "bob"), called={"inner": {**inner, "trigger": {"when": ["total", 10**6]}}})
    assert skipped.asked() == people_named("bob")


# Time limits


def due(after: str = "PT24H", on_timeout: Any = "remind", **more: Any) -> dict[str, Any]:
    return {"after": after, "calendar": "all", "on_timeout": on_timeout, **more}


def test_reminders_go_out_before_the_limit_and_it_may_decide_by_itself() -> None:
    approving = started(ask("n1", "ann", due=due(on_timeout="approve", remind=["PT20H"])))
    assert [effect.kind for effect in approving.wait(hours=21)] == ["task_reminded"]
    assert [effect.kind for effect in approving.wait(hours=4)] == ["approved"]
    assert approving.state.tasks[0].auto and approving.state.tasks[0].acted_by is None

    rejecting = started(ask("n1", "ann", due=due(on_timeout="reject")))
    rejecting.wait(hours=25)
    assert rejecting.state.status == "rejected"


def test_a_limit_that_only_reminds_reminds_again_and_again() -> None:
    running = started(ask("n1", "ann", due=due()))

    assert [effect.kind for effect in running.wait(hours=75)] == ["task_reminded"] * 3
    assert running.asked() == people_named("ann")


def test_who_does_not_act_in_time_is_passed_over_three_times_and_then_an_administrator_has_it() -> None:
    line = {"ann": "m1", "m1": "m2", "m2": "m3", "m3": "m4", "m4": "m5"}
    running = started(
        ask("n1", "ann", due=due(on_timeout={"escalate": {"manager_of": "assignee"}})), people=People(managers=line)
    )

    asked = []
    for _ in range(6):
        running.wait(hours=25)
        asked += running.asked()

    assert asked == people_named("m1", "m2", "m3", "admin", "admin", "admin")
    last = running.state.open_tasks[0]
    assert (last.via, last.origin) == ("escalate", person("ann"))
    approve(running, "admin")
    assert running.state.status == "approved"


def test_where_nobody_is_above_a_reminder_goes_out() -> None:
    running = started(ask("n1", "ann", due=due(on_timeout={"escalate": {"role": "ghosts"}})), people=People(admins=()))

    running.wait(hours=25)

    assert (running.asked(), len(running.state.timers)) == (people_named("ann"), 1)


def test_reminders_on_request_are_for_submitter_and_administrators_and_not_too_often() -> None:
    running = started(ask("n1", "ann"))

    with pytest.raises(errors.NotTheSubmitter):
        running.do(Remind(actor=person("ann")))
    assert [effect.kind for effect in running.do(Remind(actor=person("sam")))] == ["task_reminded"]
    with pytest.raises(errors.RemindedJustNow):
        running.do(Remind(actor=person("admin")))
    running.wait(minutes=61)
    running.do(Remind(actor=person("admin")))
