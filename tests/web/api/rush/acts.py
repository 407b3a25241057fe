"""What the programs of a crowd ask for. Each act picks what it works on among what all have made."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from kernel.ids import from_text
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.inventory.jobs import watch_expiry
from oms.placement.allocate_due import allocate_due_deliveries, orders_with_due_deliveries
from oms.placement.fill_waiting import fill_page
from oms.receivables.dun import dun_overdue
from oms.receivables.jobs import age_receivables
from oms.reservations.release_reservation import expire_reservations
from tests.web.api.rush.crowd import Crowd

Act = Callable[[Crowd, random.Random], object]
CUSTOMERS, PLACES, SKUS = ("K-1", "K-2", "K-3", "K-4"), ("east", "west"), ("TEA", "MUG", "RARE", "CHEESE")
TYPES = ("standard", "standard", "five", "budget", "strict", "prepaid")


def place(crowd: Crowd, lot: random.Random) -> None:
    """Some orders are sent again, or by two programs at once."""
    once = ""
    if lot.random() < 0.5:
        number = lot.randint(1, 20)
        once, lot = f"again-{number}", random.Random(number)
    kind = lot.choice(TYPES)
    lines = [{"sku": sku, "quantity": str(lot.randint(1, 6))} for sku in lot.sample(SKUS, lot.randint(1, 3))]
    body = {
        "order_type": kind, "customer_number": lot.choice(CUSTOMERS), "lines": lines, "custom": {"po": "1"},
        "coupons": ["FIVE"] if kind == "five" else [], "priority": lot.randint(0, 9),
    }  # fmt: skip
    crowd.send("POST", "/orders/", body, once=once, keep={"order": "id"})


def _on(kind: str, path: str, body: Callable[[random.Random], object] | None = None, method: str = "POST",
        **keep: str) -> Act:  # fmt: skip
    def act(crowd: Crowd, lot: random.Random) -> None:
        if found := crowd.one(kind, lot):
            crowd.send(method, path.format(found), body(lot) if body else None, keep=keep)

    return act


def _lines(crowd: Crowd, order: str) -> list[dict[str, str]]:
    read = crowd.send("GET", f"/orders/{order}")
    return [line for line in read["lines"] if Decimal(line["ordered"]) > Decimal(line["cancelled"])] if read else []


def change(crowd: Crowd, lot: random.Random) -> None:
    if (order := crowd.one("order", lot)) and (lines := _lines(crowd, order)):
        action = {"do": "set_quantity", "line": lot.choice(lines)["id"], "quantity": str(lot.randint(0, 9))}
        crowd.send("POST", f"/orders/{order}/changes", {"actions": [action], "confirm": True})


def split(crowd: Crowd, lot: random.Random) -> None:
    if (order := crowd.one("order", lot)) and (lines := _lines(crowd, order)):
        part = [{"line_id": lot.choice(lines)["id"], "quantity": "1"}]
        done = crowd.send(
            "POST", f"/orders/{order}/splits", {"groups": [{"lines": part}]}, keep={"order": "orders.0.id"}
        )
        if done:
            crowd.learn("move", f"/orders/{order}/moves/{done['move_id']}")


def merge(crowd: Crowd, lot: random.Random) -> None:
    first, second = crowd.one("order", lot), crowd.one("order", lot)
    if first and second:
        done = crowd.send("POST", f"/orders/{first}/merges", {"orders": [second]})
        if done:
            crowd.learn("move", f"/orders/{done['order_id']}/moves/{done['move_id']}")


def cancel(crowd: Crowd, lot: random.Random) -> None:
    if (order := crowd.one("order", lot)) and (lines := _lines(crowd, order)):
        some = [{"line_id": lot.choice(lines)["id"], "quantity": "1"}]
        crowd.send(
            "POST",
            f"/orders/{order}/cancellations",
            {"reason": "customer", **({"lines": some} if lot.random() < 0.8 else {})},
        )


def release(crowd: Crowd, lot: random.Random) -> None:
    if (order := crowd.one("order", lot)) and (read := crowd.send("GET", f"/orders/{order}")):
        for hold in read["holds"]:
            if hold["released_at"] is None:
                crowd.send("POST", f"/orders/{order}/holds/{hold['id']}/releases", {"reason": "go"})


def batch(crowd: Crowd, lot: random.Random) -> None:
    orders = sorted({found for _ in range(4) if (found := crowd.one("order", lot, last=12))})
    if orders:
        crowd.send("POST", "/allocation-batches", {"orders": orders, "mode": lot.choice(["rules", "optimise"])})


def invoice(crowd: Crowd, lot: random.Random) -> None:
    if order := crowd.one("order", lot):
        crowd.send("POST", "/invoices", {"order_id": order}, keep={"invoice": "invoice.id"})


def pay(crowd: Crowd, lot: random.Random) -> None:
    body = {
        "amount": f"{lot.randint(1, 40)}.37",
        "method": "bank",
        "apply": lot.random() < 0.5,
        "reference": f"r-{lot.randint(1, 60)}",
    }
    if lot.random() < 0.5 and (order := crowd.one("order", lot)):
        crowd.send("POST", "/payments", {**body, "order_id": order}, keep={"payment": "id"})
    else:
        crowd.send("POST", "/payments", {**body, "customer": lot.choice(CUSTOMERS)}, keep={"payment": "id"})


def apply(crowd: Crowd, lot: random.Random) -> None:
    found, payment = crowd.one("invoice", lot), crowd.one("payment", lot)
    if found and payment:
        path = lot.choice(["applications", "applications", "unapplications"])
        crowd.send("POST", f"/payments/{payment}/{path}", {"invoice_id": found, "amount": "1"})


def credit(crowd: Crowd, lot: random.Random) -> None:
    if found := crowd.one("invoice", lot):
        body = {"reason": "broken", **({"void": True} if lot.random() < 0.4 else {"amount": "1"})}
        crowd.send("POST", f"/invoices/{found}/credit-notes", body)


def receive(crowd: Crowd, lot: random.Random) -> None:
    sku = lot.choice(SKUS)
    lots = {"lot": lot.choice(["A", "B"]), "expires_on": "2099-01-01"} if sku == "CHEESE" else {}
    crowd.send(
        "POST",
        "/stock/receipts",
        {"sku": sku, "location": lot.choice(PLACES), "quantity": str(lot.randint(1, 5)), **lots},
    )


def adjust(crowd: Crowd, lot: random.Random) -> None:
    body = {
        "sku": lot.choice(["TEA", "MUG", "RARE"]),
        "location": lot.choice(PLACES),
        "change": str(lot.randint(-3, -1)),
        "reason": "broken",
    }
    crowd.send("POST", "/stock/adjustments", body)


def put_aside(crowd: Crowd, lot: random.Random) -> None:
    to, since = lot.choice([("quarantined", "good"), ("good", "quarantined")])
    body = {"sku": "RARE", "location": lot.choice(PLACES), "quantity": "1", "status": since, "to_status": to}
    crowd.send("POST", "/stock/status-changes", body)


def transfer(crowd: Crowd, lot: random.Random) -> None:
    since, to = lot.sample(PLACES, 2)
    body = {
        "from_location": since,
        "to_location": to,
        "rows": [{"sku": "RARE", "quantity": "2"}, {"sku": "TEA", "quantity": "1"}],
    }
    crowd.send("POST", "/stock/transfers/", body, keep={"transfer": "id"})


def arrive(crowd: Crowd, lot: random.Random) -> None:
    if found := crowd.one("transfer", lot):
        rows = [{"line_no": lot.randint(1, 2), "arrived": "1", "lost": "0"}]
        crowd.send("POST", f"/stock/transfers/{found}/arrivals", {"rows": rows})


def count(crowd: Crowd, lot: random.Random) -> None:
    crowd.send(
        "POST", "/stock/counts/", {"location": lot.choice(PLACES), "tolerance_units": "100"}, keep={"count": "id"}
    )


def reserve(crowd: Crowd, lot: random.Random) -> None:
    body = {"sku": "RARE", "quantity": "1", "purpose": "cart", "minutes": lot.choice([1, 100])}
    crowd.send("POST", "/stock/reservations", body, keep={"reservation": "id"})


def merge_customers(crowd: Crowd, lot: random.Random) -> None:
    winner, loser = lot.sample(["K-4", "K-5", "K-6"], 2)
    done = crowd.send("POST", f"/customers/{winner}/merges", {"number": loser})
    if done:
        crowd.learn("parting", done["merge_id"])


def ask(crowd: Crowd, lot: random.Random) -> None:
    if order := crowd.one("order", lot):
        crowd.send("POST", f"/orders/{order}/backorder-questions", keep={"question": "data.0.id"})


def answer(crowd: Crowd, lot: random.Random) -> None:
    if (found := crowd.one("question", lot)) and (key := from_text("bqu", found)):
        command = AnswerQuestion(question_id=key, answer=lot.choice(["wait", "cancel"]))
        crowd.job("answer", lambda work: answer_question(work, command))


def fill(crowd: Crowd, lot: random.Random) -> None:
    sku = crowd.sku(lot.choice(SKUS))
    crowd.job("fill", lambda work: fill_page(work, sku, after=None, most=5))


def due(crowd: Crowd, lot: random.Random) -> None:
    crowd.job("due", lambda work: [allocate_due_deliveries(work, order) for order in orders_with_due_deliveries(work)])


# What only asks the web, in a mix that makes enough orders to work on.
REQUESTS: tuple[Act, ...] = (
    place, place, place, place, place, change, change, change, split, split, merge, merge, cancel, cancel, release,
    batch, batch, _on("move", "{}/undo"), _on("move", "{}/undo"),
    _on("order", "/orders/{}/holds", lambda lot: {"reason": "wait"}),
    _on("order", "/orders/{}/allocations"), _on("order", "/orders/{}/deallocations", lambda lot: {"reason": "others"}),
    _on("order", "/orders/{}/short-closes"),
    _on("order", "/orders/{}/priority", lambda lot: {"priority": lot.randint(0, 9)}, "PUT"),
    _on("order", "/orders/{}/refusals", lambda lot: {"location": lot.choice(PLACES), "reason": "flood"}),
    invoice, invoice, pay, pay, pay, apply, apply, credit,
    _on("invoice", "/invoices/{}/write-offs", lambda lot: {"amount": "1", "reason": "dust"}),
    _on("payment", "/payments/{}/refunds", lambda lot: {"amount": "1", "reason": "twice"}),
    receive, receive, receive, adjust, put_aside, transfer, arrive, arrive, count, reserve,
    _on("transfer", "/stock/transfers/{}/dispatches"), _on("transfer", "/stock/transfers/{}/cancellations"),
    _on("count", "/stock/counts/{}/rows", lambda lot: {"rows": [{"sku": "RARE", "counted": str(lot.randint(0, 20))}]}),
    _on("count", "/stock/counts/{}/submissions"), _on("count", "/stock/counts/{}/cancellations"),
    _on("reservation", "/stock/reservations/{}/releases"),
    merge_customers, _on("parting", "/customer-merges/{}/undo"), ask,
)  # fmt: skip
# What the worker does meanwhile, and buyers by the link in their mail.
JOBS: tuple[Act, ...] = (
    answer, fill, fill, due,
    lambda crowd, lot: crowd.job("expiry", watch_expiry), lambda crowd, lot: crowd.job("expire", expire_reservations),
    lambda crowd, lot: crowd.job("age", age_receivables), lambda crowd, lot: crowd.job("dun", dun_overdue),
)  # fmt: skip
