"""What is wrong with planned deliveries that somebody asks for, and what they are in base units. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.errors import Problem
from oms.instalments.check_plan import plan_faults
from oms.instalments.plan import Instalment
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import Loaded


def plan_problems(command: PlaceOrder, loaded: Loaded, today: date) -> list[Problem]:
    """Every fault of the plans, line by line."""
    problems = []
    for index, (request, sku) in enumerate(zip(command.lines, loaded.skus, strict=True)):
        if request.instalments:
            factor = sku.factor if sku is not None and sku.factor else Decimal(1)
            pointer = f"/lines/{index}/instalments"
            problems += plan_faults(pointer, request.instalments, request.quantity, today, factor=factor)
    return problems


def in_base_units(request: LineRequest, factor: Decimal) -> tuple[Instalment, ...]:
    """The line's plan in base units, the earliest delivery first."""
    return tuple(
        Instalment(due_on=one.due_on, quantity=one.quantity * factor)
        for one in sorted(request.instalments, key=lambda one: one.due_on)
    )
