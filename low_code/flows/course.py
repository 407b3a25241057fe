"""What happens to an approval as a whole: it starts, is withdrawn, restarted, commented on, migrated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from kernel.db import json as exact_json
from low_code.flows import errors
from low_code.flows.commands import Comment, Migrate, Restart, Start, SubjectChanged, Withdraw
from low_code.flows.people import read_path
from low_code.flows.run import Run
from low_code.flows.tree import Flow


def watched_content(flow: Flow, values: Mapping[str, Any]) -> str:
    """Fingerprint of what the approvers answer for: SHA-256 over the watched paths and their values."""
    content = [[path, _comparable(read_path(values, path))] for path in sorted(flow.watch)]
    return hashlib.sha256(exact_json.dumps(content).encode()).hexdigest()


def _comparable(value: Any) -> Any:
    """1.50 and 1.5 are the same content; the order of keys is not content."""
    if isinstance(value, Mapping):
        return {str(key): _comparable(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    text = format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
    return f"{'s' if isinstance(value, str) else 'n'}:{text}"


def start(run: Run, command: Start) -> None:
    if run.state.status != "new":
        raise errors.AlreadyUnderApproval()
    run.emit(
        "started",
        submitter=str(command.submitter) if command.submitter else None,
        revision=command.revision,
        watched=watched_content(run.flow, run.world.values),
        choices={step: [str(user) for user in chosen] for step, chosen in command.choices.items()},
    )
    run.go_to(run.flow.first_id)


def comment(run: Run, command: Comment) -> None:
    if run.state.status == "new":
        raise errors.ApprovalUnknown()
    if not command.comment.strip():
        raise errors.CommentMissing()
    run.emit("commented", comment=command.comment)


def withdraw(run: Run, command: Withdraw) -> None:
    """Also of what came back: then it is with the submitter, who may always let it be."""
    if run.state.status not in {"open", "returned"}:
        raise errors.ApprovalIsClosed(status=run.state.status)
    if command.by_administrator:
        if command.actor not in run.world.directory.administrators():
            raise errors.NotAnAdministrator()
    elif command.actor is not None:  # the domain itself may always call it off
        _check_withdrawal(run, command)
    if command.comment:
        run.emit("commented", comment=command.comment)
    run.end("withdrawn", reason="administrator" if command.by_administrator else "")


def _check_withdrawal(run: Run, command: Withdraw) -> None:
    state, policy = run.state, run.flow.policy.withdraw
    if command.actor != state.submitter:
        raise errors.NotTheSubmitter()
    if state.status == "returned":
        return
    somebody_acted = any(
        task.round == state.round and task.status in {"approved", "rejected", "returned"} and not task.auto
        for task in state.tasks
    )
    if policy == "never" or (policy == "before_first_action" and somebody_acted):
        raise errors.WithdrawTooLate()


def restart(run: Run, command: Restart) -> None:
    state = run.state
    if state.status not in {"returned", "open"} or (state.status == "open" and command.actor is not None):
        raise errors.ApprovalIsClosed(status=state.status)
    if command.actor is not None and command.actor != state.submitter:
        raise errors.NotTheSubmitter()
    _begin_round(run, command.revision, watched_content(run.flow, run.world.values), "resubmitted")


def subject_changed(run: Run, command: SubjectChanged) -> None:
    if run.state.status != "open":
        return
    watched = watched_content(run.flow, run.world.values)
    restarts = run.flow.on_change == "restart" and not command.by_approver
    if watched != run.state.watched and restarts:
        _begin_round(run, command.revision, watched, "content_changed")
    elif command.revision != run.state.revision or watched != run.state.watched:
        run.emit("subject_revised", revision=command.revision, watched=watched)


def _begin_round(run: Run, revision: int, watched: str, reason: str) -> None:
    """From the start; straight to whoever sent it back only if they would see the same content again."""
    resume = run.state.resume if watched == run.state.watched else None
    run.cancel_open("restarted", run.state.live_tasks)
    run.emit("restarted", revision=revision, watched=watched, reason=reason)
    run.go_to(resume if resume in run.flow.nodes else run.flow.first_id)


def migrate(run: Run, command: Migrate) -> None:
    """`run.flow` is the new one; `migration.obstacles` has found nothing in the way."""
    _must_be_open(run)
    nodes = run.flow.nodes
    run.emit(
        "migrated",
        from_release=command.from_release,
        to_release=command.to_release,
        watched=watched_content(run.flow, run.world.values),
        jumps=[list(jump) for jump in run.state.jumps if jump[0] in nodes and jump[1] in nodes],
    )
    for active in run.state.active:  # where fewer need agree now, that may be decided already
        node = nodes[active.node_id]
        if node.type.name in {"approve", "handle"} and run.state.active_at(node.id) == active:
            node.type.settle(run, node)
        run.drive()


def _must_be_open(run: Run) -> None:
    if run.state.status != "open":
        raise errors.ApprovalIsClosed(status=run.state.status)
