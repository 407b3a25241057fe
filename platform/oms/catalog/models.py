"""What is sold: products, their SKUs (variants), packaging units and barcodes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, Quantity, TenantModel, TenantRow, tenant_foreign_key, tenant_unique
from low_code.field_index.columns import IndexedFields, slot_indexes


class Product(IndexedFields, TenantModel):
    """What is described once and sold in one or more variants."""

    __tablename__ = "products"
    __table_args__ = (
        tenant_unique("code"),
        Index(
            "ix_products_custom",
            "tenant_id",
            "custom",
            postgresql_using="gin",
            postgresql_ops={"custom": "jsonb_path_ops"},
        ),
        *slot_indexes("products"),
    )

    code: Mapped[str]  # the tenant's own
    name: Mapped[str]
    brand: Mapped[str] = mapped_column(server_default="")
    category: Mapped[str] = mapped_column(server_default="")
    tax_class: Mapped[str] = mapped_column(server_default="standard")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class Sku(TenantModel):
    """One variant: what is priced, stocked and ordered."""

    __tablename__ = "skus"
    __table_args__ = (
        tenant_foreign_key("product_id", "products.id"),
        tenant_unique("code"),
        Index("ix_skus_product", "tenant_id", "product_id"),
        Index(
            "ix_skus_search",
            "tenant_id",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        CheckConstraint("order_minimum >= 0 AND order_multiple > 0", name="order_rules"),
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking_known"),
        CheckConstraint("min_remaining_days >= 0", name="remaining_days_not_negative"),
    )

    product_id: Mapped[UUID]
    code: Mapped[str]  # "TEA-250"
    name: Mapped[str]  # product name and variant, as printed on a line
    options: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))  # {"size": "250 g"}
    base_unit: Mapped[str] = mapped_column(server_default="piece")  # what quantities count
    order_minimum: Mapped[Quantity] = mapped_column(server_default="0")
    order_multiple: Mapped[Quantity] = mapped_column(server_default="1")
    weight_grams: Mapped[Quantity] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    search_text: Mapped[str] = mapped_column(server_default="")  # code, name, brand, barcodes; lower case
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    tracking: Mapped[str] = mapped_column(server_default="none")  # whether its stock is known by lot or serial number
    min_remaining_days: Mapped[int] = mapped_column(server_default="0")  # a lot that expires sooner is not promised


class SkuUnit(TenantModel):
    """A packaging unit of a SKU: a box of 12 has factor 12. The base unit itself has no row."""

    __tablename__ = "sku_units"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id", ondelete="CASCADE"),
        tenant_unique("sku_id", "unit"),
        CheckConstraint("factor > 0", name="factor_positive"),
    )

    sku_id: Mapped[UUID]
    unit: Mapped[str]  # "box"
    factor: Mapped[Quantity]  # base units in one


class SkuSubstitute(TenantRow):
    """Another SKU that a buyer may be offered where this one is not there. It does not hold the other way round."""

    __tablename__ = "sku_substitutes"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id", ondelete="CASCADE"),
        tenant_foreign_key("substitute_id", "skus.id", ondelete="CASCADE"),
        CheckConstraint("sku_id <> substitute_id", name="another_sku"),
        CheckConstraint("rank >= 1", name="rank_from_one"),
    )

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    substitute_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(server_default="1")  # the lowest is offered first


class SkuBarcode(TenantModel):
    """A barcode that names a SKU in one of its units."""

    __tablename__ = "sku_barcodes"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id", ondelete="CASCADE"),
        tenant_unique("barcode"),
        Index("ix_sku_barcodes_sku", "tenant_id", "sku_id"),
    )

    sku_id: Mapped[UUID]
    barcode: Mapped[str]  # EAN-13, Code 128, …
    unit: Mapped[str | None]  # None: the base unit
