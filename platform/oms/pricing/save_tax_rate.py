"""Sets the rate of a tax class in a country from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.db import Work
from kernel.ids import new_id

_SAVE = """
INSERT INTO tax_rates (tenant_id, id, tax_class, country, rate, valid_from)
VALUES (%(tenant)s, %(id)s, %(tax_class)s, %(country)s, %(rate)s, %(valid_from)s)
ON CONFLICT (tenant_id, tax_class, country, valid_from) DO UPDATE SET rate = excluded.rate
"""


def save_tax_rate(
    work: Work, tax_class: str, rate: Decimal, *, country: str = "", valid_from: date = date(2000, 1, 1)
) -> None:
    """rate  0.13 is 13 %; country "" holds where no other row does"""
    work.execute(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "tax_class": tax_class, "country": country, "rate": rate,
            "valid_from": valid_from,
        },
    )  # fmt: skip
