"""Writes about customers, goods' cards and the configuration."""

from __future__ import annotations

from tenants.access.ids import user_text
from tests.web.api.writes.case import Call, Case, Stage

ADDRESS = {"recipient": "Ann", "street": "1 Main St", "city": "Hamburg", "country": "DE"}


def _customer(stage: Stage) -> str:
    number = stage.fresh()
    stage.do("PUT", f"/customers/{number}", {"name": number, "addresses": [ADDRESS]})
    return number


def _merge(stage: Stage) -> Call:
    one, other = _customer(stage), _customer(stage)
    stage.order(("TEA", "1"), customer=other)
    return Call("POST", f"/customers/{one}/merges", {"number": other})


def _undo_merge(stage: Stage) -> Call:
    call = _merge(stage)
    return Call("POST", f"/customer-merges/{stage.do(call.method, call.path, call.body)['merge_id']}/undo")


def _identity(stage: Stage) -> Call:
    return Call("POST", "/customers/K-1/identities", {"channel": "shop", "outside_id": stage.fresh()})


def _drop_identity(stage: Stage) -> Call:
    call = _identity(stage)
    return Call("DELETE", f"/customers/K-1/identities/{stage.do(call.method, call.path, call.body)['data'][0]['id']}")


_STEP = {"kind": "call", "text": "rang", "next_step": "send", "due_on": "2099-01-01"}


def _step_done(stage: Stage) -> Call:
    made = stage.do("POST", "/customers/K-1/log", _STEP)
    return Call("POST", f"/customer-steps/{made['data'][0]['id']}/done")


def _buyer(stage: Stage) -> Call:
    limit = {"per_order": str(100 + stage.made), "per_month": "5000"}
    return Call("PUT", f"/customers/K-1/buyers/{user_text(stage.buyer.id)}", {"approves": True, "limits": [limit]})


def _drafts(stage: Stage) -> Call:
    document = {"name": {"en": stage.fresh()}, "rules": []}
    return Call("POST", "/configuration/drafts", {"documents": {f"review_rules/{stage.fresh()}": document}})


def _release(stage: Stage) -> Call:
    call = _drafts(stage)
    stage.do(call.method, call.path, call.body)
    base = stage.work(lambda work: work.tenant.head_release)
    return Call("POST", "/configuration/releases", {"base": base, "accept_warnings": True})


def _backtest(stage: Stage) -> Call:
    call = _drafts(stage)
    stage.do(call.method, call.path, call.body)
    return Call("POST", "/configuration/backtests", {"limit": 5})


def _stop_backtest(stage: Stage) -> Call:
    call = _backtest(stage)
    made = stage.do(call.method, call.path, call.body)
    return Call("POST", f"/configuration/backtests/{made['id']}/cancellations")


MASTERS: dict[str, Case] = {
    "PUT api_customers.CustomerByNumber": lambda stage: Call(
        "PUT", f"/customers/{stage.fresh()}",
        {"name": "New", "addresses": [ADDRESS], "contacts": [{"name": "Bo"}], "tags": ["a"]},
    ),
    "PUT api_customer_buyers.BuyerById": _buyer,
    "POST api_customer_records.CustomerIdentities": _identity,
    "DELETE api_customer_records.CustomerIdentityById": _drop_identity,
    "POST api_customer_records.CustomerLog": lambda _: Call("POST", "/customers/K-1/log", _STEP),
    "POST api_customer_records.CustomerStepDone": _step_done,
    "POST api_customer_records.CustomerMerges": _merge,
    "POST api_customer_records.CustomerMergeUndo": _undo_merge,
    "PUT api_customer_records.CustomerSiteByNumber": lambda stage: Call(
        "PUT", f"/customers/K-1/sites/{stage.fresh()}", {"name": "S", "address": ADDRESS}
    ),
    "PUT api_allocation.Delivery": lambda stage: Call(
        "PUT", f"/customers/{_customer(stage)}/delivery", {"ship_complete": True}
    ),
    "PUT api_locations.LocationByKey": lambda stage: Call(
        "PUT", "/locations/west", {"custom": {"gate": stage.fresh()}}
    ),
    "PUT api_products.ProductByCode": lambda stage: Call(
        "PUT", f"/products/{stage.fresh()}",
        {"name": "New", "skus": [{"code": stage.fresh(), "name": "New", "units": {"box": "6"}}]},
    ),
    "POST api_approvals.Preview": lambda _: Call(
        "POST", "/approvals/preview",
        {"order_type": "approved", "customer_number": "K-1", "lines": [{"sku": "TEA", "quantity": "1"}],
         "custom": {"po": "1"}},
    ),
    "POST api_configuration.Drafts": _drafts,
    "POST api_configuration.Releases": _release,
    "POST api_configuration.Backtests": _backtest,
    "POST api_configuration.BacktestCancellations": _stop_backtest,
    "POST api_configuration.Comparisons": lambda stage: Call(
        "POST", "/configuration/comparisons", {"documents": {}}
    ),
    "POST api_configuration.Simulations": lambda stage: Call(
        "POST", "/configuration/simulations",
        {"order": stage.order()["number"]},
    ),
}  # fmt: skip
