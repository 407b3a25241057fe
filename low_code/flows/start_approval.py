"""Puts a subject under approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.flows import errors
from low_code.flows.choices import check_choices
from low_code.flows.commands import Start
from low_code.flows.state import FlowState
from low_code.flows.store import ApprovalOutcome, Loaded, OnceKey, carry_out, world_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StartApproval:
    """values: the subject as expressions read it; title: what lists of tasks show of it.

    choices    step -> whom the submitter chose for it
    may_choose whether the submitter could choose at all; a file with a thousand orders cannot, and then the flow's
               own way of finding somebody is gone
    """

    flow_key: str
    subject_kind: str
    subject_id: UUID
    subject_revision: int
    submitter_id: UUID | None
    title: str
    values: Mapping[str, Any]
    choices: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    may_choose: bool = True
    idempotency_key: str | None = None


def first_applicable_flow(work: Work, flow_keys: Sequence[str], values: Mapping[str, Any]) -> str | None:
    """The first of the flows (of the release in force) that wants to see a subject with these values."""
    moment, in_force = Environment(now=work.now, today=work.today), configuration(work)
    for key in flow_keys:
        if in_force.compiled("approval_flow", key).flow.applies(values, moment):
            return key
    return None


def start_approval(work: Work, command: StartApproval) -> ApprovalOutcome:
    """Starts the flow of the release in force, to which the approval stays pinned.

    raises  DocumentUnknown where there is no such flow, AlreadyUnderApproval where one runs, ChoiceMissing and
            ChoiceUnfit where the submitter has to name people
    """
    compiled = configuration(work).compiled("approval_flow", command.flow_key)
    world = world_of(work, command.values)
    choices = {step: tuple(chosen) for step, chosen in command.choices.items()} if command.may_choose else {}
    if command.may_choose:
        check_choices(compiled.flow, world, command.submitter_id, work.now, choices)
    instance = new_id()
    new = FlowState()
    inserted = work.execute(
        "INSERT INTO approval_instances (tenant_id, id, flow_key, release, document_hash, subject_kind, subject_id,"
        " subject_revision, status, round, version, submitter_id, title, state, started_at)"
        " VALUES (%(tenant)s, %(id)s, %(flow)s, %(release)s, %(hash)s, %(subject_kind)s, %(subject)s, %(revision)s,"
        " 'open', 0, 0, %(submitter)s, %(title)s, %(state)s::jsonb, %(now)s) ON CONFLICT DO NOTHING",
        {
            "tenant": work.tenant_id,
            "id": instance,
            "flow": command.flow_key,
            "release": compiled.document.release,
            "hash": compiled.document.hash,
            "subject_kind": command.subject_kind,
            "subject": command.subject_id,
            "revision": command.subject_revision,
            "submitter": command.submitter_id,
            "title": command.title,
            "state": exact_json.dumps(new.to_json()),
            "now": work.now,
        },
    )
    if not inserted:
        raise errors.AlreadyUnderApproval(flow=command.flow_key)
    loaded = Loaded(
        id=instance,
        flow_key=command.flow_key,
        release=compiled.document.release,
        subject_kind=command.subject_kind,
        subject_id=command.subject_id,
        state=new,
        flow=compiled.flow,
    )
    start = Start(
        actor=work.actor.id,
        submitter=command.submitter_id,
        revision=command.subject_revision,
        choices=choices,
    )
    once = OnceKey.of(command.idempotency_key, "start", command.flow_key, command.subject_id)
    return carry_out(work, loaded, start, command.values, once)
