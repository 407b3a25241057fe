"""Changes of orders that are invoiced, paid or counted already: what a buyer has in writing stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from oms.changes.errors import ChangeInvalid
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from tests.oms.changes.test_change_orders import change, order
from tests.oms.regrouping.test_split_and_merge import head, lines_of, rows
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults

BULK: dict[str, Any] = {
    "name": {"en": "Bulk", "zh-CN": "满减"}, "effect": {"do": "amount", "value": "6"}, "currency": "USD",
    "when": {">=": [{"var": "order.net_total"}, {"dec": "60"}]}, "budget": {"amount": "1000"},
}  # fmt: skip


def shop(work: Work, **order_type: Any) -> None:
    """Tea at 10.00 and cups at 2.50; six off from 60 on."""
    publish_defaults(
        work, {"order_type/standard": an_order_type(promotions=["bulk"], **order_type), "promotion/bulk": BULK}
    )
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_sku(work, "CUP", price="2.50", tax_rate="0")
    a_customer(work, limit="1000")
    place = a_location(work, "ham")
    for code in ("TEA", "CUP"):
        stock(work, code, at=place, on_hand="100")


def taken_off(work: Work) -> list[tuple[Decimal, Decimal]]:
    """(as the order's redemption has it, as the promotion's counter has it)"""
    found = rows(
        work,
        "SELECT r.amount, c.amount AS counted FROM promotion_redemptions r JOIN promotion_counters c"
        " ON c.tenant_id = %(t)s AND c.promotion = r.promotion WHERE r.tenant_id = %(t)s",
    )
    return [tuple(row) for row in found]


def test_a_line_that_is_invoiced_in_full_keeps_its_discount_whatever_the_others_become(work: Work) -> None:
    shop(work)
    placed = order(work, ("TEA", "5"), ("CUP", "4"))  # 50.00 and 10.00, 6.00 off: 5.00 and 1.00
    tea = lines_of(work, placed.order_id)[0]
    invoice_order(work, InvoiceOrder(order_id=placed.order_id, quantities={tea.id: Decimal(5)}))

    change(work, placed, {"do": "set_quantity", "line": 2, "quantity": "3"})  # 57.50 is too little for the promotion

    tea, cups = lines_of(work, placed.order_id)
    assert (tea.discount, tea.net, tea.invoiced_net) == (5, 45, 45)
    assert (cups.discount, cups.net) == (0, Decimal("7.50"))
    assert head(work, placed.order_id).total == Decimal("52.50")
    assert taken_off(work) == [(5, 5)]
    rest = invoice_order(work, InvoiceOrder(order_id=placed.order_id))
    assert rest.amount == Decimal("7.50"), "all that the order costs has been invoiced"


def test_what_is_cut_down_to_what_is_invoiced_costs_that(work: Work) -> None:
    shop(work)
    placed = order(work, ("TEA", "6"), ("CUP", "4"))  # 60.00 and 10.00, 6.00 off: 5.14 and 0.86
    tea = lines_of(work, placed.order_id)[0]
    invoice_order(work, InvoiceOrder(order_id=placed.order_id, quantities={tea.id: Decimal(2)}))

    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "2"})

    tea, cups = lines_of(work, placed.order_id)
    assert (tea.net, tea.invoiced_net, tea.discount) == (Decimal("18.29"), Decimal("18.29"), Decimal("1.72"))
    assert (cups.net, cups.discount) == (10, 0)
    assert taken_off(work) == [(Decimal("1.72"), Decimal("1.72"))]


def test_the_price_of_an_invoiced_line_cannot_be_set(work: Work) -> None:
    shop(work)
    placed = order(work, ("TEA", "2"), ("CUP", "4"))
    tea = lines_of(work, placed.order_id)[0]
    invoice_order(work, InvoiceOrder(order_id=placed.order_id, quantities={tea.id: Decimal(2)}))

    with pytest.raises(ChangeInvalid) as refused:
        change(work, placed, {"do": "set_price", "line": 1, "unit_price": "9.00"})

    (problem,) = refused.value.problems
    assert (problem.code, problem.pointer, problem.facts) == ("price_fixed", "/actions/0/unit_price", {"line": 1})
    change(work, placed, {"do": "set_price", "line": 2, "unit_price": "2.00"})
    assert head(work, placed.order_id).total == 28


def test_an_order_that_was_paid_too_much_counts_with_what_its_change_now_needs_of_it(work: Work) -> None:
    shop(work, prepayment_percent=100, credit={"policy": "ignore"})
    placed = order(work, ("TEA", "2"))
    receive_payment(work, ReceivePayment(order_id=placed.order_id, amount=Decimal(35), method="bank"))
    assert head(work, placed.order_id).credit_exposed == 20

    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "3"})

    assert head(work, placed.order_id).credit_exposed == 30, "its payment waits, so both together are no risk"


def test_an_order_that_is_paid_in_advance_asks_no_credit_for_more(work: Work) -> None:
    shop(work, prepayment_percent=100)
    work.execute("UPDATE credit_accounts SET credit_limit = 5 WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    placed = order(work, ("TEA", "2"))

    done = change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "4"})

    assert [hold.type for hold in done.holds] == []  # it waits for its payment, as before


def test_more_of_an_order_counts_on_the_account_on_which_it_counts_already(work: Work) -> None:
    shop(work)
    placed = order(work, ("TEA", "2"))
    work.execute("UPDATE customers SET credit_account_id = NULL WHERE tenant_id = %(t)s", {"t": work.tenant_id})

    change(work, placed, {"do": "set_quantity", "line": 1, "quantity": "3"})

    assert head(work, placed.order_id).credit_exposed == 30
    assert rows(work, "SELECT open_orders FROM credit_accounts WHERE tenant_id = %(t)s")[0].open_orders == 30
