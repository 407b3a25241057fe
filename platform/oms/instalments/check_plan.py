"""What is wrong with the planned deliveries of a line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kernel.errors import Problem
from kernel.i18n import N_
from oms.instalments.plan import MOST_INSTALMENTS, Instalment

DO_NOT_ADD_UP = N_("The planned deliveries come to {planned}, but {ordered} are ordered.")
TOO_MANY = N_("A line has at most {most} planned deliveries.")
DAY_REPEATED = N_("Two deliveries are planned for {day}.")
DAY_PAST = N_("{day} is past.")
NOTHING_PLANNED = N_("Each planned delivery needs a quantity of more than 0.")
PROMISED_ALREADY = N_(
    "{units} units of {day} are promised stock already: what is planned up to that day stays. Take the units back"
    " first to plan them anew."
)
TOO_LITTLE_AT_FIRST = N_(
    "{units} units are promised stock already: the first delivery needs at least these. Take them back first to plan"
    " them anew."
)
_DIGITS = Decimal("0.0001")


def plan_faults(
    pointer: str, plan: Sequence[Instalment], ordered: Decimal, today: date, *,
    factor: Decimal = Decimal(1), kept: frozenset[date] = frozenset(),
) -> list[Problem]:  # fmt: skip
    """Every fault of one line's plan.

    ordered  what the deliveries must add up to, in the unit of the plan; factor: base units of that unit
    kept     days that may be past, since they were planned before
    """
    if len(plan) > MOST_INSTALMENTS:
        return [Problem(pointer, "too_many_instalments", TOO_MANY, {"most": MOST_INSTALMENTS})]
    problems = []
    seen: set[date] = set()
    for number, one in enumerate(plan):
        day = {"day": one.due_on.isoformat()}
        if one.due_on < today and one.due_on not in kept:
            problems.append(Problem(f"{pointer}/{number}", "day_past", DAY_PAST, day))
        if one.due_on in seen:
            problems.append(Problem(f"{pointer}/{number}", "day_repeated", DAY_REPEATED, day))
        seen.add(one.due_on)
    if any(not one.quantity.is_finite() or not _fits(one.quantity * factor) for one in plan):
        return [*problems, Problem(pointer, "nothing_planned", NOTHING_PLANNED)]
    planned = sum((one.quantity for one in plan), Decimal(0))
    if planned != ordered:
        facts = {"planned": _text(planned), "ordered": _text(ordered)}
        problems.append(Problem(pointer, "instalments_do_not_add_up", DO_NOT_ADD_UP, facts))
    return problems


def moved_faults(
    pointer: str, before: Sequence[Instalment], after: Sequence[Instalment], promised: Decimal
) -> list[Problem]:
    """What of a new plan touches units that are promised stock already: these are the earliest of the line.

    before, after  the earliest first; () wants all at once
    promised       base units, shipped ones among them

    >>> plan = [Instalment(due_on=date(2026, 1, day), quantity=Decimal(5)) for day in (1, 2)]
    >>> later = [plan[0], Instalment(due_on=date(2026, 1, 9), quantity=Decimal(5))]
    >>> [len(moved_faults("", plan, later, Decimal(units))) for units in (5, 6)]
    [0, 1]
    """
    if promised <= 0 or not after:
        return []
    if not before:
        if after[0].quantity >= promised:
            return []
        facts = {"units": _text(promised)}
        return [Problem(pointer, "units_promised", TOO_LITTLE_AT_FIRST, facts)]
    left = promised
    for number, one in enumerate(before):
        units = min(left, one.quantity)
        left -= units
        new = after[number] if number < len(after) else None
        same_day = new is not None and new.due_on == one.due_on
        enough = new is not None and (new.quantity >= units if left <= 0 else new.quantity == one.quantity)
        if not (same_day and enough):
            facts = {"units": _text(units), "day": one.due_on.isoformat()}
            return [Problem(pointer, "units_promised", PROMISED_ALREADY, facts)]
        if left <= 0:
            break
    return []


def _fits(units: Decimal) -> bool:
    return 0 < units < Decimal(10) ** 13 and units == units.quantize(_DIGITS)


def _text(units: Decimal) -> str:
    return f"{units.normalize():f}"
