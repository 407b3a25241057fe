from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from kernel import clock
from kernel.ids import to_text
from tests.support.web import make_user
from tests.web.console.conftest import Shop, once


def _customer(shop: Shop, more: str = "") -> str:
    return f"/customers/{to_text('cus', shop.customer)}{more}"


def _account(shop: Shop) -> object:
    return shop.row("SELECT * FROM credit_accounts WHERE tenant_id = %(tenant)s AND number = 'CA-C-1'")


def test_customers_are_listed_searched_and_shown_with_their_credit(shop: Shop) -> None:
    shop.order("45")
    olga = shop.browser(shop.operator)

    listed, found, nothing = (olga.get(f"/customers{q}").text for q in ("", "?q=c-2", "?q=zzz"))
    page = olga.get(_customer(shop)).text

    assert "Customer C-1" in listed and "Customer C-1" not in found and "Nothing matches" in nothing
    assert "CA-C-1" in page and "Open orders" in page and "Change the limit" not in page
    assert 'class="bucket-open_orders"' in page and "SO-" not in listed


def test_finance_books_applies_and_the_audit_log_knows(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))

    def post(**data: object) -> int:
        return finance.post(_customer(shop, "/receivables"), {**once(), **data}).status_code

    assert post(kind="invoice", number="INV-1", amount="1,200.50") == 303
    assert post(kind="payment", number="PAY-1", amount="500") == 303
    assert post(kind="invoice", number="INV-1", amount="5") == 409
    items = {row.kind: row.id for row in _items(shop)}
    form = {"invoice": to_text("rec", items["invoice"]), "payment": to_text("rec", items["payment"])}
    too_much = finance.post(_customer(shop, "/receivables/apply"), {**once(), **form, "amount": "600"})
    applied = finance.post(_customer(shop, "/receivables/apply"), {**once(), **form, "amount": "500"})

    account = _account(shop)
    assert too_much.status_code == 422 and "f-apply-amount-problem" in too_much.text
    assert applied.status_code == 303 and account.open_invoices == 700.5 and account.unapplied_payments == 0  # type: ignore[attr-defined]
    audits = shop.row(
        "SELECT array_agg(action ORDER BY id) AS a FROM audit_entries WHERE tenant_id = %(tenant)s AND action LIKE 'receivable%%'"
    ).a
    assert audits == ["receivable.post", "receivable.post", "receivable.apply"]


def _items(shop: Shop) -> list[object]:
    with shop.work() as work:
        return work.rows("SELECT id, kind FROM receivables WHERE tenant_id = %(t)s", {"t": work.tenant_id})


def test_finance_changes_the_limit_and_warnings_grow_with_use(shop: Shop) -> None:
    finance = shop.browser(shop.person("finance"))
    shop.order("45")  # 535.50 with tax
    until = (clock.now() + timedelta(days=9)).date().isoformat()

    def change(**data: object) -> object:
        return finance.post(_customer(shop, "/credit"), {**once(), **data})

    assert change(credit_limit="600").status_code == 303  # type: ignore[attr-defined]
    assert "More than 80 % of the limit is used" in finance.get(_customer(shop)).text
    change(credit_limit="500")
    assert "The limit is used up" in finance.get(_customer(shop)).text
    account = f"/credit/accounts/{_account(shop).number}"  # type: ignore[attr-defined]
    raised = {"credit_limit": "9000", "from_on": "", "until_on": until, "reason": "season"}
    assert finance.post(f"{account}/raises", {**once(), **raised}).status_code == 303
    page = finance.get(_customer(shop)).text
    assert "Within the limit" in page and "A temporary limit holds until" in page
    change(credit_limit="500", blocked="1")
    assert "Blocked" in finance.get(_customer(shop)).text

    refused = change(credit_limit="-5")
    half = finance.post(f"{account}/raises", {**once(), "credit_limit": "10", "reason": "x"})
    assert refused.status_code == half.status_code == 422  # type: ignore[attr-defined]
    assert "f-raise-until-problem" in half.text and _account(shop).credit_limit == 500  # type: ignore[attr-defined]


