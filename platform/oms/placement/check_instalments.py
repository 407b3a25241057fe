"""What is wrong with planned deliveries that somebody asks for, and what they are in base units. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.errors import Problem
from kernel.i18n import N_
from oms.instalments.plan import MOST_INSTALMENTS, Instalment
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import Loaded

DO_NOT_ADD_UP = N_("The planned deliveries come to {planned}, but {ordered} are ordered.")
TOO_MANY = N_("A line has at most {most} planned deliveries.")
DAY_REPEATED = N_("Two deliveries are planned for {day}.")
DAY_PAST = N_("{day} is past.")
NOTHING_PLANNED = N_("Each planned delivery needs a quantity of more than 0.")
_DIGITS = Decimal("0.0001")


def plan_problems(command: PlaceOrder, loaded: Loaded, today: date) -> list[Problem]:
    """Every fault of the plans, line by line."""
    problems = []
    for index, (request, sku) in enumerate(zip(command.lines, loaded.skus, strict=True)):
        if request.instalments:
            factor = sku.factor if sku is not None and sku.factor else Decimal(1)
            problems += _faults(f"/lines/{index}/instalments", request, factor, today)
    return problems


def _faults(pointer: str, request: LineRequest, factor: Decimal, today: date) -> list[Problem]:
    plan = request.instalments
    if len(plan) > MOST_INSTALMENTS:
        return [Problem(pointer, "too_many_instalments", TOO_MANY, {"most": MOST_INSTALMENTS})]
    problems = []
    seen: set[date] = set()
    for number, one in enumerate(plan):
        if one.due_on < today:
            problems.append(Problem(f"{pointer}/{number}", "day_past", DAY_PAST, {"day": one.due_on.isoformat()}))
        if one.due_on in seen:
            problems.append(
                Problem(f"{pointer}/{number}", "day_repeated", DAY_REPEATED, {"day": one.due_on.isoformat()})
            )
        seen.add(one.due_on)
    if any(not one.quantity.is_finite() or not _fits(one.quantity * factor) for one in plan):
        return [*problems, Problem(pointer, "nothing_planned", NOTHING_PLANNED)]
    planned = sum((one.quantity for one in plan), Decimal(0))
    if planned != request.quantity:
        facts = {"planned": f"{planned.normalize():f}", "ordered": f"{request.quantity.normalize():f}"}
        problems.append(Problem(pointer, "instalments_do_not_add_up", DO_NOT_ADD_UP, facts))
    return problems


def _fits(units: Decimal) -> bool:
    return 0 < units < Decimal(10) ** 13 and units == units.quantize(_DIGITS)


def in_base_units(request: LineRequest, factor: Decimal) -> tuple[Instalment, ...]:
    """The line's plan in base units, the earliest delivery first."""
    return tuple(
        Instalment(due_on=one.due_on, quantity=one.quantity * factor)
        for one in sorted(request.instalments, key=lambda one: one.due_on)
    )
