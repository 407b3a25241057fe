"""Loads an approval under its lock, and writes what a step made of it. All in the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id
from low_code.documents.compiled import compiled
from low_code.flows import errors
from low_code.flows.commands import Command
from low_code.flows.directory import UserDirectory
from low_code.flows.people import World
from low_code.flows.state import LIVE, FlowState, Task
from low_code.flows.step import Effect, Stepped, step
from low_code.flows.tree import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task as clients see it: its row's id, its step, whom it is asked of and by when."""

    id: UUID
    node_id: str
    assignee_id: UUID
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalOutcome:
    """What a command came to.

    version   number of the last event; send it back with the next action
    replayed  the same command (by its key) had been done before; nothing was done again and `effects` is empty
    effects   the domain acts on approved, rejected, returned_to_submitter, withdrawn and restarted
    """

    instance_id: UUID
    subject_kind: str
    subject_id: UUID
    flow_key: str
    status: str
    round: int
    version: int
    replayed: bool
    effects: tuple[Effect, ...]
    open_tasks: tuple[OpenTask, ...]

    def has(self, kind: str) -> bool:
        """Whether an effect of this kind came of it."""
        return any(effect.kind == kind for effect in self.effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An approval; its row is locked by this unit of work, unless it was only looked at."""

    id: UUID
    flow_key: str
    release: int
    subject_kind: str
    subject_id: UUID
    state: FlowState
    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceKey:
    """An idempotency key, and a fingerprint of what was asked under it."""

    key: str | None
    fingerprint: str

    @classmethod
    def of(cls, key: str | None, *parts: object) -> OnceKey:
        text = "\x1f".join(str(part) for part in parts)
        return cls(key=key, fingerprint=hashlib.sha256(text.encode()).hexdigest())


_INSTANCE = (
    "SELECT id, flow_key, release, subject_kind, subject_id, state FROM approval_instances"
    " WHERE tenant_id = %(tenant)s AND id = %(id)s"
)


def load(work: Work, instance_id: UUID) -> Loaded:
    """The approval, locked until this unit of work ends.

    raises  ApprovalUnknown
    """
    return _loaded(work, f"{_INSTANCE} FOR UPDATE", instance_id)


def peek(work: Work, instance_id: UUID) -> Loaded:
    """The approval as it is now, not locked: for reading.

    raises  ApprovalUnknown
    """
    return _loaded(work, _INSTANCE, instance_id)


def _loaded(work: Work, sql: str, instance_id: UUID) -> Loaded:
    row = work.row(sql, {"tenant": work.tenant_id, "id": instance_id})
    if row is None:
        raise errors.ApprovalUnknown()
    return Loaded(
        id=row.id,
        flow_key=row.flow_key,
        release=row.release,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        state=FlowState.from_json(row.state),
        flow=compiled(work, "approval_flow", row.flow_key, row.release).flow,
    )


def was_done(work: Work, instance_id: UUID, once: OnceKey) -> bool:
    """Whether this very command was done before. The instance is locked, so a twin that runs now has to wait.

    raises  IdempotencyKeyReused where the key stood for something else
    """
    if once.key is None:
        return False
    found = work.row(
        "SELECT instance_id, fingerprint FROM approval_events WHERE tenant_id = %(tenant)s AND idem_key = %(key)s",
        {"tenant": work.tenant_id, "key": once.key},
    )
    if found is None:
        return False
    if found.instance_id != instance_id or found.fingerprint != once.fingerprint:
        raise errors.IdempotencyKeyReused()
    return True


def carry_out(
    work: Work, loaded: Loaded, command: Command, values: Mapping[str, Any], once: OnceKey
) -> ApprovalOutcome:
    """One step: decide, then write state, tasks, events and messages.

    raises  the errors of `flows.errors`
    """
    world = world_of(work, values)
    stepped = step(loaded.flow, loaded.state, command, work.now, world)
    if stepped.events:
        _write_events(work, loaded, stepped, once)
        _write_instance(work, loaded, stepped.state)
        write_tasks(work, loaded, stepped.state)
        _write_timers(work, loaded, stepped.state)
        _write_copies(work, loaded, stepped)
        _put_messages(work, loaded, stepped)
    return outcome_of(work, loaded, stepped.state, effects=stepped.effects)


def world_of(work: Work, values: Mapping[str, Any]) -> World:
    """What a step may ask about: the subject as `values`, and the people and the calendar of this company."""
    return World(values, UserDirectory(work), work.today, ZoneInfo(work.tenant.zone))


def outcome_of(
    work: Work, loaded: Loaded, state: FlowState, *, effects: tuple[Effect, ...] = (), replayed: bool = False
) -> ApprovalOutcome:
    return ApprovalOutcome(
        instance_id=loaded.id,
        subject_kind=loaded.subject_kind,
        subject_id=loaded.subject_id,
        flow_key=loaded.flow_key,
        status=state.status,
        round=state.round,
        version=state.seq,
        replayed=replayed,
        effects=effects,
        open_tasks=_open_tasks(work, loaded.id) if state.open_tasks else (),
    )


def _open_tasks(work: Work, instance_id: UUID) -> tuple[OpenTask, ...]:
    rows = work.rows(
        "SELECT id, node_id, assignee_id, due_at FROM approval_tasks"
        " WHERE tenant_id = %(tenant)s AND instance_id = %(instance)s AND status = 'open' ORDER BY number",
        {"tenant": work.tenant_id, "instance": instance_id},
    )
    return tuple(
        OpenTask(id=row.id, node_id=row.node_id, assignee_id=row.assignee_id, due_at=row.due_at) for row in rows
    )


def _write_events(work: Work, loaded: Loaded, stepped: Stepped, once: OnceKey) -> None:
    sql = """
        INSERT INTO approval_events
          (tenant_id, id, instance_id, seq, kind, actor_id, actor_name, idem_key, fingerprint, data, at)
        VALUES (%(tenant)s, %(id)s, %(instance)s, %(seq)s, %(kind)s, %(actor)s, %(name)s, %(key)s, %(fingerprint)s,
                %(data)s::jsonb, %(now)s)
        ON CONFLICT (tenant_id, idem_key) DO NOTHING
    """
    first, *rest = [
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "instance": loaded.id,
            "seq": loaded.state.seq + number,
            "kind": event.kind,
            "actor": event.actor,
            "name": work.actor.name,
            "key": once.key if number == 1 else None,
            "fingerprint": once.fingerprint if number == 1 and once.key else None,
            "data": exact_json.dumps(dict(event.data)),
            "now": work.now,
        }
        for number, event in enumerate(stepped.events, start=1)
    ]
    if not work.execute(sql, first):  # another approval took the key in this moment
        raise errors.IdempotencyKeyReused()
    if rest:
        work.execute_many(sql, rest)


def _write_instance(work: Work, loaded: Loaded, state: FlowState) -> None:
    work.execute(
        "UPDATE approval_instances SET status = %(status)s, round = %(round)s, version = %(version)s,"
        " subject_revision = %(revision)s, state = %(state)s::jsonb,"
        " ended_at = CASE WHEN %(status)s = 'open' THEN NULL ELSE coalesce(ended_at, %(now)s) END"
        " WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {
            "tenant": work.tenant_id,
            "id": loaded.id,
            "status": state.status,
            "round": state.round,
            "version": state.seq,
            "revision": state.revision,
            "state": exact_json.dumps(state.to_json()),
            "now": work.now,
        },
    )


_WRITE_TASK = """
    INSERT INTO approval_tasks
      (tenant_id, id, instance_id, number, node_id, kind, round, assignee_id, origin_id, via, status, opened_at,
       due_at, acted_by, acted_at, comment)
    VALUES (%(tenant)s, %(id)s, %(instance)s, %(number)s, %(node)s, %(kind)s, %(round)s, %(assignee)s, %(origin)s,
            %(via)s, %(status)s, %(now)s, %(due)s, %(acted_by)s, %(acted_at)s, %(comment)s)
    ON CONFLICT (tenant_id, instance_id, number) DO UPDATE SET status = EXCLUDED.status, due_at = EXCLUDED.due_at,
      acted_by = EXCLUDED.acted_by, acted_at = EXCLUDED.acted_at, comment = EXCLUDED.comment
"""


def write_tasks(work: Work, loaded: Loaded, state: FlowState) -> None:
    """The rows of the tasks that are new or were closed."""
    before = {task.number: task for task in loaded.state.tasks}
    changed = [task for task in state.tasks if before.get(task.number) != task]
    if changed:
        work.execute_many(_WRITE_TASK, [_task_row(work, loaded.id, task) for task in changed])


def _task_row(work: Work, instance_id: UUID, task: Task) -> dict[str, Any]:
    return {
        "tenant": work.tenant_id,
        "id": new_id(),
        "instance": instance_id,
        "number": task.number,
        "node": task.node_id,
        "kind": task.kind,
        "round": task.round,
        "assignee": task.assignee,
        "origin": task.origin,
        "via": task.via,
        "status": task.status,
        "now": work.now,
        "acted_by": task.acted_by,
        "due": task.due_at,
        "acted_at": None if task.status in LIVE else work.now,
        "comment": task.comment,
    }


def _write_timers(work: Work, loaded: Loaded, state: FlowState) -> None:
    """The rows of the timers that were set; those that fired or are no longer needed go."""
    before = {timer.number for timer in loaded.state.timers}
    now = {timer.number for timer in state.timers}
    if gone := sorted(before - now):
        work.execute(
            "DELETE FROM approval_timers WHERE tenant_id = %(tenant)s AND instance_id = %(instance)s"
            " AND number = ANY(%(numbers)s)",
            {"tenant": work.tenant_id, "instance": loaded.id, "numbers": gone},
        )
    new = [timer for timer in state.timers if timer.number not in before]
    if new:
        work.execute_many(
            "INSERT INTO approval_timers (tenant_id, id, instance_id, number, purpose, due_at)"
            " VALUES (%(tenant)s, %(id)s, %(instance)s, %(number)s, %(purpose)s, %(at)s)",
            [
                {
                    "tenant": work.tenant_id,
                    "id": new_id(),
                    "instance": loaded.id,
                    "number": timer.number,
                    "purpose": timer.purpose,
                    "at": timer.at,
                }
                for timer in new
            ],
        )


def _write_copies(work: Work, loaded: Loaded, stepped: Stepped) -> None:
    copied = [
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "instance": loaded.id,
            "node": event.data["node"],
            "user": user,
            "now": work.now,
        }
        for event in stepped.events
        if event.kind == "people_copied"
        for user in event.data["people"]
    ]
    if copied:
        work.execute_many(
            "INSERT INTO approval_copies (tenant_id, id, instance_id, node_id, user_id, at)"
            " VALUES (%(tenant)s, %(id)s, %(instance)s, %(node)s, %(user)s::uuid, %(now)s)",
            copied,
        )


def _put_messages(work: Work, loaded: Loaded, stepped: Stepped) -> None:
    """One message per effect: `approval.task_opened`, `approval.approved` … Their ids tell a repeat apart."""
    if not stepped.effects:
        return
    work.wakes_relay = True
    work.execute_many(
        "INSERT INTO outbox_messages (tenant_id, id, topic, payload)"
        " VALUES (%(tenant)s, %(id)s, %(topic)s, %(payload)s::jsonb)",
        [
            {
                "tenant": work.tenant_id,
                "id": new_id(),
                "topic": f"approval.{effect.kind}",
                "payload": exact_json.dumps(
                    {
                        "approval": str(loaded.id),
                        "flow": loaded.flow_key,
                        "subject_kind": loaded.subject_kind,
                        "subject_id": str(loaded.subject_id),
                        "round": stepped.state.round,
                        "version": stepped.state.seq,
                        **effect.data,
                    }
                ),
            }
            for effect in stepped.effects
        ],
    )
