"""Credit where the money is at risk: trees, policies, check points, the release of one order, payment first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.db.engine import counting_statements
from oms.credit.errors import LimitNegative, ParentUnfit
from oms.credit.lock_account import lock_account
from oms.credit.plan import (
    CROSSES,
    INVOICES_LATE,
    OVER_BEFORE,
    OVER_LIMIT,
    PREPAID,
    RELEASED,
    decide_credit,
)
from oms.credit.policy import Policy
from oms.credit.position import CreditPosition
from oms.credit.raise_limit import RaiseLimit, end_raise, raise_limit
from oms.credit.save_account import SaveAccount, save_account
from oms.credit.save_policy import SavePolicy, save_policy, set_group_limit
from oms.orders.check_credit import check_credit_at
from oms.orders.errors import CreditStops
from oms.orders.lock_order import lock_order
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.follow_up import follow_release
from oms.placement.place import place
from oms.receivables.checks import disagreements
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from tests.support.builders import a_customer, a_group, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults


@pytest.fixture
def customer(work: Work) -> UUID:
    """C-1 with a limit of 100 on CA-C-1; TEA at 10.00 without tax; order types standard, and half paid in advance."""
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    stock(work, "TEA", at=a_location(work, "one"), on_hand="1000")
    half = an_order_type(name={"en": "Half"}, prepayment_percent=50)
    whole = an_order_type(name={"en": "Whole"}, prepayment_percent=100)
    types = {"order_type/standard": an_order_type(), "order_type/half": half, "order_type/whole": whole}
    publish_defaults(work, types)
    return a_customer(work, "C-1", limit="100", group=a_group(work))


def order(work: Work, units: int, order_type: str = "standard") -> OrderPlaced:
    return place(work, PlaceOrder(
        order_type=order_type, channel="console", customer_number="C-1",
        lines=(LineRequest(sku="TEA", quantity=Decimal(units)),),
    ))  # fmt: skip


def account_id(work: Work) -> UUID:
    found = work.scalar("SELECT id FROM credit_accounts WHERE number = 'CA-C-1' AND tenant_id = %(t)s", _t(work))
    return UUID(str(found))


def state(work: Work, placed: OrderPlaced) -> Any:
    return work.row("SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(o)s", {**_t(work), "o": placed.order_id})


def _t(work: Work) -> dict[str, Any]:
    return {"t": work.tenant_id}


def save(work: Work, number: str, limit: str | None, parent: str | None = None) -> UUID:
    amount = None if limit is None else Decimal(limit)
    command = SaveAccount(number=number, name=number, currency=work.tenant.currency, credit_limit=amount, parent=parent)
    return save_account(work, command)


def position(**changes: Any) -> CreditPosition:
    zero = dict.fromkeys(
        ("open_orders", "unbilled_shipments", "open_invoices", "overdue", "unapplied_payments"), Decimal(0)
    )
    base = {"number": "A", "currency": "EUR", "credit_limit": Decimal(100), "raised_limit": None, "raised_until": None}
    return CreditPosition(**{**base, "blocked": False, **zero, **changes})


@pytest.mark.parametrize(
    ("policy", "changes", "amount", "verdict", "reason"),
    [
        (Policy(), {}, "101", "hold", OVER_LIMIT),
        (Policy(crossing="allow"), {"open_orders": Decimal(60)}, "60", "warn", CROSSES),
        (Policy(crossing="allow"), {"open_orders": Decimal(101)}, "1", "hold", OVER_BEFORE),
        (Policy(counts=frozenset({"overdue"})), {"open_orders": Decimal(900)}, "900", "pass", None),
        (Policy(overdue_days=10, overdue_amount=Decimal(5)), {"late": Decimal(6)}, "1", "hold", INVOICES_LATE),
        (Policy(overdue_days=10, overdue_amount=Decimal(5)), {"late": Decimal(5)}, "1", "pass", None),
        (Policy(limits={"open_orders": Decimal(20)}), {"open_orders": Decimal(15)}, "6", "hold", None),
        (Policy(warn_share=Decimal("0.5")), {}, "51", "warn", None),
        (Policy(at={"confirm": "ignore"}), {"blocked": True}, "500", "pass", None),
        (Policy(at={"confirm": "block"}), {"blocked": True}, "1", "block", None),
        (Policy(), {"credit_limit": None}, "99999", "pass", None),
        (Policy(), {"above": (position(number="TOP", credit_limit=Decimal(5)),)}, "6", "hold", OVER_LIMIT),
    ],
)  # fmt: skip
def test_a_policy_decides(
    work: Work, policy: Policy, changes: dict[str, Any], amount: str, verdict: str, reason: str | None
) -> None:
    account = replace(position(**changes), policy=policy)

    found = decide_credit(account, policy="hold", amount=Decimal(amount), currency="EUR", today=work.today)

    assert found.verdict == verdict and (reason is None or found.reason == reason)


def test_a_limit_comes_from_the_account_then_the_group_then_the_company(work: Work, customer: UUID) -> None:
    save(work, "CA-C-1", None)
    assert lock_account(work, account_id(work)).credit_limit is None
    save_policy(work, SavePolicy(policy=Policy(default_limit=Decimal(70))))
    assert lock_account(work, account_id(work)).credit_limit == 70
    set_group_limit(work, "gold", Decimal(50))
    assert lock_account(work, account_id(work)).credit_limit == 50
    save_policy(work, SavePolicy(account_id=account_id(work), policy=Policy()))
    set_group_limit(work, "gold", None)
    assert lock_account(work, account_id(work)).credit_limit == 70  # the company's default holds under any policy
    save(work, "CA-C-1", "30")
    assert lock_account(work, account_id(work)).credit_limit == 30
    with pytest.raises(LimitNegative):
        set_group_limit(work, "gold", Decimal(-1))


def test_an_account_that_moves_takes_its_exposure_along(work: Work, customer: UUID) -> None:
    top, side = save(work, "TOP", "1000"), save(work, "SIDE", "1000")
    order(work, 4)
    save(work, "CA-C-1", "100", "TOP")
    assert lock_account(work, top).open_orders == 40
    save(work, "CA-C-1", "100", "SIDE")
    order(work, 1)

    assert (lock_account(work, top).open_orders, lock_account(work, side).open_orders) == (0, 50)
    assert disagreements(work) == []
    with pytest.raises(ParentUnfit):
        save(work, "SIDE", "1000", "CA-C-1")


def test_a_company_above_costs_placement_no_statement(work: Work, customer: UUID) -> None:
    order(work, 1)
    with counting_statements() as alone:
        order(work, 1)
    save(work, "TOP", "1000")
    save(work, "CA-C-1", "100", "TOP")
    with counting_statements() as below:
        order(work, 1)

    assert below.count == alone.count


def test_a_raise_holds_for_its_days_and_can_end_early(work: Work, customer: UUID) -> None:
    soon = work.today + timedelta(days=3)
    for limit, first in (("150", work.today), ("400", soon)):
        raise_limit(work, RaiseLimit(
            account_id=account_id(work), credit_limit=Decimal(limit), from_on=first, until_on=soon, reason="season"
        ))  # fmt: skip
    assert not order(work, 14).holds
    now = work.scalar("SELECT id FROM credit_raises WHERE tenant_id = %(t)s AND credit_limit = 150", _t(work))
    end_raise(work, account_id(work), now)

    assert [hold.type for hold in order(work, 1).holds] == ["credit"]


def test_a_released_order_passes_later_points_until_it_grows(work: Work, customer: UUID) -> None:
    save_policy(work, SavePolicy(policy=Policy(at={"confirm": "order_type", "release": "hold", "ship": "block"})))
    placed = order(work, 20)
    hold = work.scalar("SELECT id FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s",
                       {**_t(work), "o": placed.order_id})  # fmt: skip

    follow_release(work, release_hold(work, ReleaseHold(order_id=placed.order_id, hold_id=hold, reason="good buyer")))

    assert state(work, placed).open_holds == 0 and state(work, placed).fulfilment_status == "allocated"
    locked = lock_order(work, placed.order_id)
    assert check_credit_at(work, locked, "ship").reason == RELEASED
    with pytest.raises(CreditStops):
        check_credit_at(work, replace(locked, total=Decimal(201)), "ship")
    receive_payment(work, ReceivePayment(amount=Decimal(200), method="bank", order_id=placed.order_id))
    assert (
        check_credit_at(work, replace(lock_order(work, placed.order_id), credit_released=Decimal(0)), "ship").reason
        == PREPAID
    )


def test_an_order_released_from_another_hold_is_checked_again(work: Work, customer: UUID) -> None:
    save_policy(work, SavePolicy(policy=Policy(at={"confirm": "order_type", "release": "hold"})))
    placed = order(work, 6, "half")
    post_receivable(work, PostReceivable(customer_id=customer, kind="invoice", number="X", amount=Decimal(90)))

    receive_payment(work, ReceivePayment(amount=Decimal(30), method="bank", order_id=placed.order_id, reference="1"))

    holds = work.rows("SELECT type FROM order_holds WHERE tenant_id = %(t)s AND order_id = %(o)s"
                      " AND released_at IS NULL", {**_t(work), "o": placed.order_id})  # fmt: skip
    assert [hold.type for hold in holds] == ["credit"] and state(work, placed).fulfilment_status == "open"


def test_payment_first_waits_for_all_that_is_asked_and_takes_no_credit_from_others(work: Work, customer: UUID) -> None:
    placed = order(work, 50, "whole")  # 500 at a limit of 100: no matter, it is paid first
    assert [hold.type for hold in placed.holds] == ["payment"]
    assert lock_account(work, account_id(work)).exposure == 0

    part = receive_payment(work, ReceivePayment(amount=Decimal(499), method="card", order_id=placed.order_id))
    assert not part.released and state(work, placed).payment_status == "partially_paid"
    assert lock_account(work, account_id(work)).exposure == 0  # what is paid is no room for other orders
    rest = receive_payment(work, ReceivePayment(amount=Decimal(1), method="card", order_id=placed.order_id))

    assert rest.released and state(work, placed).payment_status == "paid"
    assert state(work, placed).fulfilment_status == "allocated"
    invoice_order(work, InvoiceOrder(order_id=placed.order_id))
    assert lock_account(work, account_id(work)).exposure == 0 and disagreements(work) == []


def test_invoicing_is_held_by_policy_but_never_for_goods_that_were_shipped(work: Work, customer: UUID) -> None:
    save_policy(work, SavePolicy(policy=Policy(at={"confirm": "ignore", "invoice": "hold"})))
    placed = order(work, 20)
    held = invoice_order(work, InvoiceOrder(order_id=placed.order_id))
    assert held.invoice_id is None and held.held and state(work, placed).open_holds == 1
    work.execute("UPDATE order_lines SET shipped = allocated WHERE tenant_id = %(t)s AND order_id = %(o)s",
                 {**_t(work), "o": placed.order_id})  # fmt: skip

    assert invoice_order(work, InvoiceOrder(order_id=placed.order_id)).amount == 200


def test_charges_beside_the_lines_are_invoiced_once_with_the_first_part(work: Work, customer: UUID) -> None:
    placed = order(work, 3)
    work.execute("UPDATE orders SET net_total = net_total + 5, tax_total = 0.95, total = total + 5.95"
                 " WHERE tenant_id = %(t)s AND id = %(o)s", {**_t(work), "o": placed.order_id})  # fmt: skip
    line = work.scalar("SELECT id FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s",
                       {**_t(work), "o": placed.order_id})  # fmt: skip

    parts = [
        invoice_order(work, InvoiceOrder(order_id=placed.order_id, quantities={line: Decimal(1)})).amount
        for _ in range(3)
    ]

    assert parts == [Decimal("15.95"), 10, 10] and sum(parts) == state(work, placed).total
