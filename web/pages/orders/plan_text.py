"""Planned deliveries as people type them: a day and a quantity a line, or how many equal parts from which day on."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from oms.instalments.plan import MOST_INSTALMENTS, Instalment, equal_parts
from web.pages.amounts import number_in

_EQUAL = re.compile(
    r"([0-9]{1,2})\s*[x×]\s*([0-9]{1,2})\s*(weeks?|months?|周|月|个月)\s*([0-9]{4}-[0-9]{2}-[0-9]{2})", re.I
)
_ONE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[\s,;，；:：]+(\S+)")


class PlanUnreadable(ValueError):
    """text: what was not understood"""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def read_plan(text: str, quantity: Decimal) -> tuple[Instalment, ...]:
    """The deliveries, in the line's unit.

    text    "2026-12-01 10" a line (or parted by ";"), or "3 x 1 months 2026-12-01": three equal parts of `quantity`,
            one month from each other, from that day on
    raises  PlanUnreadable
    >>> [str(one.quantity) for one in read_plan("2026-12-01 10; 2027-01-01 5", Decimal(15))]
    ['10', '5']
    >>> [str(one.due_on) for one in read_plan("2 x 2 weeks 2026-12-01", Decimal(15))]
    ['2026-12-01', '2026-12-15']
    """
    parts = [part.strip() for part in re.split(r"[\n;；]", text) if part.strip()]
    if len(parts) > MOST_INSTALMENTS:
        raise PlanUnreadable(parts[MOST_INSTALMENTS])
    if len(parts) == 1 and (found := _EQUAL.fullmatch(parts[0])):
        count, every, unit, first = found.groups()
        try:
            return equal_parts(
                quantity, int(count), date.fromisoformat(first), int(every),
                "weeks" if unit.lower().startswith("week") or unit == "周" else "months",
            )  # fmt: skip
        except (ValueError, ArithmeticError):
            raise PlanUnreadable(parts[0]) from None
    return tuple(_one(part) for part in parts)


def _one(text: str) -> Instalment:
    found = _ONE.fullmatch(text)
    units = number_in(found.group(2)) if found else None
    try:
        due_on = date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        due_on = None
    if due_on is None or units is None or units <= 0:
        raise PlanUnreadable(text)
    return Instalment(due_on=due_on, quantity=units)


def plan_text(plan: tuple[Instalment, ...]) -> str:
    """As `read_plan` reads it."""
    return "; ".join(f"{one.due_on.isoformat()} {one.quantity.normalize():f}" for one in plan)
