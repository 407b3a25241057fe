"""Signers who are added, stand-ins, and the ways in which people are found, step by step in memory."""

from __future__ import annotations

from typing import Any

import pytest

from low_code.flows import errors
from low_code.flows.commands import AddSigners, Approve, Reject, Transfer, Withdraw
from tests.support.approvals import People, Running, a_flow, approve, ask, people_named, person, reject
from tests.support.approvals import started as started_


def started(*steps: dict[str, Any], people: People | None = None, **more: Any) -> Running:
    return started_(a_flow(*steps, **more), people)


def in_parallel(step_id: str, *branches: list[dict[str, Any]], join: str = "all") -> dict[str, Any]:
    made = [{"id": f"b{number}", "steps": steps} for number, steps in enumerate(branches, start=1)]
    return {"id": step_id, "type": "parallel", "join": join, "branches": made}


# Added signers


def add(running: Running, name: str, where: str, *people: str) -> None:
    command = AddSigners(
        actor=person(name), task=running.task_of(name), people=tuple(people_named(*people)), where=where
    )
    running.do(command)


SIGNERS = {"allow": {"add_signer": ["before", "after", "parallel"]}}


def test_who_is_added_before_signs_first_and_mine_waits() -> None:
    running = started(ask("n1", "ann", **SIGNERS))

    add(running, "ann", "before", "bob", "cid")
    assert running.asked() == people_named("bob", "cid")
    approve(running, "bob")
    assert running.state.tasks[0].status == "suspended"
    approve(running, "cid")
    assert running.asked() == people_named("ann")
    approve(running, "ann")

    assert running.state.status == "approved"


def test_who_is_added_after_is_asked_when_i_have_said_yes() -> None:
    running = started(ask("n1", "ann", **SIGNERS))

    add(running, "ann", "after", "bob")
    assert running.asked() == people_named("ann")
    approve(running, "ann")
    assert (running.state.status, running.asked()) == ("open", people_named("bob"))
    approve(running, "bob")

    assert running.state.status == "approved"


@pytest.mark.parametrize("where", ["before", "after"])
def test_what_an_added_signer_refuses_i_have_refused(where: str) -> None:
    running = started(ask("n1", "ann", "dan", mode="all", **SIGNERS))
    add(running, "ann", where, "bob", "cid")
    if where == "after":
        approve(running, "ann")

    reject(running, "bob")

    assert running.state.status == "rejected"
    assert running.state.live_tasks == ()


def test_who_is_added_beside_has_a_vote_of_his_own() -> None:
    running = started(ask("n1", "ann", "dan", mode="quorum", **{"pass": {"percent": 100}}, **SIGNERS))
    add(running, "ann", "parallel", "bob")

    approve(running, "ann")
    approve(running, "dan")
    assert running.state.status == "open"
    approve(running, "bob")

    assert running.state.status == "approved"


def test_signers_before_and_after_do_not_count_in_a_quorum() -> None:
    running = started(ask("n1", "ann", "dan", mode="quorum", **{"pass": {"count": 2}}, **SIGNERS))
    add(running, "ann", "after", "bob")

    approve(running, "ann")
    approve(running, "bob")  # ann's one vote is complete
    assert running.asked() == people_named("dan")


def test_of_two_added_of_whom_one_stands_in_for_the_other_one_is_asked() -> None:
    for people in (("bob", "cid"), ("cid", "bob")):
        running = started(ask("n1", "ann", **SIGNERS), people=People(away={"bob": "cid"}))

        add(running, "ann", "before", *people)

        asked = [task.assignee for task in running.state.open_tasks]
        assert len(asked) == len(set(asked)) and person("cid") in asked


def test_only_fit_people_are_added_where_the_step_allows_it() -> None:
    running = started(ask("n1", "ann", "dan", mode="all", allow={"add_signer": ["after"]}))

    with pytest.raises(errors.AddSignerNotAllowed):
        add(running, "ann", "before", "bob")
    with pytest.raises(errors.SignersMissing):
        add(running, "ann", "after")
    for unfit in ("dan", "sam"):  # asked already; the submitter
        with pytest.raises(errors.SignerUnfit):
            add(running, "ann", "after", unfit)
    add(running, "ann", "after", "bob")
    with pytest.raises(errors.SignerUnfit):
        add(running, "ann", "after", "bob")


# People


def test_delegates_are_asked_and_both_are_remembered() -> None:
    running = started(ask("n1", "ann"), people=People(away={"ann": "bob"}))

    task = running.state.open_tasks[0]

    assert (task.assignee, task.origin, task.via) == (person("bob"), person("ann"), "delegate")


