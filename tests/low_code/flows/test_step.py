from __future__ import annotations

import pytest

from low_code.flows import errors
from low_code.flows.commands import (
    Approve,
    Comment,
    Reject,
    Restart,
    SubjectChanged,
    Transfer,
    Withdraw,
)
from low_code.flows.step import legal_returns
from tests.support.approvals import (
    People,
    Running,
    a_flow,
    approve,
    ask,
    people_named,
    person,
    reject,
    send_back,
    started,
)


def test_any_of_several_people_is_enough() -> None:
    running = started(a_flow(ask("n1", "ann", "bob")))

    effects = approve(running, "bob")

    assert running.state.status == "approved"
    assert [effect.kind for effect in effects] == ["approved"]
    assert [task.status for task in running.state.tasks] == ["cancelled", "approved"]


def test_a_step_that_asks_any_of_them_fails_only_when_all_reject() -> None:
    running = started(a_flow(ask("n1", "ann", "bob")))

    reject(running, "ann")
    assert running.state.status == "open"
    reject(running, "bob")

    assert running.state.status == "rejected"


def test_a_step_that_asks_all_of_them_waits_for_each_and_fails_on_the_first_rejection() -> None:
    running = started(a_flow(ask("n1", "ann", "bob", "cid", mode="all")))

    approve(running, "ann")
    assert running.state.status == "open"
    reject(running, "bob")

    assert running.state.status == "rejected"
    assert running.asked() == []


def test_a_sequential_step_asks_one_person_at_a_time_in_order() -> None:
    running = started(a_flow(ask("n1", "ann", "bob", mode="sequential")))

    assert running.asked() == people_named("ann")
    approve(running, "ann")
    assert running.asked() == people_named("bob")
    approve(running, "bob")

    assert running.state.status == "approved"


def test_a_branch_takes_the_first_case_that_holds() -> None:
    flow = a_flow(
        {
            "id": "b1",
            "type": "branch",
            "cases": [
                {"id": "big", "when": ["total", 1000], "steps": [ask("n1", "cfo")]},
                {"id": "small", "else": True, "steps": []},
            ],
        },
        ask("n2", "bob"),
    )

    assert started(flow, total=5000).asked() == people_named("cfo")
    assert started(flow, total=10).asked() == people_named("bob")


def test_a_flow_without_steps_approves_at_once() -> None:
    assert started(a_flow()).state.status == "approved"


def test_copies_and_messages_wait_for_nobody() -> None:
    running = Running(
        a_flow(
            {"id": "c1", "type": "cc", "who": [{"role": "warehouse"}]},
            {"id": "m1", "type": "notify", "who": [{"submitter": True}], "message": {"en": "On its way"}},
        ),
        People(roles={"warehouse": ["wang"]}),
    )

    effects = running.start()

    assert [effect.kind for effect in effects] == ["people_copied", "people_notified", "approved"]
    assert effects[0].data["people"] == [str(person("wang"))]


def test_people_are_found_by_role_line_field_and_address_each_once() -> None:
    people = People(roles={"finance": ["fay", "ann"]}, managers={"sam": "mia", "mia": "max"})
    who = [
        {"users": ["ann@acme.test"]},
        {"role": "finance"},
        {"chain": {"levels": 5}},
        {"manager": {"level": 2}},
        {"field": "order.sales_rep"},
    ]
    running = started(a_flow(ask("n1", mode="all", who=who)), people, sales_rep=str(person("rep")))

    assert running.asked() == people_named("ann", "fay", "mia", "max", "rep")


def test_who_submitted_does_not_approve_unless_the_flow_says_so() -> None:
    step = ask("n1", "sam", "bob")
    people = People(managers={"sam": "mia"})

    assert started(a_flow(step), people).asked() == people_named("bob")
    assert started(a_flow(step, submitter_is_approver="manager"), people).asked() == people_named("mia", "bob")
    assert started(a_flow(step, submitter_is_approver="allow"), people).asked() == people_named("sam", "bob")


