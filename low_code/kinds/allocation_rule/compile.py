"""An allocation rule as a frozen value; the domain knows what its strategies do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from low_code.expressions import Checked, Environment, Evaluate, compile_closure
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """name: a word of the vocabulary `sourcing_strategies`; params: its settings, as that word's schema says."""

    id: str
    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRule:
    """strategies  the first decides, each further one breaks ties
    tags        a location needs one of them; empty: any location
    filter      the condition on a location, checked; None: any (for sets, compile it to SQL)
    whole_line  a line ships from one location or waits
    on_short    backorder, hold or reject
    partial     allow, whole_line or whole_order
    no_split_below  None: the total does not matter
    queue       (by, classes): priority, promise_on, customer_class or placed_at; empty: as the domain has it
    freight     rows of plain values: location, country, region, postal_prefix (text, "" fits any), base, per_kg
    costs       what the optimising mode weighs: split, unfilled, per_km; those that are given
    """

    key: str
    strategies: tuple[Strategy, ...]
    tags: frozenset[str]
    filter: Checked | None
    allow_split: bool
    whole_line: bool
    on_short: str
    document: DocumentUsed
    holds: Evaluate | None
    partial: str = "allow"
    no_split_below: Decimal | None = None
    queue: tuple[tuple[str, tuple[str, ...]], ...] = ()
    may_take_from_lower: bool = False
    freight: tuple[Mapping[str, Any], ...] = ()
    costs: Mapping[str, Decimal] = field(default_factory=dict)

    def may_ship(self, tags: frozenset[str], values: Mapping[str, Any], moment: Environment) -> bool:
        """Whether a location with these tags and values may be considered at all."""
        if self.tags and not self.tags & tags:
            return False
        return self.holds is None or bool(self.holds(values, moment))


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> AllocationRule:
    only = body.get("only", {})
    location_filter = None
    if "when" in only:
        subject = configuration.subject(configuration.registry.kind_subjects["allocation_rule"])
        location_filter = checked_expression(only["when"], subject)
    return AllocationRule(
        key=key,
        strategies=tuple(
            Strategy(id=entry["id"], name=entry["strategy"], params=entry.get("params", {}))
            for entry in body["strategies"]
        ),
        tags=frozenset(only.get("tags", ())),
        filter=location_filter,
        allow_split=body.get("allow_split", True),
        whole_line=body.get("whole_line", False),
        on_short=body.get("on_short", "backorder"),
        document=configuration.document_used("allocation_rule", key),
        holds=compile_closure(location_filter) if location_filter else None,
        partial=body.get("partial", "allow"),
        no_split_below=Decimal(body["no_split_below"]) if "no_split_below" in body else None,
        queue=tuple((entry["by"], tuple(entry.get("classes", ()))) for entry in body.get("queue", ())),
        may_take_from_lower=body.get("may_take_from_lower", False),
        freight=tuple(
            {**row, "base": Decimal(row["base"]), "per_kg": Decimal(row.get("per_kg", 0))}
            for row in body.get("freight", ())
        ),
        costs={name: Decimal(amount) for name, amount in body.get("costs", {}).items()},
    )
