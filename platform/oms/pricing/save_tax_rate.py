"""Sets the rate of a tax class in a country or region from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.i18n import N_
from kernel.ids import new_id
from oms.pricing.errors import RateInvalid, RateNotFound
from tenants.access.audit import audit

REGION_WITHOUT_COUNTRY = N_("a region needs its country")
RATE_OUT_OF_RANGE = N_("a tax rate is 0 % or more, below 1000 %")

_SAVE = """
INSERT INTO tax_rates (tenant_id, id, tax_class, country, region, rate, valid_from)
VALUES (%(tenant)s, %(id)s, %(tax_class)s, %(country)s, %(region)s, %(rate)s, %(valid_from)s)
ON CONFLICT (tenant_id, tax_class, country, region, valid_from) DO UPDATE SET rate = excluded.rate
"""
_LIST = """
SELECT tax_class, country, region, rate, valid_from FROM tax_rates WHERE tenant_id = %(tenant)s
ORDER BY tax_class, country, region, valid_from DESC LIMIT 2000
"""
_REMOVE = """
DELETE FROM tax_rates WHERE tenant_id = %(tenant)s AND tax_class = %(tax_class)s AND country = %(country)s
  AND region = %(region)s AND valid_from = %(valid_from)s
"""


def save_tax_rate(
    work: Work,
    tax_class: str,
    rate: Decimal,
    *,
    country: str = "",
    region: str = "",
    valid_from: date = date(2000, 1, 1),
) -> None:
    """Country "" holds where no other row does, region "" in the whole country.

    rate    0.13 is 13 %
    raises  RateInvalid
    """
    if region and not country:
        raise RateInvalid(reason=REGION_WITHOUT_COUNTRY)
    if not 0 <= rate < 10:
        raise RateInvalid(reason=RATE_OUT_OF_RANGE)
    work.execute(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "tax_class": tax_class, "country": country, "region": region,
            "rate": rate, "valid_from": valid_from,
        },
    )  # fmt: skip
    audit(work, "tax_rate.save", "tax_rate", _name(tax_class, country, region, valid_from), {"rate": (None, str(rate))})


def remove_tax_rate(work: Work, tax_class: str, *, country: str, region: str, valid_from: date) -> None:
    """Orders that were placed keep their rate. Raises RateNotFound."""
    parameters = {"tenant": work.tenant_id, "tax_class": tax_class, "country": country, "region": region}
    if not work.execute(_REMOVE, {**parameters, "valid_from": valid_from}):
        raise RateNotFound()
    audit(work, "tax_rate.remove", "tax_rate", _name(tax_class, country, region, valid_from))


def list_tax_rates(work: Work) -> list[Any]:
    """By class and place, the newest day first."""
    return work.rows(_LIST, {"tenant": work.tenant_id})


def _name(tax_class: str, country: str, region: str, valid_from: date) -> str:
    return "/".join((tax_class, country, region, valid_from.isoformat()))
