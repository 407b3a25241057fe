"""Reads of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.errors import ProductNotFound

_SKU_JSON = """(SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'code', s.code, 'name', s.name,
    'options', s.options, 'base_unit', s.base_unit, 'order_minimum', s.order_minimum,
    'order_multiple', s.order_multiple, 'weight_grams', s.weight_grams, 'active', s.active,
    'units', (SELECT coalesce(jsonb_object_agg(u.unit, u.factor), '{}') FROM sku_units u
      WHERE u.tenant_id = %(tenant)s AND u.sku_id = s.id),
    'barcodes', (SELECT coalesce(jsonb_object_agg(b.barcode, b.unit), '{}') FROM sku_barcodes b
      WHERE b.tenant_id = %(tenant)s AND b.sku_id = s.id)) ORDER BY s.code), '[]')
  FROM skus s WHERE s.tenant_id = %(tenant)s AND s.product_id = p.id) AS skus"""
_PRODUCTS = f"""
SELECT p.id, p.code, p.name, p.brand, p.category, p.tax_class, p.active, p.custom, {_SKU_JSON}
FROM products p
WHERE p.tenant_id = %(tenant)s AND (%(after)s::text IS NULL OR p.code > %(after)s)
  AND (%(category)s::text IS NULL OR p.category = %(category)s)
  AND (%(like)s::text IS NULL OR p.id IN
    (SELECT product_id FROM skus WHERE tenant_id = %(tenant)s AND search_text LIKE %(like)s))
ORDER BY p.code LIMIT %(limit)s
"""
_PRODUCT = f"""
SELECT p.id, p.code, p.name, p.brand, p.category, p.tax_class, p.active, p.custom, {_SKU_JSON}
FROM products p WHERE p.tenant_id = %(tenant)s AND p.code = %(code)s
"""
# A SKU by its code, else by a barcode of it: what a clerk scans or types.
_BY_CODE_OR_BARCODE = """
SELECT x.token, s.id, s.code, s.name, s.base_unit, b.unit FROM unnest(%(tokens)s::text[]) AS x (token)
LEFT JOIN sku_barcodes b ON b.tenant_id = %(tenant)s AND b.barcode = x.token
JOIN skus s ON s.tenant_id = %(tenant)s AND (s.code = x.token OR s.id = b.sku_id)
"""


def escape_like(text: str) -> str:
    """`text` as itself within a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_products(
    work: Work, *, search: str = "", category: str | None = None, limit: int = 50, after: str | None = None
) -> list[Any]:
    """Up to `limit` products by code, those behind the code `after`; each row has its SKUs as JSON."""
    like = f"%{escape_like(search.strip().lower())}%" if search.strip() else None
    parameters = {"tenant": work.tenant_id, "like": like, "category": category, "limit": limit, "after": after}
    return work.rows(_PRODUCTS, parameters)


def read_product(work: Work, code: str) -> Any:
    """Raises ProductNotFound."""
    row = work.row(_PRODUCT, {"tenant": work.tenant_id, "code": code})
    if row is None:
        raise ProductNotFound(code=code)
    return row


def find_skus(work: Work, tokens: Sequence[str]) -> dict[str, Any]:
    """token -> (id, code, name, base_unit, unit that the barcode names), for SKU codes and barcodes."""
    rows = work.rows(_BY_CODE_OR_BARCODE, {"tenant": work.tenant_id, "tokens": list(tokens)})
    return {row.token: row for row in rows}


def categories(work: Work) -> list[str]:
    """Categories of active products, by name; at most 200."""
    rows = work.rows(
        "SELECT DISTINCT category FROM products WHERE tenant_id = %(tenant)s AND active AND category <> ''"
        " ORDER BY category LIMIT 200",
        {"tenant": work.tenant_id},
    )
    return [row.category for row in rows]


def sku_id_of(work: Work, code: str) -> UUID | None:
    found = work.scalar(
        "SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = %(code)s",
        {"tenant": work.tenant_id, "code": code},
    )
    return UUID(str(found)) if found else None
