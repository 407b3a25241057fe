"""Releases that wait: for a second person, for their hour; and what keeps them from happening twice or unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Actor, Work
from kernel.ids import new_id
from low_code.documents.errors import HeadMovedOn, NothingToPublish, NotPublishable
from low_code.documents.publish_drafts import PublishDrafts, SecondPersonNeeded, publish_drafts, release_drafts
from low_code.documents.queries import drafts_digest, history, list_drafts, read_release
from low_code.documents.roll_back import RollBack, roll_back
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.plans.decide_plan import approve_plan, cancel_plan, refuse_plan
from low_code.plans.errors import HourPassed, NotAPerson, NothingToPlan, OwnPlan, PlanOver, PlanUnknown, PlanVoid
from low_code.plans.plan_release import PlanRelease, plan_release
from low_code.plans.publish_due import publish_due
from low_code.plans.queries import list_plans, read_plan
from tenants.directory.tenant_settings import set_four_eyes
from tests.support.low_code import named

ADA = Actor(kind="staff", id=new_id(), name="Ada")
BO = Actor(kind="staff", id=new_id(), name="Bo")


def draft(work: Work, pattern: str = "A-{seq:4}") -> None:
    etag = next((each.etag for each in list_drafts(work)), None)
    save_draft(work, SaveDraft(kind="numbering", key="n", body={"name": named("N"), "pattern": pattern}, etag=etag))


def propose(work: Work, actor: Actor = ADA, **more: Any) -> UUID:
    work.actor = actor
    return plan_release(work, PlanRelease(**{"base": work.tenant.head_release, **more}))


def later(work: Work, **time: Any) -> None:
    work.now += timedelta(**time)


@pytest.fixture
def four_eyes(work: Work) -> None:
    set_four_eyes(work, True)
    draft(work)


@pytest.fixture
def hour(work: Work) -> Any:
    draft(work)
    return work.now + timedelta(hours=1)


def test_nobody_publishes_alone_where_two_are_asked_for(work: Work, four_eyes: None) -> None:
    with pytest.raises(SecondPersonNeeded):
        publish_drafts(work, PublishDrafts(base=0))
    with pytest.raises(SecondPersonNeeded):
        roll_back(work, RollBack(to=1, base=0))


def test_a_second_person_agrees_and_the_release_names_both(work: Work, four_eyes: None) -> None:
    plan = propose(work, notes="numbers")
    with pytest.raises(OwnPlan):
        approve_plan(work, plan)
    work.actor = BO

    release = approve_plan(work, plan, "fine")

    assert release is not None and (release.author_name, release.checks["approved_by"]) == ("Ada", "Bo")
    assert (read_plan(work, plan).state, read_plan(work, plan).release) == ("published", release.number)
    assert work.actor == BO and work.tenant.head_release == release.number
    actions = work.rows("SELECT action, actor_name FROM audit_entries WHERE action LIKE 'config.%%p%%' ORDER BY id")
    assert [(row.action, row.actor_name) for row in actions if row.action != "config.save_draft"] == [
        ("config.propose", "Ada"), ("config.approve_plan", "Bo"), ("config.publish", "Ada"),
    ]  # fmt: skip
    with pytest.raises(PlanOver):
        approve_plan(work, plan)


def test_only_a_person_decides(work: Work, four_eyes: None) -> None:
    plan = propose(work)
    work.actor = Actor(kind="api_key", id=new_id(), name="ERP")

    with pytest.raises(NotAPerson):
        approve_plan(work, plan)
    with pytest.raises(PlanUnknown):
        approve_plan(work, new_id())


def test_a_refusal_keeps_its_reason_and_the_drafts(work: Work, four_eyes: None) -> None:
    plan = propose(work)
    work.actor = BO

    refuse_plan(work, plan, "not on a Friday")

    found = read_plan(work, plan)
    assert (found.state, found.decision_note, found.decided_by_name) == ("refused", "not on a Friday", "Bo")
    assert len(list_drafts(work)) == 1 and work.tenant.head_release == 0


def test_a_change_of_the_drafts_after_the_proposal_voids_it(work: Work, four_eyes: None) -> None:
    plan = propose(work)
    draft(work, "B-{seq:4}")
    work.actor = BO

    assert not read_plan(work, plan).stands
    with pytest.raises(PlanVoid):
        approve_plan(work, plan)
    publish_due(work)
    assert read_plan(work, plan).state == "void"


def test_of_two_proposals_the_second_is_void_once_the_first_is_published(work: Work, four_eyes: None) -> None:
    first, second = propose(work), propose(work)
    work.actor = BO
    approve_plan(work, first)

    with pytest.raises(PlanVoid):
        approve_plan(work, second)


def test_going_back_is_proposed_too(work: Work) -> None:
    draft(work)
    publish_drafts(work, PublishDrafts(base=0))
    draft(work, "B-{seq:4}")
    publish_drafts(work, PublishDrafts(base=1))
    set_four_eyes(work, True)
    draft(work, "C-{seq:4}")
    plan = propose(work, action="roll_back", target=1)
    draft(work, "D-{seq:4}")  # drafts are no part of going back
    work.actor = BO

    release = approve_plan(work, plan)

    assert release is not None and (release.number, release.restores) == (3, 1)
    assert read_release(work, 3).manifest == read_release(work, 1).manifest and len(list_drafts(work)) == 1


def test_what_could_not_be_published_cannot_be_proposed(work: Work, four_eyes: None) -> None:
    with pytest.raises(HeadMovedOn):
        propose(work, base=7)
    with pytest.raises(PlanVoid):
        propose(work, seen="another")
    draft(work, "no counter")
    with pytest.raises(NotPublishable):
        propose(work)
    work.execute("DELETE FROM config_drafts")
    with pytest.raises(NothingToPublish):
        propose(work)


def test_a_release_is_published_at_its_hour_once_and_announced(work: Work, hour: Any) -> None:
    plan = propose(work, publish_at=hour, notes="night")

    publish_due(work)
    assert read_plan(work, plan).state == "scheduled"
    later(work, hours=2)
    work.actor = Actor(kind="system", id=None, name="Orderloom")
    publish_due(work)
    publish_due(work)

    found = read_plan(work, plan)
    assert (found.state, found.release, len(history(work))) == ("published", 1, 1)
    assert (read_release(work, 1).author_name, read_release(work, 1).notes) == ("Ada", "night")
    assert work.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'config.plan_ended'") == 1


def test_what_is_wrong_at_the_hour_is_kept_and_announced(work: Work) -> None:
    work.execute(
        "INSERT INTO roles (tenant_id, id, key, names, permissions) VALUES (%(t)s, %(i)s, 'boss', '{\"en\": \"Boss\"}', '{}')",
        {"t": work.tenant_id, "i": new_id()},
    )
    step = {"id": "a", "type": "approve", "name": named("A"), "who": [{"role": "boss"}], "mode": "any"}
    body = {"name": named("F"), "subject": {"of": "order"}, "steps": [step]}
    save_draft(work, SaveDraft(kind="approval_flow", key="f", body=body))
    plan = propose(work, publish_at=work.now + timedelta(hours=1))
    work.execute("DELETE FROM roles WHERE key = 'boss'")
    later(work, hours=2)

    publish_due(work)

    found = read_plan(work, plan)
    assert (found.state, work.tenant.head_release) == ("failed", 0)
    assert found.failure is not None and found.failure["code"] == "not_publishable"
    assert found.failure["problems"][0]["pointer"] == "/approval_flow/f/steps/0/who/0/role"
    assert work.scalar("SELECT count(*) FROM outbox_messages WHERE topic = 'config.plan_ended'") == 1
    assert len(list_drafts(work)) == 1


def test_another_release_before_the_hour_voids_it_instead_of_being_overwritten(work: Work, hour: Any) -> None:
    plan = propose(work, publish_at=hour)
    release_drafts(work, PublishDrafts(base=0))
    later(work, hours=2)

    publish_due(work)

    assert (read_plan(work, plan).state, work.tenant.head_release) == ("void", 1)


def test_a_second_person_who_is_asked_for_meanwhile_is_asked(work: Work, hour: Any) -> None:
    plan = propose(work, publish_at=hour)
    set_four_eyes(work, True)
    later(work, hours=2)

    publish_due(work)

    failure = read_plan(work, plan).failure
    assert failure is not None and failure["code"] == "second_person_needed"


def test_an_agreed_release_still_waits_for_its_hour(work: Work, four_eyes: None) -> None:
    plan = propose(work, publish_at=work.now + timedelta(hours=1))
    later(work, hours=2)
    publish_due(work)
    assert read_plan(work, plan).state == "waiting"
    later(work, hours=-2)
    work.actor = BO

    assert approve_plan(work, plan) is None
    later(work, hours=2)
    publish_due(work)

    assert (read_plan(work, plan).state, read_release(work, 1).checks["approved_by"]) == ("published", "Bo")


def test_a_plan_is_called_off(work: Work, hour: Any) -> None:
    plan = propose(work, publish_at=hour)

    cancel_plan(work, plan)
    later(work, hours=2)
    publish_due(work)

    assert (read_plan(work, plan).state, work.tenant.head_release) == ("cancelled", 0)
    with pytest.raises(PlanOver):
        cancel_plan(work, plan)


def test_an_hour_must_lie_ahead(work: Work, hour: Any) -> None:
    for at in (work.now, work.now - timedelta(days=1), work.now + timedelta(days=400)):
        with pytest.raises(HourPassed):
            propose(work, publish_at=at)
    with pytest.raises(NothingToPlan):
        propose(work)


def test_open_plans_are_listed_first(work: Work, hour: Any) -> None:
    old = propose(work, publish_at=hour)
    cancelled = propose(work, publish_at=hour, seen=drafts_digest(work))
    cancel_plan(work, cancelled)

    assert [plan.id for plan in list_plans(work)] == [old, cancelled]
    assert [plan.id for plan in list_plans(work, open_only=True)] == [old]
