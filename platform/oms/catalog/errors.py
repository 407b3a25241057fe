"""Why a product cannot be saved."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
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


class SkuUnknown(NotFound):
    code = "sku_unknown"
    message = N_("There is no SKU {sku}.")


class SubstitutesInvalid(Invalid):
    code = "substitutes_invalid"
    message = N_("These substitutes cannot be kept; at most {most} are.")
