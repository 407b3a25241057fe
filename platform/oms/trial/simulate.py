"""One order through the whole placement, by what is in force and by the drafts, with every trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import NotFound
from kernel.i18n import N_
from low_code.documents.compiled import configuration
from low_code.documents.errors import NotPublishable
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import Configuration
from oms.fields.seen_traces import seen_trace
from oms.trial.decide import Decided, decide, differing
from oms.trial.history import sides_of
from oms.trial.load_recorded import load_recorded
from oms.trial.recorded import RecordedOrder


class NoSuchOrder(NotFound):
    code = "order_not_found"
    message = N_("There is no placed order {number}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """before, after: with traces as who asks may read them; what: the decisions that differ"""

    order: RecordedOrder
    before: Decided
    after: Decided
    what: list[str]


def would_be(work: Work) -> Configuration:
    """What is in force with all drafts on top.

    raises  NotPublishable where they have errors: what is wrong decides nothing
    """
    validation = validate_drafts(work)
    if errors := validation.count("error"):
        raise NotPublishable(problems=validation.problems("error"), errors=errors)
    return validation.would_be


def recorded_order(work: Work, number: str) -> RecordedOrder:
    """raises NoSuchOrder"""
    order_id = work.scalar(
        "SELECT id FROM orders WHERE tenant_id = %(tenant)s AND number = %(number)s AND status <> 'draft'"
        " AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))",
        {"tenant": work.tenant_id, "number": number, "customers": work.actor.reach_list("customer")},
    )
    if order_id is None:
        raise NoSuchOrder(number=number)
    return recorded_order_by_id(work, order_id)


def newest_recorded(work: Work) -> RecordedOrder | None:
    """The order placed last, of those within the actor's reach; None where there is none."""
    order_id = work.scalar(
        "SELECT id FROM orders WHERE tenant_id = %(tenant)s AND status <> 'draft'"
        " AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))"
        " ORDER BY placed_at DESC, id DESC LIMIT 1",
        {"tenant": work.tenant_id, "customers": work.actor.reach_list("customer")},
    )
    return None if order_id is None else next(iter(load_recorded(work, [order_id])), None)


def recorded_order_by_id(work: Work, order_id: UUID) -> RecordedOrder:
    """raises NoSuchOrder"""
    found = load_recorded(work, [order_id])
    if not found:
        raise NoSuchOrder(number=str(order_id))
    return found[0]


def simulate(
    work: Work, order: RecordedOrder, before: Configuration | None = None, after: Configuration | None = None
) -> Simulation:
    """before, after: None for what is in force, and for that with all drafts

    raises  NotPublishable
    """
    sides = sides_of(work, before or configuration(work), after or would_be(work))
    one, other = (_seen(work, decide(order, side, explained=True), side.documents) for side in sides)
    return Simulation(order=order, before=one, after=other, what=differing(one, other))


def _seen(work: Work, decided: Decided, documents: Configuration) -> Decided:
    traces = {name: (outcome, seen_trace(work, trace, documents)) for name, (outcome, trace) in decided.traces.items()}
    return replace(decided, traces=traces)


def simulation_json(found: Simulation) -> dict[str, Any]:
    """For the API: both outcomes with their traces."""

    def side(decided: Decided) -> dict[str, Any]:
        traces = {name: {"outcome": outcome, "trace": trace} for name, (outcome, trace) in decided.traces.items()}
        return {**decided.to_json(), "traces": traces}

    return {"differs": found.what, "before": side(found.before), "after": side(found.after)}
