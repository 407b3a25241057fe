"""Why a file cannot be imported."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class FileUnreadable(Invalid):
    code = "file_unreadable"
    message = N_("The file cannot be read as {kind}: {reason}.")


class FileEmpty(Invalid):
    code = "file_empty"
    message = N_("The file has no rows below its header.")


class FileTooLong(Invalid):
    code = "file_too_long"
    message = N_("The file has more than {most} rows; nothing was saved. Split it.")


class ColumnsMissing(Invalid):
    code = "columns_missing"
    message = N_("These columns are missing: {fields}. Found: {headers}.")


class ImportNotFound(NotFound):
    code = "import_not_found"
    message = N_("There is no such import.")


class ImportNotReady(Conflict):
    code = "import_not_ready"
    message = N_("The import is {state}; this cannot be done now.")


# Faults of rows: code -> sentence. The rows' own values fill the holes.
ROW_FAULTS = {
    "number_missing": N_("The order number is missing."),
    "customer_missing": N_("The customer number is missing."),
    "customer_unknown": N_("There is no customer {value}."),
    "customer_inactive": N_("Customer {value} is not active."),
    "customer_differs": N_("The rows of this order name different customers."),
    "sku_missing": N_("The SKU is missing."),
    "sku_unknown": N_("There is no SKU {value}."),
    "sku_inactive": N_("SKU {value} is no longer sold."),
    "unit_unknown": N_("The SKU is not sold by {value}."),
    "quantity_not_a_number": N_("“{value}” is not a quantity: a number with at most four decimals is needed."),
    "quantity_negative": N_("A quantity must not be negative."),
    "quantity_zero": N_("Quantity 0: the line is left out."),
    "sku_repeated": N_("The SKU stands in this order before; the lines are added up."),
    "price_not_a_number": N_("“{value}” is not an amount."),
    "price_negative": N_("A price must not be negative."),
    "price_not_given": N_("This order type takes prices as given, but the row has none."),
    "price_not_taken": N_("This order type takes its prices from price lists; the row's price is not used."),
    "no_price": N_("The SKU has no price for this customer, quantity and currency."),
    "no_tax_rate": N_("The SKU's tax class has no rate."),
    "below_minimum": N_("The quantity is below the SKU's minimum."),
    "not_a_multiple": N_("The quantity is not a multiple of what the SKU is sold in."),
    "time_invalid": N_("“{value}” is not a date and time."),
    "priority_invalid": N_("“{value}” is not a priority. Write a number from 0 to 9."),
    "day_invalid": N_("“{value}” is not a day."),
    "country_invalid": N_("“{value}” is not a country code of two letters."),
    "field_invalid": N_("“{value}” does not fit this field."),
    "no_lines": N_("Nothing is left to order: every line has quantity 0."),
}
