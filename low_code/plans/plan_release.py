"""Proposes a release to a second person, or sets the hour at which it is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id, to_text
from kernel.outbox import put_message
from low_code.documents.audit import record_act
from low_code.documents.errors import HeadMovedOn, NothingToPublish
from low_code.documents.publish_drafts import needs_second_person, refuse_if_unfit
from low_code.documents.queries import drafts_digest, read_documents, read_release
from low_code.documents.validate_drafts import Validation, validate_documents, validate_drafts
from low_code.documents.write_release import lock_head
from low_code.plans.errors import HourPassed, NothingToPlan, PlanVoid

PREFIX = "pln"
PROPOSED = "config.plan_proposed"
_FURTHEST = timedelta(days=366)

_INSERT = """
INSERT INTO config_plans (tenant_id, id, action, target, base, seen, changed, notes, accept_warnings, state, publish_at,
  proposed_by, proposed_by_name, proposed_by_kind, proposed_at)
VALUES (%(tenant)s, %(id)s, %(action)s, %(target)s, %(base)s, %(seen)s, %(changed)s::jsonb, %(notes)s, %(accept)s,
  %(state)s, %(publish_at)s, %(by)s, %(name)s, %(kind)s, %(now)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRelease:
    """action      publish all drafts, or roll_back to the release `target`
    base        the head that the author looked at
    seen        digest of the drafts that the author looked at; None: those that are there now
    publish_at  None: as soon as the second person agrees
    """

    action: Literal["publish", "roll_back"] = "publish"
    target: int | None = None
    base: int
    seen: str | None = None
    notes: str = ""
    accept_warnings: bool = False
    publish_at: datetime | None = None


def plan_release(work: Work, command: PlanRelease) -> UUID:
    """Checks it as publishing would, and keeps it. It waits for a second person where the tenant wants one.

    raises  HeadMovedOn, PlanVoid (drafts changed), NotPublishable, WarningsNotAccepted, NothingToPublish,
            ReleaseUnknown, HourPassed, NothingToPlan
    """
    head, digest = lock_head(work), drafts_digest(work)
    if head != command.base:
        raise HeadMovedOn(head=head, base=command.base)
    if command.action == "publish" and command.seen not in (None, digest):
        raise PlanVoid()
    _check_hour(work, command.publish_at)
    waits = needs_second_person(work)
    if not waits and command.publish_at is None:
        raise NothingToPlan()
    validation = would_release(work, command.action, command.target)
    if not validation.changed:
        raise NothingToPublish()
    refuse_if_unfit(validation, accept_warnings=command.accept_warnings)
    plan_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": plan_id, "action": command.action, "target": command.target, "base": head,
            "seen": digest if command.action == "publish" else "", "changed": exact_json.dumps(validation.changed),
            "notes": command.notes, "accept": command.accept_warnings, "state": "waiting" if waits else "scheduled",
            "publish_at": command.publish_at, "by": work.actor.id, "name": work.actor.name, "kind": work.actor.kind,
            "now": work.now,
        },
    )  # fmt: skip
    text_id = to_text(PREFIX, plan_id)
    at = command.publish_at.isoformat() if command.publish_at else None
    record_act(work, "config.propose" if waits else "config.schedule", text_id, {"publish_at": [None, at]})
    put_message(work, PROPOSED, {"plan_id": text_id})
    return plan_id


def would_release(work: Work, action: str, target: int | None) -> Validation:
    """What the plan would put in force, with all its problems."""
    if action == "publish":
        return validate_drafts(work)
    assert target is not None
    return validate_documents(work, read_documents(work, read_release(work, target).manifest))


def _check_hour(work: Work, publish_at: datetime | None) -> None:
    if publish_at is not None and not work.now < publish_at <= work.now + _FURTHEST:
        raise HourPassed()