def test_delegation_ends_where_it_goes_in_a_circle_and_never_reaches_the_submitter() -> None:
    circle = started(ask("n1", "ann"), people=People(away={"ann": "bob", "bob": "cid", "cid": "ann"}))
    assert circle.asked() == people_named("cid")

    assert started(ask("n1", "ann"), people=People(away={"ann": "sam"})).asked() == people_named("ann")
    allowed = started(ask("n1", "ann"), people=People(away={"ann": "sam"}), submitter_is_approver="allow")
    assert allowed.asked() == people_named("sam")


def test_who_is_asked_himself_and_for_another_is_asked_once() -> None:
    away = People(away={"ann": "bob"})

    assert started(ask("n1", "ann", "bob", mode="all"), people=away).asked() == people_named("bob")
    in_turn = started(ask("n1", "ann", "bob", "cid", mode="sequential"), people=away)
    approve(in_turn, "bob")
    assert in_turn.asked() == people_named("cid")


def test_heads_of_departments_chains_and_tables_name_people() -> None:
    people = People(
        departments={"sam": ["ann", None, "bob"]}, heads={"finance": "fay"}, managers={"sam": "m1", "m1": "m2", "m2": "m3"},
        limits={"m1": 10, "m2": 100}, roles={"director": ["m2"]},
    )  # fmt: skip

    def asked(*who: dict[str, Any]) -> list[Any]:
        return started(ask("n1", mode="all", who=list(who)), people=people).asked()

    assert asked({"department_head": {"level": 1}}) == people_named("ann")
    assert asked({"department_head": {"level": 3}}, {"head_of": "finance"}) == people_named("bob", "fay")
    assert asked({"department_head": {"level": 2}}) == people_named("admin")  # that one has no head
    assert asked({"chain": {"until_role": "director"}}) == people_named("m1", "m2")
    assert asked({"chain": {"levels": 3}}) == people_named("m1", "m2", "m3")


def test_the_department_s_head_stands_in_or_the_submitter_gets_it_back() -> None:
    step, people = ask("n1", "sam", "bob"), People(departments={"sam": ["sam", "dan"]})

    assert started(step, people=people, submitter_is_approver="department_head").asked() == people_named("dan", "bob")
    forbidden = started(step, people=people, submitter_is_approver="forbid")
    assert (forbidden.state.status, forbidden.log[-1].data["reason"]) == ("returned", "submitter_may_not_approve")


def test_whom_the_submitter_chose_is_asked() -> None:
    flow = a_flow(ask("n1", mode="all", who=[{"submitter_choice": {}}]))
    running = Running(flow, People())

    running.start(choices={"n1": ["bob", "cid"]})

    assert running.asked() == people_named("bob", "cid")


def test_an_empty_step_may_reject() -> None:
    assert started(ask("n1", role="ghosts"), on_empty="reject").state.status == "rejected"


def test_an_administrator_calls_off_what_nobody_else_may() -> None:
    running = started(ask("n1", "ann"), withdraw="never")

    with pytest.raises(errors.WithdrawTooLate):
        running.do(Withdraw(actor=person("sam")))
    with pytest.raises(errors.NotAnAdministrator):
        running.do(Withdraw(actor=person("ann"), by_administrator=True))
    running.do(Withdraw(actor=person("admin"), by_administrator=True))

    assert running.state.status == "withdrawn"


def test_people_asked_beside_each_other_do_not_approve_for_each_other() -> None:
    running = started(in_parallel("p", [ask("a", "ann")], [ask("b", "ann")]), ask("n", "ann"))

    assert running.asked() == people_named("ann", "ann")
    approve(running, "ann")
    approve(running, "ann")

    assert running.state.status == "approved"  # what comes after both is the same person again


def test_transfers_keep_the_weight_and_the_signers_of_a_vote() -> None:
    running = started(
        ask("n1", "ann", "bob", mode="quorum", **{"pass": {"weight": 4, "weights": {"ann@acme.test": 4}}}, **SIGNERS)
    )
    add(running, "ann", "after", "cid")
    running.do(Transfer(actor=person("ann"), task=running.task_of("ann"), to=person("dan")))

    running.do(Approve(actor=person("dan"), task=running.task_of("dan")))
    assert set(running.asked()) == set(people_named("bob", "cid"))
    running.do(Approve(actor=person("cid"), task=running.task_of("cid")))

    assert running.state.status == "approved"


def test_a_reject_needs_to_be_allowed() -> None:
    running = started(ask("n1", "ann", allow={"reject": False}))

    with pytest.raises(errors.RejectNotAllowed):
        running.do(Reject(actor=person("ann"), task=running.task_of("ann"), comment="no"))
