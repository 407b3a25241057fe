"""Creates or changes a product with its SKUs, by the tenant's own codes: the same call twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.catalog.errors import BarcodeTaken, SkuOfOtherProduct
from oms.fields.judge_values import entity_fields, keep_values, take_files_of

_PRODUCT = """
INSERT INTO products AS p (tenant_id, id, code, name, brand, category, tax_class, active, custom)
VALUES (%(tenant)s, %(id)s, %(code)s, %(name)s, %(brand)s, %(category)s, %(tax_class)s, %(active)s, %(custom)s::jsonb)
ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, brand = excluded.brand,
  category = excluded.category, tax_class = excluded.tax_class, active = excluded.active, custom = excluded.custom
RETURNING p.id
"""
_BEFORE = """
SELECT id, custom FROM products WHERE tenant_id = %(tenant)s AND code = %(code)s FOR NO KEY UPDATE
"""
_SKU = """
INSERT INTO skus AS s (tenant_id, id, product_id, code, name, options, base_unit, order_minimum, order_multiple,
  weight_grams, active, search_text)
VALUES (%(tenant)s, %(id)s, %(product)s, %(code)s, %(name)s, %(options)s::jsonb, %(base_unit)s, %(order_minimum)s,
  %(order_multiple)s, %(weight_grams)s, %(active)s, %(search_text)s)
ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, options = excluded.options,
  order_minimum = excluded.order_minimum, order_multiple = excluded.order_multiple,
  weight_grams = excluded.weight_grams, active = excluded.active, search_text = excluded.search_text
  WHERE s.product_id = excluded.product_id
RETURNING s.id
"""
_UNITS = """
WITH wanted AS (SELECT * FROM unnest(%(units)s::text[], %(factors)s::numeric[]) AS x (unit, factor)),
gone AS (
  DELETE FROM sku_units u WHERE u.tenant_id = %(tenant)s AND u.sku_id = %(sku)s
    AND u.unit NOT IN (SELECT unit FROM wanted)
)
INSERT INTO sku_units (tenant_id, id, sku_id, unit, factor)
SELECT %(tenant)s, new_id(), %(sku)s, unit, factor FROM wanted
ON CONFLICT (tenant_id, sku_id, unit) DO UPDATE SET factor = excluded.factor
"""
_BARCODE_OWNER = """
SELECT b.barcode, s.code AS sku FROM sku_barcodes b JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.sku_id
WHERE b.tenant_id = %(tenant)s AND b.barcode = ANY(%(barcodes)s) AND b.sku_id <> %(sku)s LIMIT 1
"""
_BARCODES = """
WITH gone AS (
  DELETE FROM sku_barcodes WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s AND barcode <> ALL(%(barcodes)s)
)
INSERT INTO sku_barcodes (tenant_id, id, sku_id, barcode, unit)
SELECT %(tenant)s, new_id(), %(sku)s, barcode, unit
FROM unnest(%(barcodes)s::text[], %(barcode_units)s::text[]) AS x (barcode, unit)
ON CONFLICT (tenant_id, barcode) DO UPDATE SET unit = excluded.unit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuData:
    """units     packaging unit -> base units in one
    barcodes  barcode -> unit that it names; None is the base unit
    """

    code: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    base_unit: str = "piece"
    order_minimum: Decimal = Decimal(0)
    order_multiple: Decimal = Decimal(1)
    weight_grams: Decimal = Decimal(0)
    active: bool = True
    units: Mapping[str, Decimal] = field(default_factory=dict)
    barcodes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveProduct:
    """A SKU of the product that is not named here stays as it is, and so does a custom value that is left out."""

    code: str
    name: str
    skus: tuple[SkuData, ...]
    brand: str = ""
    category: str = ""
    tax_class: str = "standard"
    active: bool = True
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSaved:
    """sku_ids  in the order of the command's SKUs"""

    product_id: UUID
    sku_ids: tuple[UUID, ...]


def save_product(work: Work, command: SaveProduct) -> ProductSaved:
    """Raises SkuOfOtherProduct, BarcodeTaken, Invalid where custom values are wrong."""
    before = work.row(_BEFORE, {"tenant": work.tenant_id, "code": command.code})
    custom = keep_values(
        work, "product", command.custom, row={"product": _subject(command)},
        stored=before.custom if before else None, row_id=before.id if before else None,
    )  # fmt: skip
    product_id: UUID = work.scalar(
        _PRODUCT,
        {
            "tenant": work.tenant_id, "id": new_id(), "code": command.code, "name": command.name,
            "brand": command.brand, "category": command.category, "tax_class": command.tax_class,
            "active": command.active, "custom": dumps(custom),
        },
    )  # fmt: skip
    take_files_of(work, entity_fields(work, "product"), product_id, custom, before.custom if before else None)
    return ProductSaved(
        product_id=product_id, sku_ids=tuple(_save_sku(work, command, product_id, sku) for sku in command.skus)
    )


def _subject(command: SaveProduct) -> dict[str, Any]:
    return {
        "code": command.code, "name": command.name, "brand": command.brand, "category": command.category,
        "tax_class": command.tax_class,
    }  # fmt: skip


def _save_sku(work: Work, command: SaveProduct, product_id: UUID, sku: SkuData) -> UUID:
    search_text = " ".join((sku.code, sku.name, command.brand, command.category, *sku.barcodes)).lower()
    sku_id = work.scalar(
        _SKU,
        {
            "tenant": work.tenant_id, "id": new_id(), "product": product_id, "code": sku.code, "name": sku.name,
            "options": dumps(dict(sku.options)), "base_unit": sku.base_unit, "order_minimum": sku.order_minimum,
            "order_multiple": sku.order_multiple, "weight_grams": sku.weight_grams, "active": sku.active,
            "search_text": search_text,
        },
    )  # fmt: skip
    if sku_id is None:
        raise SkuOfOtherProduct(sku=sku.code, product=_product_of(work, sku.code))
    parameters = {
        "tenant": work.tenant_id, "sku": sku_id, "units": list(sku.units), "factors": list(sku.units.values()),
        "barcodes": list(sku.barcodes), "barcode_units": list(sku.barcodes.values()),
    }  # fmt: skip
    work.execute(_UNITS, parameters)
    if sku.barcodes:
        taken = work.row(_BARCODE_OWNER, parameters)
        if taken:
            raise BarcodeTaken(barcode=taken.barcode, sku=taken.sku)
    work.execute(_BARCODES, parameters)
    return UUID(str(sku_id))


def _product_of(work: Work, code: str) -> str:
    return str(
        work.scalar(
            "SELECT p.code FROM skus s JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id"
            " WHERE s.tenant_id = %(tenant)s AND s.code = %(code)s",
            {"tenant": work.tenant_id, "code": code},
        )
    )
