"""Writes about goods."""

from __future__ import annotations

from tests.web.api.writes.case import Call, Case, Stage


def _expected(stage: Stage) -> Call:
    row = {"sku": "TEA", "location": "east", "reference": stage.fresh(), "quantity": "5", "due_on": "2099-01-01"}
    return Call("POST", "/stock/expected", {"rows": [row]})


def _of_expected(path: str, body: object) -> Case:
    def case(stage: Stage) -> Call:
        call = _expected(stage)
        made = stage.do(call.method, call.path, call.body)
        return Call("POST", f"/stock/expected/{made['data'][0]['id']}{path}", body)

    return case


def _count(stage: Stage) -> str:
    made = stage.do("POST", "/stock/counts/", {"location": "west", "tolerance_units": "5"})
    return str(made["id"])


def _counted(stage: Stage, counted: str = "500") -> str:
    count = _count(stage)
    stage.do("POST", f"/stock/counts/{count}/rows", {"rows": [{"sku": "MUG", "counted": counted}]})
    return count


def _approve_count(stage: Stage) -> Call:
    """Somebody else counted: who did may not approve."""
    count = _counted(stage, "400")
    stage.do("POST", f"/stock/counts/{count}/submissions")
    stage.work(lambda work: work.execute(
        "UPDATE stock_count_lines SET counter_id = new_id() WHERE tenant_id = %(t)s AND counter_id IS NOT NULL",
        {"t": work.tenant_id},
    ))  # fmt: skip
    return Call("POST", f"/stock/counts/{count}/approvals")


def _recount(stage: Stage) -> Call:
    count = _counted(stage, "300")
    stage.do("POST", f"/stock/counts/{count}/submissions")
    return Call("POST", f"/stock/counts/{count}/recounts")


def _transfer(stage: Stage) -> Call:
    rows = [{"sku": "MUG", "quantity": "7"}]
    return Call("POST", "/stock/transfers/", {"from_location": "east", "to_location": "west", "rows": rows})


def _of_transfer(path: str, body: object = None, *, sent: bool = False) -> Case:
    def case(stage: Stage) -> Call:
        call = _transfer(stage)
        made = stage.do(call.method, call.path, call.body)
        if sent:
            stage.do("POST", f"/stock/transfers/{made['id']}/dispatches")
        return Call("POST", f"/stock/transfers/{made['id']}{path}", body)

    return case


def _reservation(stage: Stage) -> Call:
    body = {"sku": "TEA", "quantity": "2", "purpose": "cart", "reference": stage.fresh()}
    return Call("POST", "/stock/reservations", body)


def _release(stage: Stage) -> Call:
    call = _reservation(stage)
    made = stage.do(call.method, call.path, call.body)
    return Call("POST", f"/stock/reservations/{made['id']}/releases")


def _rule(stage: Stage) -> Call:
    return Call("POST", "/stock/channel-rules", {"channel": stage.fresh(), "kind": "buffer", "quantity": "1"})


def _drop_rule(stage: Stage) -> Call:
    call = _rule(stage)
    return Call("DELETE", f"/stock/channel-rules/{stage.do(call.method, call.path, call.body)['id']}")


def _receipts(stage: Stage) -> Call:
    cheese = {"sku": "CHEESE", "location": "east", "quantity": "3", "lot": stage.fresh(), "expires_on": "2099-01-01"}
    return Call(
        "POST", "/stock/receipts/batch", {"rows": [cheese, {"sku": "MUG", "location": "west", "quantity": "1"}]}
    )


def _capacity(stage: Stage) -> Call:
    return Call("PUT", "/locations/west/capacity", {"daily_capacity": 1000 + stage.made})


STOCK: dict[str, Case] = {
    "POST api_stock.Receipts": lambda _: Call(
        "POST", "/stock/receipts", {"sku": "TEA", "location": "east", "quantity": "1"}
    ),
    "POST api_stock.ReceiptBatches": _receipts,
    "POST api_stock.Adjustments": lambda _: Call(
        "POST", "/stock/adjustments", {"sku": "TEA", "location": "east", "change": "-1", "reason": "broken"}
    ),
    "POST api_stock.StatusChanges": lambda _: Call(
        "POST", "/stock/status-changes", {"sku": "TEA", "location": "east", "quantity": "1", "to_status": "quarantined"}
    ),
    "POST api_stock_plans.Expected": _expected,
    "POST api_stock_plans.ExpectedReceipts": _of_expected("/receipts", {"quantity": "5"}),
    "POST api_stock_plans.ExpectedClosures": _of_expected("/closures", {"reason": "never came"}),
    "PUT api_stock_plans.Levels": lambda stage: Call(
        "PUT", "/stock/levels",
        {"rows": [{"sku": "TEA", "location": "east", "safety_stock": str(stage.made % 7 + 1), "reorder_point": "3"}]},
    ),
    "POST api_stock_plans.Reservations": _reservation,
    "POST api_stock_plans.ReservationReleases": _release,
    "POST api_stock_plans.ChannelRules": _rule,
    "DELETE api_stock_plans.ChannelRuleById": _drop_rule,
    "POST api_counts.Counts": lambda _: Call("POST", "/stock/counts/", {"location": "east"}),
    "POST api_counts.CountedRows": lambda stage: Call(
        "POST", f"/stock/counts/{_count(stage)}/rows", {"rows": [{"sku": "MUG", "counted": "5"}]}
    ),
    "POST api_counts.Submissions": lambda stage: Call("POST", f"/stock/counts/{_counted(stage)}/submissions"),
    "POST api_counts.CountApprovals": _approve_count,
    "POST api_counts.Recounts": _recount,
    "POST api_counts.CountCancellations": lambda stage: Call("POST", f"/stock/counts/{_count(stage)}/cancellations"),
    "POST api_transfers.Transfers": _transfer,
    "POST api_transfers.Dispatches": _of_transfer("/dispatches"),
    "POST api_transfers.Arrivals": _of_transfer(
        "/arrivals", {"rows": [{"line_no": 1, "arrived": "5", "lost": "2", "loss_reason": "fell"}]}, sent=True
    ),
    "POST api_transfers.TransferCallBacks": _of_transfer("/call-backs", {"reason": "wrong truck"}, sent=True),
    "POST api_transfers.TransferCancellations": _of_transfer("/cancellations"),
    "PUT api_allocation.Capacity": _capacity,
    "PUT api_backorders.Substitutes": lambda stage: Call(
        "PUT", "/skus/CARD/substitutes", {"substitutes": [("TEA", "MUG")[stage.made % 2]]}
    ),
}  # fmt: skip
