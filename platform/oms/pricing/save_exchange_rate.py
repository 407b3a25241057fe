"""Sets the rate between two currencies from a day on. Each direction is a rate of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.i18n import N_
from kernel.ids import new_id
from oms.pricing.errors import RateInvalid, RateNotFound
from tenants.access.audit import audit

SAME_CURRENCY = N_("the two currencies are the same")
NOT_POSITIVE = N_("an exchange rate is more than 0 and below 1,000,000,000, with at most eight decimals")

_SAVE = """
INSERT INTO exchange_rates (tenant_id, id, from_currency, to_currency, valid_from, rate)
VALUES (%(tenant)s, %(id)s, %(source)s, %(target)s, %(valid_from)s, %(rate)s)
ON CONFLICT (tenant_id, from_currency, to_currency, valid_from) DO UPDATE SET rate = excluded.rate
"""
_LIST = """
SELECT from_currency::text AS from_currency, to_currency::text AS to_currency, valid_from, rate FROM exchange_rates
WHERE tenant_id = %(tenant)s ORDER BY from_currency, to_currency, valid_from DESC LIMIT 2000
"""
_REMOVE = """
DELETE FROM exchange_rates WHERE tenant_id = %(tenant)s AND from_currency = %(source)s AND to_currency = %(target)s
  AND valid_from = %(valid_from)s
"""


def save_exchange_rate(work: Work, source: str, target: str, rate: Decimal, *, valid_from: date) -> None:
    """One unit of `source` is `rate` units of `target`. Raises RateInvalid."""
    if source == target:
        raise RateInvalid(reason=SAME_CURRENCY)
    if not 0 < rate < 10**9 or rate != round(rate, 8):
        raise RateInvalid(reason=NOT_POSITIVE)
    parameters = {"tenant": work.tenant_id, "source": source, "target": target, "valid_from": valid_from}
    work.execute(_SAVE, {**parameters, "id": new_id(), "rate": rate})
    audit(work, "exchange_rate.save", "exchange_rate", f"{source}/{target}/{valid_from}", {"rate": (None, str(rate))})


def remove_exchange_rate(work: Work, source: str, target: str, *, valid_from: date) -> None:
    """Orders that were placed keep their prices. Raises RateNotFound."""
    parameters = {"tenant": work.tenant_id, "source": source, "target": target, "valid_from": valid_from}
    if not work.execute(_REMOVE, parameters):
        raise RateNotFound()
    audit(work, "exchange_rate.remove", "exchange_rate", f"{source}/{target}/{valid_from}")


def list_exchange_rates(work: Work) -> list[Any]:
    """By currencies, the newest day first."""
    return work.rows(_LIST, {"tenant": work.tenant_id})
