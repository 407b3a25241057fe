"""Why a product cannot be saved."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound
from kernel.i18n import N_


class ProductNotFound(NotFound):
    code = "product_not_found"
    message = N_("There is no such product.")


class BarcodeTaken(Conflict):
    code = "barcode_taken"
    message = N_("Barcode {barcode} belongs to SKU {sku} already.")


class SkuOfOtherProduct(Conflict):
    code = "sku_of_other_product"
    message = N_("SKU {sku} belongs to product {product} already.")
