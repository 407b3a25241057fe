"""What forms of several pages carry alike: the version that was seen, and units beside lines."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID

from kernel.i18n import N_, _
from web.http.forms import Form
from web.pages.row_ids import id_in

NOT_UNITS = N_("Write units as a number, such as 3 or 0.5.")
UNITS_NOT_CHOSEN = N_(
    "You wrote units beside lines, but chose something else above. Choose the lines, or clear the units."
)
MOST_UNITS = Decimal(10) ** 13


def typed_version(sent: Form) -> int | None:
    """The version of the order that the form was made from; None: it says none."""
    text = sent.value("version")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def typed_units(text: str) -> Decimal | None:
    """Units as people write them, at most four decimals; None where it is no such number."""
    try:
        units = Decimal(text)
    except InvalidOperation:
        return None
    fits = units.is_finite() and 0 <= units <= MOST_UNITS and units == round(units, 4)
    return units if fits else None


def typed_quantities(sent: Form, prefix: str, *, fault: str, none: str) -> dict[UUID, Decimal]:
    """Row -> units, of the rows beside which something stands (`quantity.<id>`). Faults go to the field `quantities`.

    prefix  of the rows' ids; fault, none: sentences for what is no number, and for nothing at all
    """
    found: dict[UUID, Decimal] = {}
    for name in sent.values:
        text = sent.value(name).strip()
        if not name.startswith("quantity.") or not text:
            continue
        units = typed_units(text)
        if units is None:
            sent.refuse_field("quantities", _(fault))
        else:
            found[id_in(prefix, name.partition(".")[2])] = units
    if not sent.refused and not any(found.values()):
        sent.refuse_field("quantities", _(none))
    return found


def chosen_quantities(sent: Form, prefix: str, *, fault: str, none: str) -> dict[UUID, Decimal] | None:
    """As typed_quantities where the form's choice `what` is "lines"; otherwise None, and units that stand beside
    lines all the same are refused: whoever wrote 5 beside a line does not mean all of them.
    """
    if sent.value("what") == "lines":
        return typed_quantities(sent, prefix, fault=fault, none=none)
    if any(name.startswith("quantity.") and sent.value(name).strip() for name in sent.values):
        sent.refuse_field("quantities", _(UNITS_NOT_CHOSEN))
    return None
