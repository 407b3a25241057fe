"""Writes about money."""

from __future__ import annotations

from kernel.ids import from_text, to_text
from tests.web.api.writes.case import Call, Case, Stage


def _invoice(stage: Stage) -> str:
    order = stage.order()["id"]
    return str(stage.do("POST", "/invoices", {"order_id": order})["invoice"]["id"])


def _payment(stage: Stage, amount: str = "5") -> str:
    return str(stage.do("POST", "/payments", {"customer": "K-1", "amount": amount, "method": "bank"})["id"])


def _apply(stage: Stage) -> Call:
    body = {"invoice_id": _invoice(stage), "amount": "5"}
    return Call("POST", f"/payments/{_payment(stage)}/applications", body)


def _unapply(stage: Stage) -> Call:
    call = _apply(stage)
    stage.do(call.method, call.path, call.body)
    return Call("POST", call.path.replace("applications", "unapplications"), call.body)


def _pay_all(stage: Stage) -> Call:
    order = stage.order(order_type="prepaid")
    return Call(
        "POST", "/payments",
        {"order_id": order["id"], "amount": order["total"], "method": "card", "reference": stage.fresh(), "apply": True},
    )  # fmt: skip


def _bank_line(stage: Stage) -> Call:
    invoice = _invoice(stage)
    number = stage.get(f"/invoices/{invoice}")["number"]
    body = {"customer": "K-1", "amount": "5", "reference": stage.fresh(), "banked_on": "2026-01-02"}
    return Call("POST", "/bank-statement-lines", {**body, "invoices": [number]})


def _raise(stage: Stage) -> Call:
    body = {"credit_limit": "900", "until_on": "2099-01-01", "reason": "season"}
    return Call("POST", "/credit/accounts/CA-K-2/raises", body)


def _end_raise(stage: Stage) -> Call:
    call = _raise(stage)
    made = stage.do(call.method, call.path, call.body)
    return Call("POST", f"{call.path}/{made['id']}/ends")


def _rows(stage: Stage) -> Call:
    return Call("POST", "/prices/lists/base/rows", {"tiers": [
        {"sku": "TEA", "unit_price": "9.00", "from_quantity": "20"}, {"sku": "MUG", "unit_price": "4.10"},
    ]})  # fmt: skip


def _payout(stage: Stage) -> Call:
    key = stage.fresh()
    tiers = [{"from_turnover": "1", "percent": "2"}]
    stage.do("PUT", "/rebates/", {
        "key": key, "names": {"en": "R"}, "customer": "K-1", "period": "month", "currency": "USD",
        "valid_from": "2020-01-01", "tiers": tiers,
    })  # fmt: skip
    _age(stage, stage.order()["id"])
    customer = stage.scalar("SELECT id FROM customers WHERE tenant_id = %(t)s AND number = 'K-1'")
    day = stage.work(lambda work: work.scalar("SELECT (%(d)s::date - interval '1 month')::date", {"d": work.today}))
    body = {"agreement": key, "customer_id": to_text("cus", customer), "day": day.isoformat()}
    return Call("POST", "/rebates/payouts", body)


def _age(stage: Stage, order: str) -> None:
    """The order is one of last month."""
    stage.work(lambda work: work.execute(
        "UPDATE orders SET placed_on = (%(d)s::date - interval '1 month')::date WHERE tenant_id = %(t)s AND id = %(o)s",
        {"t": work.tenant_id, "d": work.today, "o": from_text("ord", order)},
    ))  # fmt: skip


def _account(stage: Stage) -> Call:
    body = {"name": "A", "currency": "USD", "credit_limit": "5"}
    return Call("PUT", f"/credit/accounts/{stage.fresh()}", body)


MONEY: dict[str, Case] = {
    "POST api_receivables.Invoices": lambda stage: Call(
        "POST", "/invoices", {"order_id": stage.order(order_type="dear")["id"]}
    ),
    "POST api_receivables.InvoiceCredits": lambda stage: Call(
        "POST", f"/invoices/{_invoice(stage)}/credit-notes", {"reason": "broken", "amount": "3"}
    ),
    "POST api_receivables.InvoiceWriteOffs": lambda stage: Call(
        "POST", f"/invoices/{_invoice(stage)}/write-offs", {"amount": "1", "reason": "dust"}
    ),
    "POST api_payments.Payments": _pay_all,
    "POST api_payments.Applications": _apply,
    "POST api_payments.Unapplications": _unapply,
    "POST api_payments.Refunds": lambda stage: Call(
        "POST", f"/payments/{_payment(stage)}/refunds", {"amount": "1", "reason": "twice"}
    ),
    "POST api_bank_statements.BankMatches": lambda stage: Call(
        "POST", "/bank-statement-matches", {"lines": [{"day": "2026-01-02", "amount": "5", "text": _invoice(stage)}]}
    ),
    "POST api_bank_statements.BankLines": _bank_line,
    "PUT api_dunning.DunningSteps": lambda stage: Call(
        "PUT", "/dunning-steps", {"steps": [{"after_days": 5}, {"after_days": 30 + stage.made % 60, "stop": True}]}
    ),
    "PUT api_credit.AccountByNumber": _account,
    "PUT api_credit.AccountPolicy": lambda stage: Call(
        "PUT", "/credit/accounts/CA-K-2/policy", {"warn_percent": 70 + stage.made % 20}
    ),
    "POST api_credit.Raises": _raise,
    "POST api_credit.RaiseEnds": _end_raise,
    "PUT api_credit.GroupLimit": lambda stage: Call(
        "PUT", "/credit/groups/gold/limit", {"credit_limit": "7000"}
    ),
    "PUT api_credit.TenantPolicy": lambda stage: Call("PUT", "/credit/policy", {"warn_percent": 75}),
    "PUT api_prices.PriceListByKey": lambda stage: Call(
        "PUT", f"/prices/lists/{stage.fresh()}",
        {"names": {"en": "L"}, "currency": "USD", "tiers": [{"sku": "TEA", "unit_price": "9"}]},
    ),
    "POST api_price_lists.PriceRows": _rows,
    "POST api_prices.Quotes": lambda stage: Call(
        "POST", "/prices/quotes",
        {"order_type": "dear", "customer_number": "K-1", "lines": [{"sku": "TEA", "quantity": "2"}],
         "custom": {"po": "1"}},
    ),
    "PUT api_promotions.Coupons": lambda stage: Call(
        "PUT", "/promotions/coupons", {"code": f"CODE-{stage.fresh()}", "promotion": "spring"}
    ),
    "PUT api_rates.ExchangeRates": lambda stage: Call(
        "PUT", "/rates/exchange",
        {"from_currency": "EUR", "to_currency": "USD", "valid_from": "2026-01-01", "rate": "1.1"},
    ),
    "PUT api_rates.TaxRates": lambda stage: Call(
        "PUT", "/rates/tax", {"tax_class": stage.fresh(), "country": "FR", "rate": "0.2", "valid_from": "2026-01-01"}
    ),
    "PUT api_rebates.Agreements": lambda stage: Call(
        "PUT", "/rebates/",
        {"key": stage.fresh(), "names": {"en": "R"}, "customer": "K-2", "period": "year", "currency": "USD",
         "valid_from": "2026-01-01", "tiers": [{"from_turnover": "1", "percent": "2"}]},
    ),
    "POST api_rebates.Payouts": _payout,
}  # fmt: skip
