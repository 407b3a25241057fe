"""How much of an order is to be paid before it is processed."""

from __future__ import annotations

from decimal import Decimal

from kernel.i18n import N_
from kernel.money import round_amount

PAYMENT_FIRST = N_("waits for payment in advance")


def prepay_required(total: Decimal, of_customer: Decimal | None, of_order_type: Decimal, currency: str) -> Decimal:
    """The share of `total`, rounded to the currency's digits. What the customer agreed to comes first.

    of_customer, of_order_type  percent, 0 to 100; None: as the order type says
    """
    percent = of_order_type if of_customer is None else of_customer
    return round_amount(total * percent / 100, currency)
