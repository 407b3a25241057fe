"""Reads of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.field_index.filters import FieldFilter, compile_filter
from oms.catalog.errors import ProductNotFound
from oms.fields.judge_values import seen_values

_SKU_JSON = """(SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'code', s.code, 'name', s.name,
    'options', s.options, 'base_unit', s.base_unit, 'order_minimum', s.order_minimum,
    'order_multiple', s.order_multiple, 'weight_grams', s.weight_grams, 'active', s.active,
    'units', (SELECT coalesce(jsonb_object_agg(u.unit, u.factor), jsonb_build_object()) FROM sku_units u
      WHERE u.tenant_id = %(tenant)s AND u.sku_id = s.id),
    'barcodes', (SELECT coalesce(jsonb_object_agg(b.barcode, b.unit), jsonb_build_object()) FROM sku_barcodes b
      WHERE b.tenant_id = %(tenant)s AND b.sku_id = s.id)) ORDER BY s.code), '[]')
  FROM skus s WHERE s.tenant_id = %(tenant)s AND s.product_id = p.id) AS skus"""
_PRODUCTS = f"""
SELECT p.id, p.code, p.name, p.brand, p.category, p.tax_class, p.active, p.custom, {_SKU_JSON}
FROM products p
WHERE p.tenant_id = %(tenant)s AND (%(after)s::text IS NULL OR p.code > %(after)s)
  AND (%(category)s::text IS NULL OR p.category = %(category)s)
  AND (%(like)s::text IS NULL OR p.id IN
    (SELECT product_id FROM skus WHERE tenant_id = %(tenant)s AND search_text LIKE %(like)s){{words}}){{own}}
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
    work: Work,
    *,
    search: str = "",
    category: str | None = None,
    limit: int = 50,
    after: str | None = None,
    fields: FieldFilter | None = None,
) -> list[Any]:
    """Up to `limit` products by code, those behind the code `after`; each row has its SKUs as JSON.

    fields  filters by own fields that the actor may see, and where words are looked for besides
    """
    own = compile_filter(work, "product", fields or FieldFilter(), alias="p", search=search.strip(), words_alias="p")
    like = f"%{escape_like(search.strip().lower())}%" if search.strip() else None
    parameters = {
        "tenant": work.tenant_id, "like": like, "category": category, "limit": limit, "after": after,
        **dict(own.params),
    }  # fmt: skip
    statement = _PRODUCTS.format(
        own="".join(f" AND {one}" for one in own.conditions), words=f" OR ({own.words})" if own.words else ""
    )
    return [_seen(work, row) for row in work.rows(statement, parameters)]


def _seen(work: Work, row: Any) -> Any:
    return row._replace(custom=seen_values(work, "product", row.custom))


def read_product(work: Work, code: str) -> Any:
    """Raises ProductNotFound."""
    row = work.row(_PRODUCT, {"tenant": work.tenant_id, "code": code})
    if row is None:
        raise ProductNotFound(code=code)
    return _seen(work, row)


def find_skus(work: Work, tokens: Sequence[str]) -> dict[str, Any]:
    """token -> (id, code, name, base_unit, unit that the barcode names), for SKU codes and barcodes."""
    rows = work.rows(_BY_CODE_OR_BARCODE, {"tenant": work.tenant_id, "tokens": list(tokens)})
    return {row.token: row for row in rows}


def suggest_skus(work: Work, typed: str, *, limit: int = 8) -> list[Any]:
    """(code, name) of active SKUs that begin with, are scanned as, or contain what is typed, the closest first."""
    like = escape_like(typed.lower())
    return work.rows(
        "SELECT s.code, s.name FROM skus s WHERE s.tenant_id = %(tenant)s AND s.active"
        " AND (s.search_text LIKE %(like)s OR s.id IN (SELECT b.sku_id FROM sku_barcodes b"
        "   WHERE b.tenant_id = %(tenant)s AND b.barcode = %(typed)s))"
        " ORDER BY lower(s.code) = %(typed_low)s DESC, lower(s.code) LIKE %(start)s DESC, s.code LIMIT %(limit)s",
        {
            "tenant": work.tenant_id, "like": f"%{like}%", "start": f"{like}%", "typed": typed,
            "typed_low": typed.lower(), "limit": limit,
        },
    )  # fmt: skip


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