def test_credit_forms_are_for_finance_and_within_reach(make_shop: Callable[..., Shop]) -> None:
    shop, rival = make_shop(), make_shop()
    form = {**once(), "kind": "invoice", "number": "X", "amount": "5", "credit_limit": "1"}

    for more in ("/receivables", "/credit"):
        assert shop.browser(shop.operator).post(_customer(shop, more), form).status_code == 403
        assert rival.browser().post(_customer(shop, more), form).status_code == 404
    assert rival.browser().get(_customer(shop)).status_code == 404
    scoped = make_user(shop.engine, shop.company, "finance", customer_scope=())
    assert shop.browser(scoped).get(_customer(shop)).status_code == 404
    assert not _items(shop) and _account(shop).credit_limit == 9000  # type: ignore[attr-defined]


def test_stock_is_received_corrected_and_moved_with_reasons(shop: Shop) -> None:
    keeper = shop.browser(shop.person("warehouse"))
    shop.order("98")

    def move(kind: str, **data: object) -> object:
        return keeper.post(f"/stock/TEA-250/{kind}", {**once(), **data})

    assert move("receive", location="south", quantity="10").status_code == 303  # type: ignore[attr-defined]
    assert move("adjust", location="south", quantity="-3", reason="Broken").status_code == 303  # type: ignore[attr-defined]
    assert move("transfer", location="south", target="north", quantity="7").status_code == 303  # type: ignore[attr-defined]
    promised = move("adjust", location="north", quantity="-50", reason="Lost")
    page = keeper.get("/stock/TEA-250").text
    listed = keeper.get("/stock?q=tea&location=south").text

    assert promised.status_code == 409 and "f-adjust-quantity-problem" in promised.text  # type: ignore[attr-defined]
    for code, data in (("reason", {"quantity": "1"}), ("quantity", {"quantity": "x", "reason": "y"})):
        assert f"f-adjust-{code}-problem" in move("adjust", location="south", **data).text  # type: ignore[attr-defined]
    assert (
        "Broken" in page
        and "Transferred" in page
        and "SOUTH" in listed
        and ">40<" in listed
        and "NORTH</td>" not in listed
    )
    on_hand = shop.row("SELECT sum(on_hand) AS n FROM stock_positions WHERE tenant_id = %(tenant)s").n
    assert on_hand == 147


def test_stock_keeps_to_the_readers_locations_and_company(make_shop: Callable[..., Shop]) -> None:
    shop, rival = make_shop(), make_shop()
    scoped = shop.browser(make_user(shop.engine, shop.company, "warehouse", location_scope=(shop.south,)))

    page = scoped.get("/stock").text
    refused = scoped.post("/stock/TEA-250/receive", {**once(), "location": "north", "quantity": "5"})

    assert "SOUTH" in page and "NORTH" not in page and "NORTH" not in scoped.get("/stock/TEA-250").text
    assert refused.status_code == 404 and "f-receive-location-problem" in refused.text
    assert (
        shop.browser(shop.operator)
        .post("/stock/TEA-250/receive", {**once(), "location": "north", "quantity": "5"})
        .status_code
        == 403
    )
    assert rival.browser().get("/stock/OTHER").status_code == 404
    assert shop.row("SELECT sum(on_hand) AS n FROM stock_positions WHERE tenant_id = %(tenant)s").n == 140


def test_products_show_units_and_prices_to_those_who_may(shop: Shop) -> None:
    olga, keeper = shop.browser(shop.operator), shop.browser(shop.person("warehouse"))

    assert "Tea-250" in olga.get("/products").text and "Nothing matches" in olga.get("/products?q=zzz").text
    assert "USD 10" in olga.get("/products/TEA-250").text or "10.00" in olga.get("/products/TEA-250").text
    assert "Base list" not in keeper.get("/products/TEA-250").text
    assert olga.get("/products/NOPE").status_code == 404
