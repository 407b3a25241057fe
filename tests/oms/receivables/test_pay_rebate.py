"""A closed period's rebate is paid out once, by a credit note that the books carry."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kernel.db import Work
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.rebates.errors import AgreementNotFound, PeriodOpen, PeriodSettled
from oms.rebates.plan import Tier
from oms.rebates.save_agreement import SaveAgreement, save_agreement
from oms.receivables.checks import disagreements
from oms.receivables.errors import RebateNothing
from oms.receivables.pay_rebate import PayRebate, pay_rebate
from tests.support.builders import a_customer, a_sku
from tests.support.configuration import an_order_type, publish_defaults


def agreed(work: Work) -> PayRebate:
    """1,000.00 of turnover in May; 3 % from 500 on."""
    publish_defaults(work, {"order_type/standard": an_order_type(credit={"policy": "ignore"})})
    a_sku(work, "TEA", price="10.00", tax_rate="0.1")
    customer = a_customer(work, limit="5000")
    save_agreement(
        work,
        SaveAgreement(
            key="bonus", names={"en": "Bonus"}, currency=work.tenant.currency, period="month", customer="C-1",
            valid_from=date(2026, 1, 1), tiers=(Tier(Decimal(500), Decimal(3)),),
        ),
    )  # fmt: skip
    work.now = datetime(2026, 5, 9, 9, tzinfo=UTC)
    lines = (LineRequest(sku="TEA", quantity=Decimal(100)),)
    place(work, PlaceOrder(order_type="standard", channel="api", lines=lines, customer_number="C-1"))
    return PayRebate(agreement="bonus", customer_id=customer, day=date(2026, 5, 20))


def test_a_closed_period_is_paid_once(work: Work) -> None:
    command = agreed(work)
    with pytest.raises(PeriodOpen):
        pay_rebate(work, command)
    work.now = datetime(2026, 6, 1, 9, tzinfo=UTC)
    paid = pay_rebate(work, command)
    assert paid.amount == Decimal("30.00")
    row = work.row(
        "SELECT kind, amount, open_amount FROM receivables WHERE tenant_id = %(t)s AND id = %(id)s",
        {"t": work.tenant_id, "id": paid.receivable_id},
    )
    assert row is not None and tuple(row) == ("credit_note", -30, -30)
    assert disagreements(work) == []
    with pytest.raises(PeriodSettled):
        pay_rebate(work, command)


def test_what_is_not_owed_is_not_paid(work: Work) -> None:
    command = agreed(work)
    work.now = datetime(2026, 6, 1, 9, tzinfo=UTC)
    with pytest.raises(RebateNothing):
        pay_rebate(work, PayRebate(agreement="bonus", customer_id=command.customer_id, day=date(2026, 4, 2)))
    with pytest.raises(AgreementNotFound):
        pay_rebate(work, PayRebate(agreement="none", customer_id=command.customer_id, day=command.day))
