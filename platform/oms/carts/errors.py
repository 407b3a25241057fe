"""Why a cart cannot be changed or submitted."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class CartIsNobodys(Forbidden):
    """Only a person has a cart, and only for a customer within his reach."""

    code = "cart_is_nobodys"
    message = N_("Only somebody who orders for a company has a cart.")


class CartEmpty(Conflict):
    """Nothing to submit; perhaps it was submitted a moment ago."""

    code = "cart_empty"
    message = N_("The cart is empty.")


class CartFull(Invalid):
    code = "cart_full"
    message = N_("A cart holds at most {most} lines.")


class SkuNotOffered(Invalid):
    code = "sku_not_offered"
    message = N_("{sku} is not sold here.")


class QuantityUnreadable(Invalid):
    code = "quantity_unreadable"
    message = N_("“{value}” is not a quantity: a number above 0 with at most four decimals is needed.")


class AddressUnknown(NotFound):
    code = "address_unknown"
    message = N_("Your company has no such address.")


class AddressMissing(Invalid):
    code = "address_missing"
    message = N_("Choose an address to deliver to.")


class DayInThePast(Invalid):
    code = "day_in_the_past"
    message = N_("Choose today or a later day.")


class TotalChanged(Conflict):
    """Prices, taxes or the cart itself changed since the buyer saw the total."""

    code = "total_changed"
    message = N_("The total changed while you were looking at it. Check it and submit again.")


class TooManyRows(Invalid):
    code = "too_many_rows"
    message = N_("At most {most} rows at a time.")


class FileHasNoRows(Invalid):
    code = "file_has_no_rows"
    message = N_("The file has no rows with a SKU.")
