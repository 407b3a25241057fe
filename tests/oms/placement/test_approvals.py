"""What an order's approval means for the order: time limits, fields that a step opens, choices, cancelling."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Actor, Work
from kernel.errors import Invalid
from kernel.ids import from_text, new_id
from kernel.outbox import Delivery
from low_code.flows import errors
from low_code.flows.queries import approvals_of, list_my_tasks, read_approval
from oms.notifications.mail_approvers import approval_mails
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.placement.act_on_approval import (
    ActOnApproval,
    act_on_approval,
    comment_on_order,
    remind_order,
    transfer_for,
    withdraw_order,
)
from oms.placement.approval_timers import fire_approval_timer
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import ApprovalRefused
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.jobs import cancel_refused, find_due_approval_timers
from oms.placement.place import place
from oms.placement.policy_for import policy_for
from oms.placement.start_order_approval import start_order_approval
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.running_approvals import add_user

FIELDS = {
    "fields": [
        {"id": "f1", "key": "margin", "labels": {"en": "Margin"}, "type": "decimal", "min": 0},
        {"id": "f2", "key": "cost", "labels": {"en": "Cost"}, "type": "text"},
    ]
}


def asks(step_id: str, role: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "type": "approve", "who": [{"role": role}], **more}


def publish(work: Work, *steps: dict[str, Any], **more: Any) -> None:
    flow = {"name": {"en": "Big"}, "subject": {"of": "order", "watch": ["order.total"]}, "steps": list(steps), **more}
    order_type = an_order_type(approvals=["big"], channels=["api", "file"], credit={"policy": "ignore"})
    publish_defaults(work, {"fields/order": FIELDS, "approval_flow/big": flow, "order_type/standard": order_type})


def shop(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_customer(work, "C-1")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="50")


def ordered(work: Work, **more: Any) -> UUID:
    line = LineRequest(sku="TEA", quantity=Decimal(5))
    return place(
        work, PlaceOrder(order_type="standard", channel="api", lines=(line,), customer_number="C-1", **more)
    ).order_id


def acting(work: Work, user: UUID) -> Work:
    work.actor = Actor(kind="staff", id=user, name="somebody")
    return work


def order(work: Work, order_id: UUID) -> Any:
    return work.row("SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(id)s",
                    {"t": work.tenant_id, "id": order_id})  # fmt: skip


def approval(work: Work, order_id: UUID) -> Any:
    return read_approval(work, approvals_of(work, "order", order_id)[0])


def run_timers(work: Work) -> None:
    """What the scheduler and a worker do."""
    before = new_id()
    find_due_approval_timers(work)
    for row in work.rows("SELECT payload FROM outbox_messages WHERE topic = 'approval.timer_due' AND id > %(id)s",
                         {"id": before}):  # fmt: skip
        timer_id = from_text("tmr", row.payload["timer"])
        assert timer_id is not None
        fire_approval_timer(work, timer_id)


def test_an_order_whose_time_is_up_is_approved_released_and_promised(work: Work) -> None:
    add_user(work, "fay", "finance")
    publish(work, asks("n1", "finance", due={"after": "PT8H", "calendar": "all", "on_timeout": "approve"}))
    shop(work)
    order_id = ordered(work)
    assert order(work, order_id).open_holds == 1

    run_timers(work)
    assert order(work, order_id).open_holds == 1
    work.now += timedelta(hours=9)
    run_timers(work)

    row = order(work, order_id)
    assert (row.open_holds, row.fulfilment_status) == (0, "allocated")
    work.now += timedelta(hours=9)
    run_timers(work)
    assert approval(work, order_id).status == "approved"


def test_an_order_that_waits_a_while_goes_on_by_itself(work: Work) -> None:
    publish(work, {"id": "w", "type": "wait", "after": "PT2H", "calendar": "all"})
    shop(work)
    order_id = ordered(work)

    work.now += timedelta(hours=3)
    run_timers(work)

    assert (order(work, order_id).open_holds, approval(work, order_id).status) == (0, "approved")


def test_an_approver_changes_what_his_step_opens_and_nothing_else(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam", "boss")
    rights = {"order.cf.margin": "edit", "order.cf.cost": "hide"}
    publish(work, asks("n1", "finance", fields=rights), asks("n2", "boss"))
    shop(work)
    order_id = ordered(work, custom={"cost": "7"})
    acting(work, fay)

    def approve(**fields: Any) -> None:
        act_on_approval(work, ActOnApproval(order_id=order_id, action="approve", fields=fields))

    for locked in ({"cost": "8"}, {"unknown": "1"}):
        with pytest.raises(errors.FieldNotYours):
            approve(**locked)
    with pytest.raises(Invalid) as wrong:
        approve(margin="-1")
    assert [problem.pointer for problem in wrong.value.problems] == ["/fields/margin"]
    version = approval(work, order_id).version
    with pytest.raises(errors.ApprovalMovedOn):
        act_on_approval(work, ActOnApproval(order_id=order_id, action="approve", fields={"margin": "3"},
                                            expected_version=version - 1))  # fmt: skip
    act_on_approval(
        work, ActOnApproval(order_id=order_id, action="approve", fields={"margin": "12"}, expected_version=version)
    )

    custom = order(work, order_id).custom
    assert (Decimal(str(custom["margin"])), custom["cost"]) == (Decimal(12), "7")
    assert [task.node_id for task in list_my_tasks(work, sam)] == ["n2"]  # no new round
    acting(work, sam)
    with pytest.raises(errors.FieldNotYours):
        approve(margin="1")  # his step opens nothing
    kinds = [row.kind for row in work.rows("SELECT kind FROM order_events WHERE order_id = %(id)s ORDER BY id",
                                           {"id": order_id})]  # fmt: skip
    assert kinds[-2:] == ["approval_edited", "approval_approve"]


def test_the_submitter_names_approvers_when_the_order_is_placed(work: Work) -> None:
    fay, sam = add_user(work, "fay", "finance"), add_user(work, "sam")
    publish(work, asks("n1", "x", who=[{"submitter_choice": {"among": [{"role": "finance"}]}}]))
    shop(work)
    acting(work, sam)

    with pytest.raises(errors.ChoiceMissing):
        ordered(work)
    order_id = ordered(work, approvers={"n1": (fay,)})

    assert [task["assignee_id"] for task in approval(work, order_id).tasks] == [fay]


def test_cancelling_an_order_calls_its_approval_off(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    publish(work, asks("n1", "finance"))
    shop(work)
    order_id = ordered(work)

    cancel_under_approval(work, CancelOrder(order_id=order_id, reason=CancelReason.STAFF))

    assert approval(work, order_id).status == "withdrawn"
    assert list_my_tasks(work, fay) == []


def test_cancelling_a_part_asks_those_again_who_approved_the_whole(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    add_user(work, "max", "boss")
    publish(work, asks("n1", "finance"), asks("n2", "boss"))
    shop(work)
    order_id = ordered(work)
    act_on_approval(acting(work, fay), ActOnApproval(order_id=order_id, action="approve"))
    line = work.scalar("SELECT id FROM order_lines WHERE order_id = %(id)s", {"id": order_id})

    command = CancelOrder(order_id=order_id, reason=CancelReason.STAFF, quantities={line: Decimal(2)})
    cancel_under_approval(work, command)

    seen = approval(work, order_id)
    assert (seen.status, seen.round) == ("open", 2)
    assert [task.node_id for task in list_my_tasks(work, fay)] == ["n1"]


def test_a_rule_refuses_an_order_that_a_person_submits_and_cancels_one_from_a_file(work: Work) -> None:
    never = {">": [{"var": "order.total"}, {"dec": "100000"}]}
    publish(work, {"id": "r", "type": "auto", "when": never})
    shop(work)

    with pytest.raises(ApprovalRefused):
        ordered(work)

    publish(
        work, asks("n1", "x", who=[{"manager": {"level": 1}}]), policy={"on_empty": "return"}
    )  # placed, to be refused afterwards
    order_id = ordered(work)
    publish(work, {"id": "r", "type": "auto", "when": never})
    work.execute("UPDATE approval_instances SET status = 'withdrawn' WHERE tenant_id = %(t)s",
                             {"t": work.tenant_id})  # fmt: skip
    values = {"order": {"total": Decimal(50), "currency": "USD", "customer": {"name": "C"}}}
    start_order_approval(work, order_id, values, policy_for(work, "standard"))
    for _ in range(2):
        payload = {"subject_kind": "order", "subject_id": str(order_id)}
        cancel_refused(
            work, Delivery(id=new_id(), tenant_id=work.tenant_id, topic="approval.rejected", payload=payload)
        )
    assert order(work, order_id).status == "cancelled"


def test_reminders_remarks_and_what_an_administrator_may(work: Work) -> None:
    ada, fay, sam = (add_user(work, name, role) for name, role in (("ada", "admin"), ("fay", "finance"), ("sam", "x")))
    publish(work, asks("n1", "finance"), policy={"withdraw": "never"})
    shop(work)
    order_id = ordered(acting(work, sam))

    remind_order(work, order_id)
    comment_on_order(work, order_id, "they are good for it")
    with pytest.raises(errors.WithdrawTooLate):
        withdraw_order(work, order_id)
    task = list_my_tasks(work, fay)[0].task_id
    with pytest.raises(errors.NotYourTask):
        transfer_for(work, order_id, task, ada)
    transfer_for(acting(work, ada), order_id, task, ada)
    assert [task["assignee_id"] for task in approval(work, order_id).tasks] == [fay, ada]
    withdraw_order(work, order_id, by_administrator=True)

    assert order(work, order_id).status == "cancelled"


def test_whoever_is_asked_gets_a_mail_in_his_language_once(work: Work) -> None:
    fay = add_user(work, "fay", "finance")
    work.execute("UPDATE users SET locale = 'zh-CN' WHERE id = %(id)s", {"id": fay})
    publish(work, asks("n1", "finance"))
    shop(work)
    order_id = ordered(work)
    row = work.row("SELECT id, payload FROM outbox_messages WHERE topic = 'approval.task_opened'")
    assert row is not None
    delivery = Delivery(id=row.id, tenant_id=work.tenant_id, topic="approval.task_opened", payload=row.payload)

    (mail,) = approval_mails(work, delivery)

    assert (mail.to, mail.subject) == ("fay@acme.test", f"订单 {order(work, order_id).number} 等待您审批")
    assert approval_mails(work, delivery) == []
