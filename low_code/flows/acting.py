"""What people do with a task: approve, reject, send back, pass on, ask others too."""

from __future__ import annotations

from uuid import UUID

from low_code.flows import errors
from low_code.flows.commands import SUBMITTER, AddSigners, Approve, Reject, Return, Transfer
from low_code.flows.run import Run
from low_code.flows.state import Active, Task
from low_code.flows.tree import Flow, Node, Scope

MOST_ASKED = 100  # people in one visit of a step, with all who were added


def legal_returns(flow: Flow, task: Task) -> tuple[str, ...]:
    """Where the task's step may send the approval: ids of steps, nearest first, and the submitter."""
    node = flow.nodes[task.node_id]
    earlier = tuple(reversed(node.before))
    return {
        "none": (),
        "submitter": (SUBMITTER,),
        "previous": (*earlier[:1], SUBMITTER),
        "any_before": (*earlier, SUBMITTER),
    }[node.spec.return_to]


def leaves_parallel(flow: Flow, active: tuple[Active, ...], task: Task, to: str) -> bool:
    """Whether sending it back there ends what runs beside the task's step."""
    return bool(_beside(flow, active, flow.nodes[task.node_id], _scope(flow, to)))


def approve(run: Run, command: Approve) -> None:
    task, node = _my_task(run, command.task, command.actor)
    _want_comment(node, "approve", command.comment)
    run.emit("task_approved", number=task.number, by=str(command.actor), comment=command.comment)
    after_yes(run, node, task)


def after_yes(run: Run, node: Node, task: Task) -> None:
    """A task is approved: those who are to sign after it are asked, whoever waits for it goes on."""
    active = run.state.active_at(node.id)
    assert active is not None
    for signer in task.after:
        if run.world.directory.active(signer) and signer not in run.asked_in(active.visit):
            run.open_task(node, signer, via="add_sign", sign="after", parent=task.number)
    if task.sign == "before":
        _resume_parent(run, node, task)
    node.type.settle(run, node)


def reject(run: Run, command: Reject) -> None:
    task, node = _my_task(run, command.task, command.actor)
    if not node.spec.may_reject:
        raise errors.RejectNotAllowed()
    _want_comment(node, "reject", command.comment)
    run.emit("task_rejected", number=task.number, by=str(command.actor), comment=command.comment)
    after_no(run, node, task)


def after_no(run: Run, node: Node, task: Task) -> None:
    """A task is refused. What an added signer refuses, whoever added him has refused."""
    parent = run.state.task(task.parent) if task.sign in {"before", "after"} and task.parent else None
    if parent is not None:
        others = [signer for signer in run.state.tasks_of(task.visit) if signer.parent == parent.number]
        run.cancel_open("signer_rejected", [signer for signer in others if signer.sign == task.sign])
        if parent.status == "suspended":
            run.emit("task_rejected", number=parent.number, by=None, comment="", signer=task.number)
    else:
        added = [signer for signer in run.state.tasks_of(task.visit) if signer.parent == task.number]
        run.cancel_open("rejected", [signer for signer in added if signer.sign != "parallel"])
    node.type.settle(run, node)


def _resume_parent(run: Run, node: Node, task: Task) -> None:
    """When all who were to sign before have, it is the turn of who added them."""
    parent = run.state.task(task.parent or 0)
    if parent is None or parent.status != "suspended":
        return
    beside = [signer for signer in run.state.tasks_of(task.visit) if signer.parent == parent.number]
    if any(signer.status in {"open", "suspended"} and signer.sign == "before" for signer in beside):
        return
    due = node.spec.due
    due_on = run.due_at(due.after, working=due.working) if due else None
    run.emit("task_resumed", number=parent.number, due_at=due_on.isoformat() if due_on else None)
    run.set_task_timers(node, parent.number, remind=True)


def send_back(run: Run, command: Return) -> None:
    task, node = _my_task(run, command.task, command.actor)
    targets = legal_returns(run.flow, task)
    if command.to not in targets:
        raise errors.ReturnTargetIllegal(to=command.to, targets=list(targets))
    scope = _scope(run.flow, command.to)
    if _beside(run.flow, run.state.active, node, scope) and not command.leave_parallel:
        raise errors.ReturnLeavesParallel(to=command.to)
    _want_comment(node, "return", command.comment)
    run.emit("task_returned", number=task.number, by=str(command.actor), comment=command.comment, to=command.to)
    jumps_back = run.flow.policy.after_return == "jump_back"
    # Out of a parallel block there is no way back into one of its branches: the whole block is come to again.
    source = node.id if len(node.inside) == len(scope) else node.inside[len(scope)][0]
    resume = source if jumps_back else None
    if command.to == SUBMITTER:
        run.end("returned", reason="returned", resume=resume)
        return
    leaves = run.active_within(scope)
    for active in leaves:
        run.cancel_open("returned", run.state.tasks_of(active.visit))
    run.forget_within(scope)
    run.emit(
        "went_back",
        to=command.to,
        resume=resume,
        leaves=[active.node_id for active in leaves],
        undone=[step for step, _ in run.state.passed if _stands_in(run.flow, step, scope)],
        jumps=[list(jump) for jump in _jumps_after(run, scope, command.to, resume)],
    )
    run.go_to(command.to)


