"""What an approval does by itself when a timer's time has come, and reminders that people ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from low_code.flows import errors
from low_code.flows.acting import after_no, after_yes, pass_to
from low_code.flows.commands import Fire, Remind
from low_code.flows.people import LONGEST_LINE, reporting_line
from low_code.flows.run import Run
from low_code.flows.state import Task, Timer
from low_code.flows.tree import Node

MOST_ESCALATIONS = 3  # after that an administrator is asked
REMINDED_AGAIN_AFTER = timedelta(hours=1)


def remind(run: Run, command: Remind) -> None:
    state, administrators = run.state, run.world.directory.administrators()
    if state.status != "open":
        raise errors.ApprovalIsClosed(status=state.status)
    if command.actor != state.submitter and command.actor not in administrators:
        raise errors.NotTheSubmitter()
    if state.reminded_at and run.now < datetime.fromisoformat(state.reminded_at) + REMINDED_AGAIN_AFTER:
        raise errors.RemindedJustNow(minutes=int(REMINDED_AGAIN_AFTER.total_seconds() // 60))
    run.emit("everybody_reminded", at=run.now.isoformat())
    for task in state.open_tasks:
        run.emit("task_reminded", number=task.number, asked_for=True)


def fire(run: Run, command: Fire) -> None:
    """Looks at everything again: since the timer was found due the approval may have moved on."""
    timer = run.state.timer(command.timer)
    if run.state.status != "open" or timer is None or run.now < datetime.fromisoformat(timer.at):
        return
    node = run.flow.nodes[timer.node_id]
    run.emit("timer_fired", number=timer.number, purpose=timer.purpose)
    if timer.purpose == "wait":
        node.type.settle(run, node)
        return
    task = run.state.task(timer.task or 0)
    if task is None or task.status != "open":
        return
    if timer.purpose == "remind":
        run.emit("task_reminded", number=task.number, asked_for=False)
    else:
        _time_is_up(run, node, task, timer)


def _time_is_up(run: Run, node: Node, task: Task, timer: Timer) -> None:
    due = node.spec.due
    if due is None:  # a migration took the limit away
        return
    if due.on_timeout == "approve":
        run.emit("task_approved", number=task.number, by=None, comment="", auto=True, timeout=True)
        after_yes(run, node, task)
    elif due.on_timeout == "reject":
        run.emit("task_rejected", number=task.number, by=None, comment="", auto=True, timeout=True)
        after_no(run, node, task)
    elif due.on_timeout != "escalate" or not _escalate(run, node, task):
        run.emit("task_reminded", number=task.number, asked_for=False)
        at = run.due_at(due.after, working=due.working)
        run.set_timer("due", at, node, timer.visit, task.number)


def _escalate(run: Run, node: Node, task: Task) -> bool:
    """Passes the task up. False where there is nobody above who could take it."""
    if task.escalations > MOST_ESCALATIONS:  # an administrator has it already
        return False
    to = next(_who_could_take_it(run, node, task), None)
    if to is None:
        return False
    run.emit("task_escalated", number=task.number, by=None, to=str(to), node=task.node_id, assignee=str(task.assignee))
    pass_to(run, node, task, to, via="escalate", escalations=task.escalations + 1)
    return True


def _who_could_take_it(run: Run, node: Node, task: Task) -> Iterator[UUID]:
    """Nearest first: whom the step names, or the managers above; then administrators."""
    active = run.state.active_at(node.id)
    assert active is not None
    directory, due = run.world.directory, node.spec.due
    candidates: list[UUID] = []
    if task.escalations < MOST_ESCALATIONS:
        named = run.find(due.escalate_to, node)
        candidates += named or reporting_line(directory, task.assignee, LONGEST_LINE)
    taken = run.asked_in(task.visit) | set(active.waiting)
    for user in (*candidates, *directory.administrators()):
        if directory.active(user) and user not in taken and not run.is_barred(node, user):
            yield user
