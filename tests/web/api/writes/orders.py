"""Writes about orders. A case prepares what its call needs and returns the call."""

from __future__ import annotations

from kernel.ids import from_text
from oms.mass.jobs import TOOLS
from oms.mass.run_import import run_import
from tenants.access.ids import user_text
from tenants.scope import open_work
from tests.web.api.writes.case import Call, Case, Stage


def _place(stage: Stage) -> Call:
    lines = [{"sku": "TEA", "quantity": "2", "unit": "box"}, {"sku": "MUG", "quantity": "3"}]
    body = {
        "order_type": "dear",
        "customer_number": "K-1",
        "lines": lines,
        "custom": {"po": "1"},
        "coupons": ["SPRING"],
    }
    return Call("POST", "/orders/", {**body, "outside_number": stage.fresh()})


def _of_order(path: str, body: object = None, method: str = "POST", **order: str) -> Case:
    def case(stage: Stage) -> Call:
        return Call(method, f"/orders/{stage.order(**order)['id']}{path}", body)

    return case


def _allocate(stage: Stage) -> Call:
    order = stage.order()["id"]
    stage.do("POST", f"/orders/{order}/deallocations", {"reason": "again"})
    return Call("POST", f"/orders/{order}/allocations")


def _approve(stage: Stage) -> Call:
    order = stage.order(order_type="approved")["id"]
    return Call(
        "POST", f"/orders/{order}/approvals", {"action": "approve", "on_behalf_of": stage.company.admin.email}
    )  # fmt: skip


def _change_body(stage: Stage, order: str, units: str = "7") -> dict[str, object]:
    tea = stage.lines(order)[0]["id"]
    return {"actions": [{"do": "set_quantity", "line": tea, "quantity": units}]}


def _preview(stage: Stage) -> Call:
    order = stage.order()["id"]
    return Call("POST", f"/orders/{order}/change-previews", _change_body(stage, order))


def _change(stage: Stage) -> Call:
    order = stage.order(order_type="dear", coupons=["SPRING"])["id"]
    return Call("POST", f"/orders/{order}/changes", {**_change_body(stage, order), "confirm": True})


def _decide(stage: Stage) -> Call:
    order = stage.order()["id"]
    opened = stage.do("POST", f"/orders/{order}/changes", _change_body(stage, order, "1"))
    return Call("POST", f"/orders/{order}/changes/{opened['id']}/decisions", {"decision": "confirm"})


def _held(stage: Stage) -> tuple[str, str]:
    """An order that was promised its goods again but for a hold, and the hold."""
    order = stage.order()["id"]
    stage.do("POST", f"/orders/{order}/deallocations", {"reason": "wait"})
    held = stage.do("POST", f"/orders/{order}/holds", {"reason": "wait"})
    return order, next(hold["id"] for hold in held["holds"] if hold["released_at"] is None)


def _release(stage: Stage) -> Call:
    order, hold = _held(stage)
    return Call("POST", f"/orders/{order}/holds/{hold}/releases", {"reason": "go"})


def _assign(stage: Stage) -> Call:
    user = user_text(stage.company.admin.id)
    return Call("POST", "/holds/assignments", {"holds": [_held(stage)[1]], "user_id": user})


def _split(stage: Stage) -> Call:
    order = stage.order(order_type="dear")["id"]
    stage.do("POST", "/payments", {"order_id": order, "amount": "5", "method": "bank"})
    part = [{"line_id": stage.lines(order)[0]["id"], "quantity": "1"}]
    return Call("POST", f"/orders/{order}/splits", {"groups": [{"lines": part}]})


def _merge(stage: Stage) -> Call:
    first, second = stage.order()["id"], stage.order()["id"]
    return Call("POST", f"/orders/{first}/merges", {"orders": [second]})


def _undo(stage: Stage) -> Call:
    first, second = stage.order()["id"], stage.order()["id"]
    merged = stage.do("POST", f"/orders/{first}/merges", {"orders": [second]})
    return Call("POST", f"/orders/{merged['order_id']}/moves/{merged['move_id']}/undo")


def _refuse_place(stage: Stage) -> Call:
    return Call("POST", f"/orders/{stage.order()['id']}/refusals", {"location": "east", "reason": "broken"})


def _waiting(stage: Stage) -> str:
    return str(stage.order(("CARD", "5"))["id"])


def _follow(stage: Stage) -> Call:
    order = _waiting(stage)
    line = stage.lines(order)[0]["id"]
    return Call("PUT", f"/orders/{order}/lines/{line}/follow-up", {"note": "call", "due_on": "2099-01-01"})


def _unfollow(stage: Stage) -> Call:
    call = _follow(stage)
    return Call("DELETE", f"/backorder-follow-ups/{stage.do(call.method, call.path, call.body)['id']}")


def _batch(stage: Stage) -> Call:
    orders = [stage.order()["id"] for _ in range(2)]
    for order in orders:
        stage.do("POST", f"/orders/{order}/deallocations", {"reason": "together"})
    return Call("POST", "/allocation-batches", {"orders": orders})


_FILE = b"order number,customer number,sku,quantity\n%s,K-1,TEA,1\n"


def _import(stage: Stage) -> Call:
    return Call("POST", "/imports/", form=("x.csv", _FILE % stage.fresh().encode()))


def _staged(stage: Stage) -> str:
    call = _import(stage)
    answer = stage.send(call, stage.fresh())
    assert answer.status_code < 300, answer.text
    return str((answer.json or {})["id"])


def _start_import(stage: Stage) -> Call:
    run = _staged(stage)
    run_id = from_text("imp", run)
    assert run_id is not None
    run_import(lambda tenant, **more: open_work(stage.engine, tenant, **more), stage.company.id, run_id, TOOLS)
    return Call("POST", f"/imports/{run}/starts")


def _cancel_import(stage: Stage) -> Call:
    return Call("POST", f"/imports/{_staged(stage)}/cancellations")


ORDERS: dict[str, Case] = {
    "POST api_orders.Orders": _place,
    "POST api_orders.Allocations": _allocate,
    "POST api_orders.Deallocations": _of_order("/deallocations", {"reason": "others"}),
    "POST api_orders.Approvals": _approve,
    "POST api_orders.Cancellations": _of_order("/cancellations", {"reason": "customer"}, order_type="dear"),
    "PUT api_orders.OrderCustom": _of_order("/custom", {"custom": {"po": "2"}}, "PUT"),
    "POST api_orders.Holds": _of_order("/holds", {"reason": "wait"}),
    "POST api_orders.HoldReleases": _release,
    "POST api_review.Assignments": _assign,
    "POST api_changes.Previews": _preview,
    "POST api_changes.Changes": _change,
    "POST api_changes.Decisions": _decide,
    "POST api_changes.ShortCloses": lambda stage: Call("POST", f"/orders/{_waiting(stage)}/short-closes"),
    "POST api_regrouping.Splits": _split,
    "POST api_regrouping.Merges": _merge,
    "POST api_regrouping.Undo": _undo,
    "PUT api_allocation.Priority": _of_order("/priority", {"priority": 9}, "PUT"),
    "POST api_allocation.Refusals": _refuse_place,
    "POST api_allocation.Batches": _batch,
    "POST api_backorders.Questions": lambda stage: Call("POST", f"/orders/{_waiting(stage)}/backorder-questions"),
    "PUT api_backorders.FollowUps": _follow,
    "DELETE api_backorders.FollowUpById": _unfollow,
    "POST api_imports.Imports": _import,
    "POST api_imports.Starts": _start_import,
    "POST api_imports.ImportCancellations": _cancel_import,
}
