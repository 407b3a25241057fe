"""Publishes what is due, once, and says what could not be."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.errors import DomainError
from kernel.ids import to_text
from kernel.outbox import put_message
from low_code.documents.publish_drafts import SecondPersonNeeded, needs_second_person
from low_code.plans.decide_plan import end_plan, publish_plan
from low_code.plans.errors import PlanVoid
from low_code.plans.plan_release import PREFIX
from low_code.plans.queries import Plan, due_plans, list_plans, read_plan

ENDED = "config.plan_ended"


def publish_due(work: Work) -> None:
    """Everything in one transaction: whoever is killed in the middle has published nothing, and the next run does."""
    for plan_id in due_plans(work):
        plan = read_plan(work, plan_id)
        work.execute("SAVEPOINT plan")
        try:
            release = _publish(work, plan)
        except DomainError as refusal:
            work.execute("ROLLBACK TO SAVEPOINT plan")
            _failed(work, plan, refusal)
        else:
            work.execute("RELEASE SAVEPOINT plan")
            end_plan(work, plan_id, "published", release=release)
            _announce(work, plan_id)
    void_stale(work)


def void_stale(work: Work) -> None:
    """Plans whose drafts or head are not those that were seen. What was agreed to is not there any more."""
    for plan in list_plans(work, open_only=True):
        if not plan.stands:
            end_plan(work, plan.id, "void", failure=_failure_json(PlanVoid()))
            _announce(work, plan.id)


def _publish(work: Work, plan: Plan) -> int:
    """Checked again in the light of this moment.

    raises  PlanVoid, SecondPersonNeeded, and what publishing raises
    """
    if not plan.stands:
        raise PlanVoid()
    if plan.decided_by is None and needs_second_person(work):
        raise SecondPersonNeeded()
    return publish_plan(work, plan, approved_by=plan.decided_by_name).number


def _failed(work: Work, plan: Plan, refusal: DomainError) -> None:
    state = "void" if isinstance(refusal, PlanVoid) else "failed"
    end_plan(work, plan.id, state, failure=_failure_json(refusal))
    _announce(work, plan.id)


def _failure_json(refusal: DomainError) -> str:
    problems = [
        {"pointer": each.pointer, "code": each.code, "message": each.message, "facts": dict(each.facts)}
        for each in refusal.problems
    ]
    facts = {name: value for name, value in refusal.facts.items() if isinstance(value, str | int)}
    return exact_json.dumps({"code": refusal.code, "message": refusal.message, "facts": facts, "problems": problems})


def _announce(work: Work, plan_id: UUID) -> None:
    put_message(work, ENDED, {"plan_id": to_text(PREFIX, plan_id)})
