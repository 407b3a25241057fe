"""The tenant's own fields of an order and its lines, judged around pricing.

Price tables may read custom values, and custom values may be computed from prices. So they are judged before prices
with what is known then, and, where an expression reads what only pricing gives, once more after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kernel.db import Work
from kernel.errors import Problem
from low_code.expressions import Environment
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import Roles
from low_code.kinds.fields.known import Known
from oms.fields.judge_values import FIELD_UNKNOWN
from oms.fields.known import find_known
from oms.fields.reserve_numbers import reserve_numbers
from oms.placement import subjects
from oms.placement.commands import PlaceOrder
from oms.placement.load import Loaded
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy

ORDER, LINE = "order", "order_line"
_MOST_PASSES = 6  # lines may read the order's fields and the order its lines'; each pass follows one such step
# What only pricing gives; a field that reads it is judged again after.
_PRICED = (
    "order.net_total", "order.tax_total", "order.total", "order.line_count", "order.quantity",
    "order.discount_percent", "order.lines", "line.unit_price", "line.amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomValues:
    """order, lines  clean values, to be used only where there are no problems
    known        what the order's values name; lines_known those of each line
    """

    order: dict[str, Any] = field(default_factory=dict)
    lines: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()
    known: Known = field(default_factory=Known)
    lines_known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was sent of an order's own fields and of each line's, and what it names."""

    order: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    known: Known
    lines_known: Sequence[Known]


def reads_prices(fields: EntityFields | None) -> bool:
    """Whether an expression of the fields reads what only pricing gives."""
    return fields is not None and any(
        path == priced or path.startswith(f"{priced}.") for path in fields.reads for priced in _PRICED
    )


def look_up(work: Work, command: PlaceOrder, policy: OrderPolicy) -> tuple[Known, tuple[Known, ...]]:
    """What the values of the order and of its lines name, and numbers for them."""
    order, line = policy.order_fields, policy.line_fields
    known, lines_known = Known(), (Known(),) * len(command.lines)
    if order is not None:
        (numbers,) = reserve_numbers(work, ORDER, order.numbers_wanted())
        known = find_known(work, ORDER, order.wanted(command.custom), numbers=numbers)
    if line is not None:
        counted = reserve_numbers(work, LINE, line.numbers_wanted(), rows=len(command.lines))
        found = find_known(work, LINE, {one for each in command.lines for one in line.wanted(each.custom)})
        lines_known = tuple(replace(found, numbers=numbers) for numbers in counted)
    return known, lines_known


def judge_before_prices(
    work: Work, command: PlaceOrder, loaded: Loaded, policy: OrderPolicy, roles: Roles, known: Known,
    lines_known: Sequence[Known],
) -> CustomValues:  # fmt: skip
    """The values with what is known before prices are."""
    order = subjects.unpriced_order(command, loaded, command.currency or work.tenant.currency)
    lines = [
        subjects.unpriced_line(sku, request) if sku is not None and sku.factor is not None else {}
        for request, sku in zip(command.lines, loaded.skus, strict=True)
    ]
    return judge_given(work, policy, roles, _given(command, known, lines_known), order, lines)


def judge_after_prices(
    work: Work, command: PlaceOrder, loaded: Loaded, policy: OrderPolicy, roles: Roles, before: CustomValues,
    planned: PlannedOrder,
) -> tuple[PlannedOrder, tuple[Problem, ...]]:  # fmt: skip
    """The priced order with its final values, and everything that is wrong with them."""
    if not reads_prices(policy.order_fields) and not reads_prices(policy.line_fields):
        return planned, before.problems
    order = subjects.order_subject(command, planned, loaded)["order"]
    given = _given(command, before.known, before.lines_known)
    judged = judge_given(work, policy, roles, given, order, order["lines"])
    lines = tuple(replace(line, custom=custom) for line, custom in zip(planned.lines, judged.lines, strict=True))
    return replace(planned, custom=judged.order, lines=lines), judged.problems


def _given(command: PlaceOrder, known: Known, lines_known: Sequence[Known]) -> Given:
    lines = [line.custom for line in command.lines]
    return Given(order=command.custom, lines=lines, known=known, lines_known=lines_known)


def judge_given(
    work: Work, policy: OrderPolicy, roles: Roles, given: Given, order: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
) -> CustomValues:  # fmt: skip
    """Order and lines in turns, until neither changes what the other reads.

    order, lines  what is around the values, as expressions read it
    """
    fields, line_fields = policy.order_fields, policy.line_fields
    order_values: dict[str, Any] = {}
    line_values: tuple[dict[str, Any], ...] = tuple({} for _ in given.lines)
    for turn in range(_MOST_PASSES if _cross(fields, line_fields) else 1):
        around = {**order, "lines": [{**line, "cf": own} for line, own in zip(lines, line_values, strict=True)]}
        first, problems = _one(work, fields, given.order, {"order": around}, roles, given.known, "/custom")
        found = [
            _one(
                work, line_fields, sent, {"order": {**order, "cf": first}, "line": line}, roles, facts,
                f"/lines/{index}/custom",
            )
            for index, (sent, line, facts) in enumerate(zip(given.lines, lines, given.lines_known, strict=True))
        ]  # fmt: skip
        second = tuple(values for values, _ in found)
        same = turn > 0 and first == order_values and second == line_values
        order_values, line_values = first, second
        if same:
            break
    problems += [problem for _, each in found for problem in each]
    return CustomValues(order_values, line_values, tuple(problems), given.known, tuple(given.lines_known))


def _cross(fields: EntityFields | None, line_fields: EntityFields | None) -> bool:
    return (
        fields is not None
        and line_fields is not None
        and any(path.startswith("order.lines.cf.") for path in fields.reads)
    )


def _one(
    work: Work, fields: EntityFields | None, given: Mapping[str, Any], row: Mapping[str, Any], roles: Roles,
    known: Known, pointer: str,
) -> tuple[dict[str, Any], list[Problem]]:  # fmt: skip
    if fields is None:
        unknown = [
            Problem(f"{pointer}/{key}", "field_unknown", FIELD_UNKNOWN, {"field": str(key)[:80]}) for key in given
        ]
        return {}, unknown
    if not given and fields.is_quiet:
        return {}, []
    moment = Environment(now=work.now, today=work.today)
    judged = fields.validate_values(given, row=row, moment=moment, role_keys=roles, known=known)
    return judged.values, [replace(problem, pointer=pointer + problem.pointer) for problem in judged.problems]