def test_an_empty_step_is_never_passed_in_silence() -> None:
    nobody = ask("n1", role="ghosts")

    assert started(a_flow(nobody)).asked() == people_named("admin")
    named = a_flow(nobody, on_empty={"assign": [{"users": ["boss@acme.test"]}]})
    assert started(named).asked() == people_named("boss")
    sent_back = started(a_flow(nobody, on_empty="return"))
    assert sent_back.state.status == "returned"
    assert started(a_flow(nobody), People(admins=())).state.status == "returned"


def test_who_approved_just_before_is_not_asked_again() -> None:
    steps = (ask("n1", "ann"), ask("n2", "ann", "bob", mode="all"), ask("n3", "ann"))

    adjacent = started(a_flow(*steps))
    approve(adjacent, "ann")
    assert adjacent.asked() == people_named("bob")
    approve(adjacent, "bob")
    assert adjacent.state.status == "approved"

    each = started(a_flow(*steps, dedupe="none"))
    approve(each, "ann")
    assert each.asked() == people_named("ann", "bob")


def test_whole_deduplication_looks_past_other_steps() -> None:
    steps = (ask("n1", "ann"), ask("n2", "bob"), ask("n3", "ann"))

    whole, adjacent = started(a_flow(*steps, dedupe="whole")), started(a_flow(*steps))
    for running in (whole, adjacent):
        approve(running, "ann")
        approve(running, "bob")

    assert whole.state.status == "approved"
    assert adjacent.asked() == people_named("ann")


def test_a_step_may_be_sent_back_only_to_steps_that_every_run_passed() -> None:
    flow = a_flow(
        ask("n1", "ann"),
        {
            "id": "b1",
            "type": "branch",
            "cases": [
                {"id": "c1", "when": ["total", 1], "steps": [ask("n2", "bob"), ask("n3", "cid")]},
                {"id": "c0", "else": True, "steps": [ask("n4", "dan")]},
            ],
        },
        ask("n5", "eve"),
    )
    running = started(flow)
    approve(running, "ann")
    approve(running, "bob")

    at_n3 = running.state.open_tasks[0]
    assert legal_returns(flow, at_n3) == ("n2", "n1", "submitter")
    approve(running, "cid")
    at_n5 = running.state.open_tasks[0]
    assert legal_returns(flow, at_n5) == ("n1", "submitter")
    with pytest.raises(errors.ReturnTargetIllegal) as refused:
        send_back(running, "eve", "n3")
    assert refused.value.facts["targets"] == ["n1", "submitter"]


def test_after_a_return_every_step_is_asked_again() -> None:
    running = started(a_flow(ask("n1", "ann"), ask("n2", "bob"), ask("n3", "cid")))
    approve(running, "ann")
    approve(running, "bob")

    send_back(running, "cid", "n1")

    assert (running.state.round, running.asked()) == (2, people_named("ann"))
    approve(running, "ann")
    assert running.asked() == people_named("bob")


def test_after_a_return_a_flow_may_jump_back_to_who_sent_it() -> None:
    running = started(a_flow(ask("n1", "ann"), ask("n2", "bob"), ask("n3", "cid"), after_return="jump_back"))
    approve(running, "ann")
    approve(running, "bob")
    send_back(running, "cid", "n1")

    approve(running, "ann")

    assert running.asked() == people_named("cid")
    approve(running, "cid")
    assert running.state.status == "approved"


def test_what_came_back_to_the_submitter_is_submitted_again() -> None:
    running = started(a_flow(ask("n1", "ann"), ask("n2", "bob")))
    approve(running, "ann")
    effects = send_back(running, "bob", "submitter")
    assert [effect.kind for effect in effects] == ["returned_to_submitter"]

    with pytest.raises(errors.NotTheSubmitter):
        running.do(Restart(actor=person("ann"), revision=2))
    running.do(Restart(actor=person("sam"), revision=2))

    assert (running.state.status, running.state.round, running.asked()) == ("open", 2, people_named("ann"))


def test_a_jump_back_after_resubmission_needs_unchanged_content() -> None:
    flow = a_flow(ask("n1", "ann"), ask("n2", "bob"), watch=["order.total"], after_return="jump_back")

    def resubmitted(total: int) -> Running:
        running = started(flow)
        approve(running, "ann")
        send_back(running, "bob", "submitter")
        running.values["order"]["total"] = total
        running.do(Restart(actor=person("sam"), revision=2))
        return running

    assert resubmitted(total=100).asked() == people_named("bob")
    assert resubmitted(total=999).asked() == people_named("ann")


