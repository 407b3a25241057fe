"""Which SKUs a buyer may be offered instead of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from oms.catalog.errors import SkuUnknown, SubstitutesInvalid

MOST = 20
NOT_ITSELF = N_("A SKU is no substitute of itself.")
UNKNOWN = N_("There is no SKU {sku}.")
_SKUS = "SELECT id, code FROM skus WHERE tenant_id = %(tenant)s AND code = ANY(%(codes)s)"
_LIST = """
SELECT s.code, s.name, x.rank FROM sku_substitutes x
JOIN skus o ON o.tenant_id = %(tenant)s AND o.id = x.sku_id AND o.code = %(sku)s
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.substitute_id
WHERE x.tenant_id = %(tenant)s ORDER BY x.rank, s.code
"""
_PRODUCT = """
SELECT p.code FROM skus s JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
WHERE s.tenant_id = %(tenant)s AND s.code = %(sku)s
"""
_LOCK = "SELECT id FROM skus WHERE tenant_id = %(tenant)s AND id = %(sku)s FOR NO KEY UPDATE"
_FORGET = "DELETE FROM sku_substitutes WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s"
_WRITE = """
INSERT INTO sku_substitutes (tenant_id, sku_id, substitute_id, rank)
SELECT %(tenant)s, %(sku)s, x.id, x.rank FROM unnest(%(others)s::uuid[]) WITH ORDINALITY AS x (id, rank)
"""


def substitutes_of(work: Work, sku: str) -> Sequence[Any]:
    """(code, name, rank), the first is offered first; empty for an unknown SKU."""
    return work.rows(_LIST, {"tenant": work.tenant_id, "sku": sku})


def set_substitutes(work: Work, sku: str, others: Sequence[str]) -> None:
    """These, in this order, take the place of what was said before.

    raises  SkuUnknown, SubstitutesInvalid with a problem for each that is wrong
    """
    codes = list(dict.fromkeys(others))
    found: dict[str, UUID] = {
        row.code: row.id for row in work.rows(_SKUS, {"tenant": work.tenant_id, "codes": [sku, *codes]})
    }
    if sku not in found:
        raise SkuUnknown(sku=sku)
    problems = [
        Problem(f"/substitutes/{at}", "sku_unknown", UNKNOWN, {"sku": code})
        for at, code in enumerate(codes)
        if code not in found
    ]
    problems += [Problem(f"/substitutes/{at}", "itself", NOT_ITSELF) for at, code in enumerate(codes) if code == sku]
    if problems or len(codes) > MOST:
        raise SubstitutesInvalid(problems=problems, most=MOST)
    parameters = {"tenant": work.tenant_id, "sku": found[sku], "others": [found[code] for code in codes]}
    work.execute(_LOCK, parameters)
    work.execute(_FORGET, parameters)
    work.execute(_WRITE, parameters)


def product_of_sku(work: Work, sku: str) -> str:
    """Code of its product. Raises SkuUnknown."""
    found = work.scalar(_PRODUCT, {"tenant": work.tenant_id, "sku": sku})
    if found is None:
        raise SkuUnknown(sku=sku)
    return str(found)