def _scope(flow: Flow, to: str) -> Scope:
    return () if to == SUBMITTER else flow.nodes[to].inside


def _stands_in(flow: Flow, step: str, scope: Scope) -> bool:
    return step not in flow.nodes or flow.nodes[step].inside[: len(scope)] == scope


def _beside(flow: Flow, active: tuple[Active, ...], node: Node, scope: Scope) -> list[str]:
    """Active steps within `scope` that are neither `node` nor a block around it."""
    around = {block for block, _ in node.inside}
    return [
        each.node_id
        for each in active
        if each.node_id != node.id and each.node_id not in around and _stands_in(flow, each.node_id, scope)
    ]


def _jumps_after(run: Run, scope: Scope, to: str, resume: str | None) -> list[tuple[str, str]]:
    """The jumps that still mean something: those within blocks that are left do not."""
    if resume is None:
        return []

    def left(step: str) -> bool:
        node = run.flow.nodes.get(step)
        return node is None or (len(node.inside) > len(scope) and node.inside[: len(scope)] == scope)

    kept = [(step, target) for step, target in run.state.jumps if not left(step) and not left(target)]
    return [*kept, (to, resume)]


def transfer(run: Run, command: Transfer) -> None:
    task, node = open_task(run, command.task)
    is_administrator = command.actor in run.world.directory.administrators()
    if command.actor != task.assignee and not is_administrator:
        raise errors.NotYourTask(task=task.number)
    if not node.spec.may_transfer and not is_administrator:
        raise errors.TransferNotAllowed()
    if _is_unfit(run, node, task, command.to):
        raise errors.TransferTargetUnfit(to=str(command.to))
    _want_comment(node, "transfer", command.comment)
    run.emit(
        "task_transferred",
        number=task.number,
        by=str(command.actor) if command.actor else None,
        to=str(command.to),
        comment=command.comment,
    )
    pass_to(run, node, task, command.to, via="transfer", escalations=task.escalations)


def pass_to(run: Run, node: Node, task: Task, to: UUID, *, via: str, escalations: int) -> None:
    """Asks `to` in the place of a task that was just closed: with its vote, its signers and its place."""
    run.open_task(
        node,
        to,
        via=via,
        origin=task.origin or task.assignee,
        sign=task.sign,
        parent=task.parent,
        after=task.after,
        weight=task.weight,
        escalations=escalations,
    )


def add_signers(run: Run, command: AddSigners) -> None:
    task, node = _my_task(run, command.task, command.actor)
    if command.where not in node.spec.add_signer or (task.sign in {"before", "after"}):
        raise errors.AddSignerNotAllowed(where=command.where)
    people = tuple(dict.fromkeys(command.people))
    if not people:
        raise errors.SignersMissing()
    for user in people:
        if _is_unfit(run, node, task, user) or user in task.after:
            raise errors.SignerUnfit(user=str(user))
    if len(run.state.tasks_of(task.visit)) + len(people) > MOST_ASKED:
        raise errors.TooManyAsked(most=MOST_ASKED)
    _want_comment(node, "add_signer", command.comment)
    names = [str(user) for user in people]
    run.emit("signers_added", number=task.number, where=command.where, people=names, comment=command.comment)
    if command.where == "after":
        run.emit("signers_queued", number=task.number, people=names)
        return
    if command.where == "before":
        run.emit("task_suspended", number=task.number)
    for user in people:
        if user not in run.asked_in(task.visit):  # who stands in for one of them may be another of them
            run.open_task(node, user, via="add_sign", sign=command.where, parent=task.number)


def _is_unfit(run: Run, node: Node, task: Task, user: UUID) -> bool:
    """Not here, asked already in this step, about to be, or barred from approving what he submitted."""
    active = run.state.active_at(node.id)
    assert active is not None
    directory = run.world.directory
    taken = run.asked_in(task.visit) | set(active.waiting)
    queued = {signer for other in run.state.tasks_of(task.visit) for signer in other.after}
    return not directory.active(user) or user in taken or user in queued or run.is_barred(node, user)


def open_task(run: Run, number: int) -> tuple[Task, Node]:
    task = run.state.task(number)
    if task is None:
        raise errors.TaskUnknown(task=number)
    if task.status != "open":
        raise errors.TaskIsClosed(task=number, status=task.status)
    return task, run.flow.nodes[task.node_id]


def _my_task(run: Run, number: int, actor: UUID | None) -> tuple[Task, Node]:
    task, node = open_task(run, number)
    if actor != task.assignee:
        raise errors.NotYourTask(task=number)
    return task, node


def _want_comment(node: Node, action: str, comment: str) -> None:
    if action in node.spec.comment_required_on and not comment.strip():
        raise errors.CommentMissing(action=action)