def test_a_task_is_passed_on_and_remembers_whom_it_was_asked_of() -> None:
    running = started(a_flow(ask("n1", "ann", "bob", mode="all")))
    task = running.task_of("ann")

    with pytest.raises(errors.TransferTargetUnfit):
        running.do(Transfer(actor=person("ann"), task=task, to=person("bob")))
    with pytest.raises(errors.TransferTargetUnfit):
        running.do(Transfer(actor=person("ann"), task=task, to=person("sam")))
    running.do(Transfer(actor=person("ann"), task=task, to=person("zoe")))

    assert running.asked() == people_named("bob", "zoe")
    assert running.state.open_tasks[1].origin == person("ann")


def test_an_administrator_passes_on_the_task_of_somebody_who_is_away() -> None:
    running = started(a_flow(ask("n1", "ann", allow={"transfer": False})))
    task = running.task_of("ann")

    with pytest.raises(errors.TransferNotAllowed):
        running.do(Transfer(actor=person("ann"), task=task, to=person("bob")))
    with pytest.raises(errors.NotYourTask):
        running.do(Transfer(actor=person("eve"), task=task, to=person("bob")))
    running.do(Transfer(actor=person("admin"), task=task, to=person("bob")))

    assert running.asked() == people_named("bob")


def test_somebody_who_left_before_their_turn_is_replaced() -> None:
    people = People()
    running = started(a_flow(ask("n1", "ann", "bob", mode="sequential")), people)
    people.absent.add("bob")

    approve(running, "ann")

    assert running.asked() == people_named("admin")


def test_withdrawing_is_for_the_submitter_before_anybody_acted() -> None:
    running = started(a_flow(ask("n1", "ann"), ask("n2", "bob")))

    with pytest.raises(errors.NotTheSubmitter):
        running.do(Withdraw(actor=person("ann")))
    approve(running, "ann")
    with pytest.raises(errors.WithdrawTooLate):
        running.do(Withdraw(actor=person("sam")))

    fresh = started(a_flow(ask("n1", "ann")))
    assert [effect.kind for effect in fresh.do(Withdraw(actor=person("sam")))] == ["withdrawn"]


def test_a_rejection_needs_a_reason_where_the_step_says_so() -> None:
    running = started(a_flow(ask("n1", "ann")))

    with pytest.raises(errors.CommentMissing):
        running.do(Reject(actor=person("ann"), task=running.task_of("ann"), comment="  "))


def test_nobody_acts_on_a_closed_task_or_on_somebody_elses() -> None:
    running = started(a_flow(ask("n1", "ann", "bob", mode="all")))
    task = running.task_of("ann")

    with pytest.raises(errors.NotYourTask):
        running.do(Approve(actor=person("bob"), task=task))
    approve(running, "ann")
    with pytest.raises(errors.TaskIsClosed):
        running.do(Approve(actor=person("ann"), task=task))


def test_a_change_of_watched_content_starts_a_new_round() -> None:
    running = started(a_flow(ask("n1", "ann"), ask("n2", "bob"), watch=["order.total", "order.lines.qty"]))
    approve(running, "ann")

    running.values["order"]["note"] = "please hurry"
    running.do(SubjectChanged(actor=None, revision=2))
    assert (running.state.round, running.asked()) == (1, people_named("bob"))

    running.values["order"]["lines"] = [{"qty": 3}]
    effects = running.do(SubjectChanged(actor=None, revision=3))
    assert (running.state.round, running.asked()) == (2, people_named("ann"))
    assert "restarted" in [effect.kind for effect in effects]


def test_a_comment_is_kept_in_the_log_and_changes_nothing_else() -> None:
    running = started(a_flow(ask("n1", "ann")))

    running.do(Comment(actor=person("eve"), comment="I know this customer"))

    assert running.log[-1].kind == "commented"
    assert running.asked() == people_named("ann")
