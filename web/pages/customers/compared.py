"""Two customers fact by fact, in the reader's words, as they stand side by side before they are merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from oms.customer_merging.plan import FIELDS
from tenants.access.queries import colleagues, name_in
from web.http.formats import percent

LABELS: Mapping[str, str] = {
    "name": N_("Name"),
    "kind": N_("Kind"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "tax_number": N_("Tax number"),
    "country": N_("Country"),
    "group_id": N_("Group"),
    "sales_rep_id": N_("Sales rep"),
    "payment_terms_days": N_("Payment terms in days"),
    "terms_end_of_month": N_("Days from the end of the month"),
    "prepay_percent": N_("Prepayment"),
    "min_remaining_days": N_("Least days a lot must still last"),
}


def compared(work: Work, winner: Any, loser: Any) -> Sequence[tuple[str, str, str, str]]:
    """(field, label, of the winner, of the loser) of every fact that the winner may take over."""
    people = dict(colleagues(work))
    return [(field, _(LABELS[field]), _shown(field, winner, people), _shown(field, loser, people)) for field in FIELDS]


def _shown(field: str, customer: Any, people: Mapping[UUID, str]) -> str:
    if field == "group_id":
        return (name_in(customer.group_names, current_locale()) or customer.group) if customer.group else ""
    value = getattr(customer, field)
    match field:
        case "sales_rep_id":
            return people.get(value, "")
        case "kind":
            return _("Person") if value == "person" else _("Company")
        case "terms_end_of_month":
            return _("Yes") if value else _("No")
        case "prepay_percent":
            return "" if value is None else percent(value / 100)
        case "min_remaining_days":
            return str(value) if value else ""
        case _:
            return str(value)
