"""Lines of a manual entry: as typed, pasted, and as they go back into the form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kernel.i18n import N_, _
from oms.intake.offer_substitutes import Substitute
from web.http.forms import Form
from web.pages.amounts import number_in
from web.pages.orders.plan_text import PlanUnreadable, read_plan
from web.pages.own_fields.inputs import OwnInput

MOST_ROWS = 200
_ROWS = 5
_SPLIT = re.compile(r"[\t,;，；]|\s+(?=[0-9.]+\s*$)")
_NUMBER = re.compile(r"[0-9]{1,4}")
NOT_A_QUANTITY = N_("Write a quantity such as 12 or 0.5.")
SKU_MISSING = N_("Write the SKU or its barcode.")
UNREADABLE_LINES = N_("These lines were not understood: {lines}")
NOT_A_PLAN = N_("“{text}” is no planned delivery: write a day and a quantity, such as 2026-12-01 10.")


@dataclass(slots=True, kw_only=True)
class EntryLine:
    """One row of the form, with what the quote says of it. price: of one base unit; position: of the row as sent; own:
    own fields as typed; number: what the row's larger inputs are named by, "" of a new one; wanted_unit, plan: as
    typed; unit: that the price is of"""

    sku: str
    quantity: str
    position: int = MOST_ROWS
    number: str = ""
    wanted_unit: str = ""
    plan: str = ""
    inputs: Sequence[OwnInput] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    name: str = ""
    price: Decimal | None = None
    net: Decimal | None = None
    available: Decimal | None = None
    complete_on: date | None = None
    tier: str = ""
    substitutes: Sequence[Substitute] = ()
    problems: Sequence[str] = ()

    @property
    def empty(self) -> bool:
        return not self.sku and not self.quantity


def lines_of(sent: Form) -> list[EntryLine]:
    codes, quantities, numbers = sent.values_of("sku"), sent.values_of("quantity"), sent.values_of("row")
    units_typed, plans = sent.values_of("unit"), sent.values_of("plan")
    found = []
    own = {name.removeprefix("line.cf."): texts for name, texts in sent.values.items() if name.startswith("line.cf.")}
    for position, (code, units) in enumerate(list(zip(codes, quantities, strict=False))[:MOST_ROWS]):
        typed = {key: texts[position] for key, texts in own.items() if len(texts) > position}
        number = numbers[position] if len(numbers) > position and _NUMBER.fullmatch(numbers[position]) else ""
        line = EntryLine(
            sku=code.strip()[:200], quantity=units.strip()[:40], position=position, own=typed, number=number,
            wanted_unit=_at(units_typed, position, 40), plan=_at(plans, position, 2000),
        )  # fmt: skip
        if line.quantity and not line.sku:
            line.problems = [_(SKU_MISSING)]
        elif line.sku and not (number_in(line.quantity) or Decimal(0)) > 0:
            line.problems = [_(NOT_A_QUANTITY)]
        elif line.sku and line.plan and not line.problems:
            line.problems = _plan_faults(line)
        found.append(line)
    return found


def with_pasted(sent: Form, lines: list[EntryLine]) -> list[EntryLine]:
    """The lines with those of the paste field behind them; what was not understood stays in the field."""
    text, unread, pasted = sent.value("paste"), [], 0
    lines = [line for line in lines if not line.empty]
    for row in text.splitlines()[:MOST_ROWS]:
        if not row.strip():
            continue
        parts = [part.strip() for part in _SPLIT.split(row.strip()) if part and part.strip()]
        units = number_in(parts[1]) if len(parts) > 1 else Decimal(1)
        if units is None or units <= 0 or len(lines) >= MOST_ROWS:
            unread.append(row.strip())
        else:
            unit = parts[2][:40] if len(parts) > 2 else ""
            lines.append(EntryLine(sku=parts[0][:200], quantity=parts[1] if len(parts) > 1 else "1", wanted_unit=unit))
            pasted += 1
    sent.values["paste"] = ["\n".join(unread)]
    if unread:
        sent.refuse_field("paste", _(UNREADABLE_LINES, lines="; ".join(unread[:5])))
    if pasted:
        sent.values["pasted_lines"] = [str(pasted)]
    return lines


def padded(lines: list[EntryLine]) -> list[EntryLine]:
    """Always a few empty rows at the end."""
    filled = [line for line in lines if not line.empty]
    spare = max(_ROWS - len(filled), 2) if len(filled) < MOST_ROWS else 0
    return filled + [EntryLine(sku="", quantity="") for _row in range(spare)]


def _at(texts: Sequence[str], position: int, most: int) -> str:
    return texts[position].strip()[:most] if len(texts) > position else ""


def _plan_faults(line: EntryLine) -> list[str]:
    try:
        read_plan(line.plan, number_in(line.quantity) or Decimal(0))
    except PlanUnreadable as error:
        return [_(NOT_A_PLAN, text=error.text)]
    return []


def numbered(lines: list[EntryLine]) -> list[EntryLine]:
    """Rows keep their number when others go, so that what was typed stays with its row."""
    free = max((int(line.number) for line in lines if line.number), default=0)
    for count, line in enumerate((line for line in lines if not line.number), start=1):
        line.number = str(free + count)
    return lines
