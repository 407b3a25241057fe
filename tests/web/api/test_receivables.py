"""Credit and receivables as a partner's program meets them."""

from __future__ import annotations

from tests.web.api.conftest import Api, an_order
from tests.web.api.test_orders import place


def _order(api: Api) -> str:
    return str(api.post("/orders/", an_order(("TEA", "10"))).json["id"])


def test_an_order_becomes_an_invoice_that_a_payment_settles(api: Api) -> None:
    order = _order(api)
    made = api.post("/invoices", {"order_id": order}, once="i-1")
    again = api.post("/invoices", {"order_id": order}, once="i-1")
    nothing = api.post("/invoices", {"order_id": order})

    assert made.status_code == 201 and again.json == made.json and nothing.json["code"] == "nothing_to_invoice"
    invoice = made.json["invoice"]
    body = {"customer": "K-1", "amount": invoice["amount"], "method": "bank", "reference": "R-1"}
    payment, same = api.post("/payments", body), api.post("/payments", body)
    other = api.post("/payments", {**body, "amount": "1.00"})
    assert same.json["id"] == payment.json["id"] and other.json["code"] == "reference_used"
    applied = api.post(f"/payments/{payment.json['id']}/applications", {})
    assert applied.json["open_amount"] == "0.00" and applied.json["applied"][0]["number"] == invoice["number"]
    assert api.get(f"/invoices/{invoice['id']}").json["open_amount"] == "0.00"
    assert api.get(f"/orders/{order}").json["payment_status"] == "paid"
    taken = {"invoice_id": invoice["id"], "amount": "1.00"}
    assert api.post(f"/payments/{payment.json['id']}/unapplications", taken).status_code == 201
    refund = api.post(f"/payments/{payment.json['id']}/refunds", {"amount": "1.00", "reason": "twice"})
    credited = api.post(f"/invoices/{invoice['id']}/credit-notes", {"reason": "broken", "amount": "1.00"})
    assert refund.json["refunded"] == "1.00" and credited.json["kind"] == "credit_note"
    statement = api.get("/statements/K-1").json
    assert statement["closing"] == statement["moves"][-1]["balance"] == "0.00"
    assert api.get("/aging").json["data"] == [] and len(api.get("/credit-notes").json["data"]) == 1
    assert [row["number"] for row in api.get("/invoices", customer="K-1").json["data"]] == [invoice["number"]]


def test_bad_money_is_refused_with_a_code_and_leaves_nothing(api: Api) -> None:
    for body in (
        {"customer": "K-1", "amount": "0", "method": "bank"},
        {"customer": "K-1", "amount": "5", "method": "gold"},
        {"amount": "5", "method": "bank"},
        {"customer": "K-1", "amount": "0.001", "method": "bank"},
    ):
        answer = api.post("/payments", body)
        assert answer.status_code == 422, answer.json
    assert api.post("/payments", {"customer": "NOBODY", "amount": "5", "method": "bank"}).status_code == 404
    assert api.get("/payments").json["data"] == []


def test_an_account_its_policy_and_a_raise_decide_together(api: Api) -> None:
    account = api.get("/credit/accounts").json["data"][0]
    path = f"/credit/accounts/{account['number']}"
    raised = api.post(f"{path}/raises", {"credit_limit": "900", "until_on": "2099-01-01", "reason": "season"})
    assert raised.status_code == 201 and api.get(path).json["limit"] == "900.00"
    assert api.post(f"{path}/raises/{raised.json['id']}/ends").json["limit"] == account["limit"]
    past = api.post(f"{path}/raises", {"credit_limit": "900", "until_on": "2020-01-01", "reason": "x"})
    assert past.json["code"] == "raise_days"

    assert api.put("/credit/policy", {"crossing": "allow", "at_confirm": "block"}).status_code == 200
    assert api.get(f"{path}/policy").json["crossing"] == "allow"
    assert api.put(f"{path}/policy", {"counts": []}).status_code == 200
    assert api.put("/credit/policy", {"crossing": "perhaps"}).status_code == 422
    company = {"name": "Top", "currency": account["currency"], "credit_limit": "1.00"}
    assert api.put("/credit/accounts/TOP", company).json["limit"] == "1.00"
    below = {"name": account["name"], "currency": account["currency"], "credit_limit": None, "parent": "TOP"}
    assert api.put(path, below).json["available"] == "1.00"
    circle = api.put("/credit/accounts/TOP", {**company, "parent": account["number"]})
    assert circle.status_code == 422 and circle.json["code"] == "parent_unfit"
    assert api.put("/credit/groups/nobody/limit", {"credit_limit": "5"}).status_code == 404


def test_lines_of_a_bank_statement_are_matched_and_booked_once(api: Api, rival_api: Api) -> None:
    order = place(api, ("MUG", "5"))
    invoice = (api.post("/invoices", {"order_id": order["id"]}).json or {})["invoice"]
    line = {"day": "2026-11-22", "amount": invoice["amount"], "text": invoice["number"].lower(), "reference": "F-1"}

    found = (api.post("/bank-statement-matches", {"lines": [line, {**line, "amount": "-1"}]}).json or {})["data"]
    other = rival_api.post("/bank-statement-matches", {"lines": [{**line, "text": "x", "amount": "0.01"}]}).json or {}
    assert [one["verdict"] for one in found] == ["exact", "outgoing"] and found[0]["invoices"] == [invoice["number"]]
    assert other["data"][0]["verdict"] == "unknown"

    booking = {"customer": "K-1", "amount": line["amount"], "reference": "F-1", "banked_on": "2026-11-22",
               "invoices": [invoice["number"]]}  # fmt: skip
    first, second = api.post("/bank-statement-lines", booking), api.post("/bank-statement-lines", booking)
    assert first.status_code == second.status_code == 201 and first.json == second.json, first.data
    assert (api.get(f"/invoices/{invoice['id']}").json or {})["open_amount"] == "0.00"
    again = (api.post("/bank-statement-matches", {"lines": [line]}).json or {})["data"][0]
    assert (again["verdict"], again["booked"]) == ("booked", (first.json or {})["number"])
    none = api.post("/bank-statement-lines", {**booking, "reference": "F-2"})
    assert none.status_code == 422 and (none.json or {})["code"] == "invoice_unknown"
    assert api.post("/bank-statement-matches", {"lines": []}).status_code == 422


def test_dunning_steps_are_set_and_the_overdue_listed(api: Api) -> None:
    steps = [{"after_days": 7, "words": "Please pay."}, {"after_days": 21, "stop": True}]

    saved = api.put("/dunning-steps", {"steps": steps})

    assert saved.status_code == 200, saved.data
    assert [(one["step"], one["after_days"], one["stop"]) for one in (api.get("/dunning-steps").json or {})["steps"]] == [
        (1, 7, False), (2, 21, True)
    ]  # fmt: skip
    assert api.put("/dunning-steps", {"steps": [{"after_days": 9}, {"after_days": 3}]}).status_code == 422
    assert api.get("/overdue-invoices").json == {"data": []}
