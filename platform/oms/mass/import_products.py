"""Takes a product file in as a set: one product with one SKU per row, by the tenant's own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from kernel.db import Work
from oms.mass.errors import ColumnsMissing, FileEmpty
from oms.mass.read_file import is_blank, read_rows

# Field -> headers that mean it, lower case.
_COLUMNS = {
    "code": ("code", "sku", "product_id", "商品编码"),
    "name": ("name", "product_type", "商品名称"),
    "brand": ("brand", "品牌"),
    "category": ("category", "department", "品类"),
    "size": ("size", "package_size", "规格"),
    "tax_class": ("tax_class", "税类"),
}
_TEMPORARY = """
CREATE TEMP TABLE m_products (code text, name text, brand text, category text, size text, tax_class text)
ON COMMIT DROP
"""
_COPY = "COPY m_products (code, name, brand, category, size, tax_class) FROM STDIN"
_SAVE = """
WITH wanted AS (
  SELECT DISTINCT ON (code) code, coalesce(nullif(name, ''), code) AS name, brand, category, size,
    coalesce(nullif(tax_class, ''), 'standard') AS tax_class
  FROM m_products WHERE code <> '' ORDER BY code
), made AS (
  INSERT INTO products AS p (tenant_id, id, code, name, brand, category, tax_class)
  SELECT %(tenant)s, new_id(), code, name, brand, category, tax_class FROM wanted
  ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, brand = excluded.brand,
    category = excluded.category, tax_class = excluded.tax_class
  RETURNING p.id, p.code
)
INSERT INTO skus AS s (tenant_id, id, product_id, code, name, options, search_text)
SELECT %(tenant)s, new_id(), m.id, w.code, trim(w.name || ' ' || w.size),
  CASE WHEN w.size = '' THEN '{}'::jsonb ELSE jsonb_build_object('size', w.size) END,
  lower(concat_ws(' ', w.code, w.name, w.size, w.brand, w.category))
FROM wanted w JOIN made m ON m.code = w.code
ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, options = excluded.options,
  search_text = excluded.search_text
WHERE s.product_id = excluded.product_id
"""


@dataclass(frozen=True, slots=True)
class ProductsImported:
    """saved  SKUs made or changed"""

    rows: int
    saved: int


def import_products(work: Work, file: BinaryIO, name: str) -> ProductsImported:
    """Raises FileUnreadable, FileEmpty, ColumnsMissing."""
    rows = read_rows(file, name)
    headers = [header.strip().lower() for header in next(rows, [])]
    positions = {
        field: next((headers.index(alias) for alias in aliases if alias in headers), None)
        for field, aliases in _COLUMNS.items()
    }
    if positions["code"] is None:
        raise ColumnsMissing(fields="code", headers=", ".join(headers) or "-")
    work.execute(_TEMPORARY)
    count = 0
    with work.driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            if is_blank(row):
                continue
            copy.write_row(
                ["" if position is None or position >= len(row) else row[position] for position in positions.values()]
            )
            count += 1
    if not count:
        raise FileEmpty()
    saved = work.execute(_SAVE, {"tenant": work.tenant_id})
    work.execute("DROP TABLE m_products")
    return ProductsImported(rows=count, saved=saved)
