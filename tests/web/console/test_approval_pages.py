"""Approvals on their pages: the task with everything to decide, stand-ins, and what administrators do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from kernel.db import Actor
from kernel.ids import to_text
from low_code.flows.queries import approvals_of, read_approval
from oms.configuration import publish_bundle
from oms.placement.commands import OrderPlaced
from tenants.access.ids import user_text
from tenants.scope import open_work
from tests.support.web import Browser
from tests.web.console.conftest import Shop, _documents, once, order_url

STEP = {
    "id": "boss", "type": "approve", "name": {"en": "Boss", "zh-CN": "老板"}, "who": [{"role": "approver"}],
    "allow": {"add_signer": ["before", "parallel"]},
    "fields": {"order.cf.po_number": "edit", "order.cf.gift": "hide"},
}  # fmt: skip
LAST = {"id": "last", "type": "approve", "name": {"en": "Counting house"}, "who": [{"role": "finance"}]}


def publish(shop: Shop, *steps: dict[str, Any], **policy: Any) -> None:
    flow = {"name": {"en": "All orders"}, "subject": {"of": "order"}, "policy": policy, "steps": list(steps)}
    with open_work(shop.engine, shop.company.id, Actor(kind="system", id=None, name="test")) as work:
        publish_bundle(work, {**_documents(), "approval_flow/big": flow}, notes="test")


def task_url(placed: OrderPlaced) -> str:
    return f"/approvals/{to_text('ord', placed.order_id)}"


def approval_of(shop: Shop, placed: OrderPlaced) -> Any:
    with shop.work() as work:
        return read_approval(work, approvals_of(work, "order", placed.order_id)[0])


def test_the_task_page_has_all_to_decide_and_hides_what_the_step_hides(shop: Shop) -> None:
    fin = shop.person("finance", name="Fay")
    publish(shop, STEP, LAST)
    placed = shop.order("5", custom={"po_number": "PO-1", "gift": True})
    bea = shop.browser(shop.approver)

    page = bea.get(task_url(placed)).text
    assert "Boss" in page and "Counting house" in page and "Fay" in page  # who is next, by name
    assert 'name="field.po_number" value="PO-1"' in page and "Gift" not in page
    assert 'value="add_signers"' in page and 'value="transfer"' in page and 'value="return"' in page
    order_page = bea.get(order_url(placed)).text
    assert "Gift" not in order_page and "Gift" in shop.browser(fin).get(order_url(placed)).text

    form = {"action": "approve", "from": "task"}
    locked = bea.post(task_url(placed), {**once(), **form, "field.gift": "false"})
    assert locked.status_code == 403
    stale = bea.post(task_url(placed), {**once(), **form, "version": "1"})
    assert stale.status_code == 409 and "moved on" in stale.text
    done = bea.post(task_url(placed), {**once(), **form, "field.po_number": "PO-2"})
    assert done.status_code == 303
    assert shop.row("SELECT custom FROM orders WHERE id = %(id)s", id=placed.order_id).custom["po_number"] == "PO-2"
    path = shop.browser(fin).get(task_url(placed)).text
    assert "Approved" in path and "Bea" in path


def test_others_are_asked_and_tasks_passed_on_from_the_page(shop: Shop) -> None:
    zoe = shop.person("finance", name="Zoe")
    publish(shop, STEP)
    placed, bea = shop.order("5"), shop.browser(shop.approver)

    nobody = bea.post(task_url(placed), {**once(), "action": "add_signers", "where": "before", "from": "task"})
    assert nobody.status_code == 422 and "Name at least one person" in nobody.text
    asked = bea.post(task_url(placed), {**once(), "action": "add_signers", "where": "before", "signers": [str(zoe.id)]})
    assert asked.status_code == 303
    assert [task["status"] for task in approval_of(shop, placed).tasks] == ["suspended", "open"]
    wrong = bea.post(task_url(placed), {**once(), "action": "nonsense"})
    assert wrong.status_code == 422

    back = shop.browser(zoe).post(
        task_url(placed), {**once(), "action": "return", "return_to": "submitter", "comment": "what for?"}
    )
    assert back.status_code == 303
    assert approval_of(shop, placed).status == "returned"


def test_the_lists_show_what_was_done_submitted_and_copied(shop: Shop) -> None:
    publish(shop, STEP, {"id": "c", "type": "cc", "who": [{"role": "approver"}]})
    placed, bea = shop.order("5"), shop.browser(shop.approver)
    bea.post(task_url(placed), {**once(), "action": "approve"})

    for tab in ("done", "copied"):
        assert placed.number in bea.get(f"/approvals?tab={tab}").text
    assert placed.number not in bea.get("/approvals?tab=submitted").text
    assert bea.get("/approvals?tab=nonsense&after=zzz&flow=none").status_code == 200


def test_many_are_approved_together_where_no_comment_is_needed(shop: Shop) -> None:
    publish(shop, STEP)
    first, second = shop.order("5"), shop.order("6")
    bea = shop.browser(shop.approver)
    marks = re.findall(r'form="bulk" name="order" value="([^"]+)"', bea.get("/approvals").text)

    assert len(marks) == 2
    confirm = bea.post("/orders/bulk", {"action": "approve", "order": marks})
    assert first.number in confirm.text and second.number in confirm.text
    bea.post("/orders/bulk/run", {"action": "approve", "order": marks})
    assert {approval_of(shop, placed).status for placed in (first, second)} == {"approved"}


def test_who_is_away_names_a_stand_in_and_ends_it(shop: Shop) -> None:
    zoe = shop.person("finance", name="Zoe")
    publish(shop, STEP)
    bea = shop.browser(shop.approver)
    with shop.work() as work:
        today = work.today
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=2)).isoformat()}

    for wrong in ({"to": ""}, {"to": user_text(shop.approver.id)}, {"ends_on": "2001-01-01"}, {"starts_on": "soon"}):
        answer = bea.post("/absence", {**once(), "to": user_text(zoe.id), **days, **wrong})
        assert answer.status_code == 422, wrong
    # Only an administrator speaks for others: this is Bea's own, whatever she sends.
    forged = {"from": user_text(shop.operator.id), "to": user_text(zoe.id), "reason": "holidays", **days}
    assert bea.post("/absence", {**once(), **forged}).status_code == 302

    page = bea.get("/absence").text
    assert "Bea → Zoe" in page and "holidays" in page
    assert [task["assignee_id"] for task in approval_of(shop, shop.order("5")).tasks] == [zoe.id]
    end = re.search(r'action="(/absence/[^"]+/end)"', page)
    assert end is not None
    assert shop.browser(zoe).post(end.group(1)).status_code == 404  # not hers
    assert bea.post(end.group(1)).status_code == 302
    assert [task["assignee_id"] for task in approval_of(shop, shop.order("5")).tasks] == [shop.approver.id]


def admin_of(shop: Shop) -> Browser:
    return shop.browser(shop.company.admin)


def approval_text(shop: Shop, placed: OrderPlaced) -> str:
    return to_text("apv", approval_of(shop, placed).id)


def test_an_administrator_finds_passes_on_reminds_and_calls_off_what_runs(shop: Shop) -> None:
    zoe = shop.person("finance", name="Zoe")
    publish(shop, STEP, withdraw="never")
    placed, admin = shop.order("5"), admin_of(shop)
    url = f"/settings/approvals/{approval_text(shop, placed)}"

    assert placed.number in admin.get("/settings/approvals").text
    for query, found in (
        (f"assignee={user_text(shop.approver.id)}", True), (f"assignee={user_text(zoe.id)}", False),
        ("flow=big&node=boss", True), ("node=other", False), ("stuck=1", False), ("stuck=x&after=y", True),
    ):  # fmt: skip
        assert (placed.number in admin.get(f"/settings/approvals?{query}").text) is found, query
    assert admin.post(f"{url}/remind").status_code == 302
    assert "A reminder went out already" in follow(admin, f"{url}/remind")
    task = to_text("tsk", approval_of(shop, placed).tasks[0]["id"])
    assert "Choose to whom" in follow(admin, f"{url}/transfer", task=task)
    admin.post(f"{url}/transfer", {"task": task, "to": user_text(zoe.id)})
    assert approval_of(shop, placed).tasks[-1]["assignee_id"] == zoe.id
    admin.post(f"{url}/cancel", {"comment": "a mistake"})

    assert shop.status(placed.order_id) == "cancelled"
    audit = admin.get("/settings/audit").text
    assert "Approval called off by an administrator" in audit and "Approval passed on by an administrator" in audit
    assert shop.browser(shop.approver).get("/settings/approvals").status_code == 403


def follow(browser: Browser, url: str, **form: object) -> str:
    browser.post(url, form)
    return browser.get("/settings/approvals").text


def test_running_approvals_move_to_the_newest_release_after_a_dry_run(shop: Shop) -> None:
    publish(shop, STEP)
    moves = shop.order("5")
    publish(shop, {**STEP, "mode": "all"}, LAST)
    stays = shop.order("6")
    admin = admin_of(shop)

    page = admin.get("/settings/approvals/migration").text
    assert moves.number in page and stays.number not in page
    admin.post("/settings/approvals/migration", {"approval": [approval_text(shop, moves), "nonsense"]})
    assert approval_of(shop, moves).release == approval_of(shop, stays).release

    publish(shop, {**STEP, "id": "another"})
    page = admin.get("/settings/approvals/migration").text
    assert "is not in the newest release" in page
    admin.post("/settings/approvals/migration", {"approval": [approval_text(shop, moves)]})
    assert "cannot go on under the newest release" in admin.get("/settings/approvals/migration").text


def test_entry_shows_the_way_and_asks_for_approvers(shop: Shop) -> None:
    zoe: UUID = shop.person("finance", name="Zoe").id
    choice = {**LAST, "who": [{"submitter_choice": {"among": [{"role": "finance"}]}}]}
    publish(shop, STEP, choice)
    olga = shop.browser(shop.operator)
    form = {"customer": "C-1", "type": "standard", "sku": "TEA-250", "quantity": "2"}

    asked = olga.post("/orders/new", {**once(), **form})
    assert asked.status_code == 422 and "Choose who approves." in asked.text
    assert 'name="approver.last"' in asked.text and "Boss" in asked.text and "Bea" in asked.text
    wrong = olga.post("/orders/new", {**once(), **form, "approver.last": user_text(shop.operator.id)})
    assert wrong.status_code == 422 and "cannot approve this" in wrong.text
    placed = olga.post("/orders/new", {**once(), **form, "approver.last": user_text(zoe)})
    assert placed.status_code == 303


def test_remarks_and_reminders_on_the_order_page(shop: Shop) -> None:
    publish(shop, STEP)
    placed, olga = shop.order("5"), shop.browser(shop.operator)

    assert olga.post(order_url(placed, "/remark"), {**once(), "comment": "They called"}).status_code == 303
    assert olga.post(order_url(placed, "/remark"), {**once(), "comment": " "}).status_code == 422
    assert olga.post(order_url(placed, "/remind"), once()).status_code == 303
    page = olga.get(order_url(placed)).text
    assert "They called" in page and "Reminded everybody who is asked" in page
    assert shop.browser(shop.approver).post(order_url(placed, "/remind"), once()).status_code == 403
