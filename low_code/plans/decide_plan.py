"""The second person agrees or refuses; whoever planned a release may call it off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from kernel.db import Actor, Work
from kernel.ids import to_text
from low_code.documents.audit import record_act
from low_code.documents.errors import DraftsMovedOn
from low_code.documents.publish_drafts import PublishDrafts, release_drafts
from low_code.documents.queries import Release
from low_code.documents.roll_back import RollBack, release_again
from low_code.plans.errors import NotAPerson, OwnPlan, PlanOver, PlanVoid
from low_code.plans.plan_release import PREFIX
from low_code.plans.queries import Plan, read_plan

_DECIDED = """
UPDATE config_plans SET state = %(state)s, decided_by = %(by)s, decided_by_name = %(name)s, decided_at = %(now)s,
  decision_note = %(note)s, ended_at = CASE WHEN %(state)s = 'scheduled' THEN NULL ELSE %(now)s END
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_ENDED = """
UPDATE config_plans SET state = %(state)s, ended_at = %(now)s, release = %(release)s, failure = %(failure)s::jsonb
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""


def approve_plan(work: Work, plan_id: UUID, note: str = "") -> Release | None:
    """Publishes it, or lets it wait for its hour (then None).

    raises  PlanUnknown, PlanOver, OwnPlan, NotAPerson, PlanVoid, and what publishing raises
    """
    plan = _to_decide(work, plan_id)
    if not plan.stands:
        raise PlanVoid()
    record_act(work, "config.approve_plan", to_text(PREFIX, plan_id), {"note": [None, note]})
    if plan.publish_at is not None and plan.publish_at > work.now:
        _decided(work, plan_id, "scheduled", note)
        return None
    _decided(work, plan_id, "scheduled", note)
    release = publish_plan(work, plan, approved_by=work.actor.name)
    end_plan(work, plan_id, "published", release=release.number)
    return release


def refuse_plan(work: Work, plan_id: UUID, note: str) -> None:
    """raises PlanUnknown, PlanOver, OwnPlan, NotAPerson"""
    _to_decide(work, plan_id)
    _decided(work, plan_id, "refused", note)
    record_act(work, "config.refuse_plan", to_text(PREFIX, plan_id), {"note": [None, note]})


def cancel_plan(work: Work, plan_id: UUID) -> None:
    """By whoever may publish; the drafts stay.

    raises  PlanUnknown, PlanOver
    """
    plan = read_plan(work, plan_id, lock=True)
    if not plan.is_open:
        raise PlanOver(state=plan.state)
    end_plan(work, plan_id, "cancelled")
    record_act(work, "config.cancel_plan", to_text(PREFIX, plan_id), {})


def publish_plan(work: Work, plan: Plan, *, approved_by: str | None) -> Release:
    """The release, in the name of who proposed it. Compare-and-swap holds as for any other."""
    with _in_name_of(work, plan):
        if plan.action == "publish":
            command = PublishDrafts(
                base=plan.base, notes=plan.notes, accept_warnings=plan.accept_warnings, seen=plan.seen
            )
            try:
                return release_drafts(work, command, approved_by=approved_by)
            except DraftsMovedOn:  # saved since the plan was read: only now does nobody save any more
                raise PlanVoid() from None
        assert plan.target is not None
        again = RollBack(to=plan.target, base=plan.base, notes=plan.notes, accept_warnings=plan.accept_warnings)
        return release_again(work, again, approved_by=approved_by)


def end_plan(work: Work, plan_id: UUID, state: str, *, release: int | None = None, failure: str | None = None) -> None:
    """failure: JSON text"""
    parameters: dict[str, Any] = {"state": state, "release": release, "failure": failure}
    work.execute(_ENDED, {**parameters, "tenant": work.tenant_id, "id": plan_id, "now": work.now})


def _to_decide(work: Work, plan_id: UUID) -> Plan:
    plan = read_plan(work, plan_id, lock=True)
    if plan.state != "waiting":
        raise PlanOver(state=plan.state)
    if work.actor.kind != "staff" or work.actor.id is None:
        raise NotAPerson()
    if work.actor.id == plan.proposed_by:
        raise OwnPlan()
    return plan


def _decided(work: Work, plan_id: UUID, state: str, note: str) -> None:
    # A plan that is published at once is scheduled for this moment, so that the row is never without an hour.
    work.execute(
        "UPDATE config_plans SET publish_at = coalesce(publish_at, %(now)s) WHERE tenant_id = %(tenant)s"
        " AND id = %(id)s AND %(state)s = 'scheduled'",
        {"tenant": work.tenant_id, "id": plan_id, "now": work.now, "state": state},
    )
    work.execute(
        _DECIDED,
        {
            "tenant": work.tenant_id, "id": plan_id, "state": state, "by": work.actor.id, "name": work.actor.name,
            "now": work.now, "note": note,
        },
    )  # fmt: skip


@contextmanager
def _in_name_of(work: Work, plan: Plan) -> Iterator[None]:
    actor = work.actor
    work.actor = Actor(
        kind=plan.proposed_by_kind, id=plan.proposed_by, name=plan.proposed_by_name, address=actor.address,
        request_id=actor.request_id,
    )  # fmt: skip
    try:
        yield
    finally:
        work.actor = actor
