"""Finance's day on the pages: invoices of orders, payments, corrections, reports, dunning; who may not."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.ids import to_text
from oms.receivables.checks import disagreements
from oms.receivables.jobs import age_receivables, dun_receivables
from tests.web.console.conftest import Shop, once


def _row(shop: Shop, query: str, **parameters: Any) -> Any:
    with shop.work() as work:
        assert disagreements(work) == []
        return work.row(query, {"t": work.tenant_id, **parameters})


def _item(shop: Shop, kind: str) -> Any:
    return _row(shop, "SELECT * FROM receivables WHERE tenant_id = %(t)s AND kind = %(k)s ORDER BY id LIMIT 1", k=kind)


def test_an_order_is_invoiced_in_parts_paid_credited_and_refunded(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    order = to_text("ord", shop.order("10").order_id)
    line = _row(shop, "SELECT id FROM order_lines WHERE tenant_id = %(t)s").id
    page = finance.get(f"/orders/{order}").text
    part = {"what": "lines", f"quantity.{to_text('lin', line)}": "4"}

    first = finance.post(f"/receivables/orders/{order}/invoice", {**once(), **part})
    rest = finance.post(f"/receivables/orders/{order}/invoice", {**once(), "what": "all"})
    nothing = finance.post(f"/receivables/orders/{order}/invoice", {**once(), "what": "all"})

    assert "Make an invoice" in page and first.status_code == rest.status_code == 303 and nothing.status_code == 409
    total = _row(shop, "SELECT total, invoiced_total, credit_exposed FROM orders WHERE tenant_id = %(t)s")
    assert total.total == total.invoiced_total and total.credit_exposed == 0
    invoice = _item(shop, "invoice")
    paid = finance.post(
        "/receivables/payments",
        {**once(), "customer": "C-1", "amount": "50", "method": "bank", "reference": "B-7", "apply": "1"},
    )
    again = finance.post(
        "/receivables/payments",
        {**once(), "customer": "C-1", "amount": "50", "method": "bank", "reference": "B-7", "apply": "1"},
    )
    assert paid.status_code == again.status_code == 303 and paid.location == again.location
    payment = _item(shop, "payment")
    assert finance.get(f"/receivables/{to_text('rec', payment.id)}").text.count("B-7") == 1

    here = f"/receivables/{to_text('rec', invoice.id)}"
    off = finance.post(f"{here}/unapply", {**once(), "other": to_text("rec", payment.id), "amount": "5"})
    too_much = finance.post(f"{here}/credit", {**once(), "what": "amount", "amount": "99999", "reason": "x"})
    credited = finance.post(f"{here}/credit", {**once(), "what": "amount", "amount": "1.50", "reason": "late"})
    given = finance.post(f"{here}/write-off", {**once(), "amount": "0.10", "reason": "cents"})
    back = finance.post(
        f"/receivables/{to_text('rec', payment.id)}/refund", {**once(), "amount": "2", "reason": "too much"}
    )
    assert too_much.status_code == 422 and "left to credit" in too_much.text
    assert {off.status_code, credited.status_code, given.status_code, back.status_code} == {303}
    assert "INV-" in finance.get(f"{here}/print").text
    reasons = _row(shop, "SELECT count(DISTINCT action) AS n FROM audit_entries WHERE tenant_id = %(t)s"
                         " AND action LIKE 'receivable%%'")  # fmt: skip
    assert reasons.n >= 6


def test_units_beside_a_choice_of_everything_are_asked_about(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    order = to_text("ord", shop.order("10").order_id)
    units = {f"quantity.{to_text('lin', _row(shop, 'SELECT id FROM order_lines WHERE tenant_id = %(t)s').id)}": "4"}

    invoiced = finance.post(f"/receivables/orders/{order}/invoice", {**once(), **units, "what": "all"})
    cancelled = shop.browser().post(
        f"/orders/{order}/cancel", {**once(), **units, "what": "whole", "reason": "customer"}
    )
    finance.post(f"/receivables/orders/{order}/invoice", {**once(), "what": "all"})
    here = f"/receivables/{to_text('rec', _item(shop, 'invoice').id)}"
    line = _row(shop, "SELECT id FROM receivable_lines WHERE tenant_id = %(t)s").id
    page = finance.get(here).text
    reason = {**once(), "reason": "broken"}
    credited = finance.post(f"{here}/credit", {**reason, "what": "all", f"quantity.{to_text('rln', line)}": "1"})
    amount = finance.post(f"{here}/credit", {**reason, "what": "all", "amount": "5"})

    sentence = "You wrote units beside lines, but chose something else above."
    assert [each.status_code for each in (invoiced, cancelled, credited, amount)] == [422] * 4
    assert all(sentence in each.text for each in (invoiced, cancelled, credited))
    assert "You wrote an amount, but chose something else above." in amount.text
    assert _row(shop, "SELECT count(*) AS n FROM receivables WHERE tenant_id = %(t)s").n == 1
    assert 'name="amount" type="text" value=""' in page  # that of the credit note: an amount there is one chosen


def test_reports_show_what_is_open_and_dunning_takes_its_steps(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    customer = to_text("cus", shop.customer)
    for number, due in (("OLD-1", "2026-01-10"), ("NEW-1", "2099-01-01")):
        form = {**once(), "kind": "invoice", "number": number, "amount": "100", "due_on": due}
        assert finance.post(f"/customers/{customer}/receivables", form).status_code == 303
    wrong = finance.post(
        "/receivables/dunning", {**once(), "days.1": "9", "remind.1": "1", "days.2": "3", "stop.2": "1"}
    )
    steps = finance.post("/receivables/dunning", {**once(), "days.1": "3", "stop.1": "1", "remind.1": "1"})

    with shop.work() as work:
        age_receivables(work)
        dun_receivables(work)
        dun_receivables(work)

    assert wrong.status_code == 422 and "later than the one before" in wrong.text and steps.status_code == 303
    follow_up, aging = finance.get("/receivables/follow-up").text, finance.get("/receivables/aging").text
    assert "OLD-1" in follow_up and "Stops orders" in follow_up and "NEW-1" not in follow_up
    assert "Over 90 days" in aging and "100.00" in finance.get("/receivables/aging?format=csv").text
    assert finance.get("/receivables/aging?on=nonsense").status_code == 200
    assert "OLD-1" in finance.get(f"/receivables/statements/{customer}?first=2026-01-01").text
    assert "Stopped until overdue invoices are paid" in finance.get(f"/customers/{customer}").text
    held = _row(
        shop, "SELECT open_holds FROM orders WHERE tenant_id = %(t)s AND id = %(o)s", o=shop.order("1").order_id
    )
    assert held.open_holds >= 1
    paid = {"customer": "C-1", "amount": "100", "method": "cash", "apply": "1"}
    assert finance.post("/receivables/payments", {**once(), **paid}).status_code == 303
    assert not _row(
        shop, "SELECT overdue_stop FROM credit_accounts WHERE tenant_id = %(t)s ORDER BY number"
    ).overdue_stop


def test_the_policy_of_an_account_decides_and_can_be_dropped_again(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    number = _row(shop, "SELECT number FROM credit_accounts WHERE tenant_id = %(t)s ORDER BY number").number
    form = {"counts": ["open_orders", "overdue"], "at_confirm": "hold", "at_release": "ignore", "at_ship": "ignore",
            "at_invoice": "ignore", "crossing": "allow", "warn_percent": "70", "limit_overdue": "10"}  # fmt: skip

    saved = finance.post(f"/credit/accounts/{number}/policy", {**once(), **form})
    wrong = finance.post(f"/credit/accounts/{number}/policy", {**once(), **form, "warn_percent": "900"})
    company = finance.post("/credit/policy", {**once(), **form, "default_limit": "700"})

    assert saved.status_code == company.status_code == 303 and wrong.status_code == 422
    assert "Of its own" in finance.get(f"/credit/accounts/{number}").text
    row = _row(shop, "SELECT * FROM credit_policies WHERE tenant_id = %(t)s AND account_id IS NOT NULL")
    assert (row.crossing, row.warn_percent, row.count_open_invoices, row.limit_overdue) == ("allow", 70, False, 10)
    assert finance.post(f"/credit/accounts/{number}/policy", {**once(), **form, "follow": "1"}).status_code == 303
    assert _row(shop, "SELECT count(*) AS n FROM credit_policies WHERE tenant_id = %(t)s").n == 1
    shared = {"number": "TOP", "name": "Top", "currency": "", "credit_limit": "", "parent": "NOBODY"}
    assert finance.post("/credit", {**once(), **shared, "currency": "USD"}).status_code == 404


def test_receivables_are_booked_by_finance_alone(shop: Shop) -> None:
    order = to_text("ord", shop.order("1").order_id)
    operator = shop.browser(shop.operator)

    assert operator.get("/receivables").status_code == 200
    assert operator.get("/receivables/payments/new").status_code == 403
    assert operator.post(f"/receivables/orders/{order}/invoice", {**once(), "what": "all"}).status_code == 403
    assert operator.post("/credit/policy", {**once()}).status_code == 403
    assert "Make an invoice" not in operator.get(f"/orders/{order}").text
    assert re.search(r'href="[^"]*/receivables"', operator.get("/orders").text)


def test_amounts_are_exact_decimals(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    form = {"customer": "C-1", "method": "bank"}

    for amount in ("0", "-5", "0.001", "NaN", "1e400", "99999999999999999999"):
        assert finance.post("/receivables/payments", {**once(), **form, "amount": amount}).status_code == 422
    assert finance.post("/receivables/payments", {**once(), **form, "amount": "5", "method": "gold"}).status_code == 422
    assert isinstance(shop.customer, UUID) and _row(shop, "SELECT count(*) AS n FROM receivables").n == Decimal(0)


def test_a_bank_statement_is_looked_over_and_booked_once(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    for quantity in ("10", "4"):
        order = to_text("ord", shop.order(quantity).order_id)
        finance.post(f"/receivables/orders/{order}/invoice", {**once(), "what": "all"})
    with shop.work() as work:
        rows = work.rows(
            "SELECT number, amount FROM receivables WHERE tenant_id = %(t)s ORDER BY number", {"t": work.tenant_id}
        )
    (big, big_amount), (_small, small_amount) = rows
    file = (
        "date;reference;amount;payer;text\n"
        f"22.11.2026;F-1;{big_amount:.2f};Customer C-1;Invoice {big}\n"
        f"22.11.2026;F-2;{small_amount:.2f};Somebody;thanks\n"
        "22.11.2026;F-3;7,00;Nobody;?\n22.11.2026;F-4;-3,00;Us;fee\n"
    )
    assert "Bank statement" in finance.get("/receivables").text and finance.get("/receivables/bank").status_code == 200

    def read(text: str, name: str = "bank.csv") -> Any:
        return finance.post("/receivables/bank", {"file": (io.BytesIO(text.encode()), name)})

    preview = read(file).text
    assert _row(shop, "SELECT count(*) AS n FROM receivables WHERE tenant_id = %(t)s AND kind = 'payment'").n == 0
    for said in ("Named, and the amount is right", "The only open one of this amount", "Nothing fits", "went out"):
        assert said in preview, said
    assert re.search(r'name="tick.0" value="1" checked', preview) and 'name="tick.3"' not in preview
    assert not re.search(r'name="tick.1" value="1" checked', preview)
    fields = dict(re.findall(r'name="([a-z]+\.\d)" value="([^"]*)"', preview))
    ticked = {**{name: value for name, value in fields.items() if not name.startswith("tick.")}, "tick.0": "1"}
    booked = finance.post("/receivables/bank/book", {**ticked, "tick.1": "1", "tick.2": "1"})
    again = finance.post("/receivables/bank/book", ticked)

    assert booked.status_code == again.status_code == 200
    assert "2 payments are booked" in booked.text and "Write the customer" in booked.text
    open_now = _row(shop, "SELECT sum(open_amount) AS open, count(*) AS n FROM receivables WHERE tenant_id = %(t)s")
    assert (open_now.open, open_now.n) == (0, 4)
    assert "Booked before" in read(file).text
    wrong = finance.post("/receivables/bank/book", {**ticked, "tick.0": "", "tick.2": "1", "customer.2": "C-1",
                                                    "invoices.2": "INV-NONE"})  # fmt: skip
    assert "no open invoice INV-NONE" in wrong.text and "no such customer" in finance.post(
        "/receivables/bank/book", {**ticked, "tick.2": "1", "customer.2": "X"}
    ).text  # fmt: skip
    assert "Row 2" in read("date,amount\nx,5\n").text and read("date,amount\nx,5\n").status_code == 422
    assert read("nothing").status_code == 422 and read("x", "bank.pdf").status_code == 422
    assert finance.post("/receivables/bank", {}).status_code == 422
    assert finance.post("/receivables/bank/book", {}).status_code == 422
    assert shop.browser(shop.operator).get("/receivables/bank").status_code == 403
