"""What several forms of a customer carry alike: an address, a number of days."""

from __future__ import annotations

from typing import Any

from kernel.i18n import N_, _
from oms.customers.save_address import NEEDED, PART_MISSING
from oms.customers.save_customer import AddressData
from oms.customers.save_site import COUNTRY_WRONG
from web.http.forms import Form

ADDRESS = ("recipient", "street", "city", "region", "postal_code", "country")
NOT_DAYS = N_("Write a number of days, such as 14.")
_MOST_DAYS = 3650


def typed_address(sent: Form) -> AddressData:
    """What stands in the form; faults go to it."""
    typed = {name: sent.value(name).strip()[:500] for name in (*ADDRESS, "address_phone", "label")}
    for name in NEEDED:
        if not typed[name]:
            sent.refuse_field(name, _(PART_MISSING))
    country = typed["country"]
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        sent.refuse_field("country", _(COUNTRY_WRONG))
    return AddressData(
        recipient=typed["recipient"], phone=typed["address_phone"], street=typed["street"], city=typed["city"],
        region=typed["region"], postal_code=typed["postal_code"], country=country, label=typed["label"],
        is_default_shipping=sent.checked("is_default_shipping"), is_default_billing=sent.checked("is_default_billing"),
    )  # fmt: skip


def typed_days(sent: Form, name: str, *, most: int = _MOST_DAYS) -> int:
    """Whole days, 0 where nothing is written; a fault goes to the form."""
    text = sent.value(name).strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= most):
        sent.refuse_field(name, _(NOT_DAYS))
        return 0
    return int(text)


def terms_form(customer: Any) -> Form:
    """The terms as they are now."""
    percent = customer.prepay_percent
    return Form.of(
        payment_terms_days=str(customer.payment_terms_days), credit_account=customer.credit_account or "",
        terms_end_of_month="1" if customer.terms_end_of_month else None,
        prepay_percent="" if percent is None else f"{percent.normalize():f}",
    )  # fmt: skip
