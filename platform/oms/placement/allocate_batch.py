"""Allocates many orders as one: in the order of the queue over shared stock, by their rules or at the least cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic
from typing import Any, Literal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.allocation.allocate_order import buyer_of
from oms.allocation.batch import Counter, Entry, Served, serve_by_rules, serve_optimised
from oms.allocation.costs import PlanCost
from oms.allocation.decide import Turn
from oms.allocation.facts import load_facts
from oms.allocation.optimise_batch import optimise_batch
from oms.allocation.plan import Demand
from oms.allocation.queue import Waiting, common_queue, in_queue
from oms.allocation.write_batch import write_batch
from oms.inventory.lock_positions import lock_positions
from oms.orders.lock_order import LockedOrder
from oms.orders.lock_orders import lock_orders
from oms.orders.order_values import values_of_orders
from oms.placement.errors import BatchTooLarge, OrderTypeUnknown
from oms.placement.policy_for import policy_for
from oms.reservations.give_back import give_back
from oms.reservations.promisable import load_promisable

MOST_ORDERS = 2_000
Mode = Literal["rules", "optimise"]

NOT_WITHIN_REACH = N_("it is not there")
NOT_PLACED = N_("it is not placed")
ON_HOLD = N_("it is on hold")
NOTHING_OPEN = N_("it has no open units")
NO_RULE = N_("its order type has no allocation rule")
# A thing that is written beside the promises, so that a batch can be looked at again.
_KEEP = """
INSERT INTO allocation_batches (tenant_id, id, mode, dry_run, orders, result, seconds, at, actor)
VALUES (%(tenant)s, %(id)s, %(mode)s, %(dry_run)s, %(orders)s, %(result)s::jsonb, %(seconds)s, %(now)s, %(actor)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocateBatch:
    """mode     rules: each order by its own rule; optimise: all at the least cost
    dry_run  nothing is promised
    seconds  that the optimising mode may take
    """

    order_ids: tuple[UUID, ...]
    mode: Mode = "rules"
    dry_run: bool = False
    seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAllocated:
    """served   in the order of the queue
    left_out  order -> why it was not looked at
    seconds   that deciding took
    proven    the optimising mode proved that nothing costs less; True by rules
    """

    id: UUID
    mode: Mode
    dry_run: bool
    served: tuple[Served, ...]
    left_out: Mapping[UUID, str]
    seconds: float
    proven: bool = True

    @property
    def cost(self) -> PlanCost:
        return sum((one.cost for one in self.served), PlanCost())

    @property
    def splits(self) -> int:
        """Locations beyond the first of each order."""
        return sum(max(len(one.plan.locations) - 1, 0) for one in self.served)

    @property
    def asked(self) -> Decimal:
        """Open base units of the batch."""
        return sum((line.open for one in self.served for line in one.entry.turn.demand), Decimal(0))

    @property
    def promised(self) -> Decimal:
        return sum((pick.quantity for one in self.served for pick in one.plan.picks), Decimal(0))

    @property
    def fill_percent(self) -> Decimal:
        """Promised units of those that were open, in percent with one decimal; 100 where nothing was."""
        if not self.asked:
            return Decimal(100)
        return (self.promised * 100 / self.asked).quantize(Decimal("0.1"))

    def to_json(self) -> dict[str, Any]:
        return {
            "cost": self.cost.to_json(), "splits": self.splits, "asked": str(self.asked),
            "promised": str(self.promised), "fill_percent": str(self.fill_percent), "proven": self.proven,
            "orders": [served_json(one) for one in self.served],
            "left_out": [
                {"order_id": to_text("ord", order), "because": because} for order, because in self.left_out.items()
            ],
        }  # fmt: skip


def served_json(one: Served) -> dict[str, Any]:
    """What one order got, as it is kept of a batch."""
    order = one.entry.order
    return {
        "order_id": to_text("ord", order.id), "number": order.number, "priority": order.priority,
        "allocated": str(sum((pick.quantity for pick in one.plan.picks), Decimal(0))),
        "short": str(sum(one.plan.short.values(), Decimal(0))),
        "locations": [each["chosen"] for each in one.plan.rounds if each.get("chosen")],
        "cost": one.cost.to_json(), "before": one.trace["queue"]["before"],
    }  # fmt: skip


@dataclass(slots=True)
class _Loaded:
    """What the batch decides on."""

    queue: list[Entry]
    counter: Counter
    left_out: dict[UUID, str] = field(default_factory=dict)


def allocate_batch(work: Work, command: AllocateBatch) -> BatchAllocated:
    """A second run changes nothing and announces nothing. By rules it is as if the orders were allocated one after the
    other. The optimising mode decides without locks, and looks again under them at what it decided.

    raises  BatchTooLarge
    """
    if len(command.order_ids) > MOST_ORDERS:
        raise BatchTooLarge(most=MOST_ORDERS, orders=len(command.order_ids))
    started = monotonic()
    lock = not command.dry_run and command.mode == "rules"
    loaded = _load(work, command, lock=lock)
    proven = True
    if command.mode == "rules":
        served = serve_by_rules(loaded.counter, loaded.queue)
    else:
        by_rules = serve_by_rules(loaded.counter.trial(), loaded.queue)
        plans = {one.entry.order.id: one.plan for one in by_rules}
        best = optimise_batch(loaded.counter, loaded.queue, plans, seconds=command.seconds)
        if not command.dry_run:
            loaded = _load(work, command, lock=True)
        costs = {one.entry.order.id: one.cost for one in by_rules}
        served = serve_optimised(loaded.counter, loaded.queue, best.plans, costs)
        proven = best.proven
    seconds = monotonic() - started
    if not command.dry_run:
        give_back(work, loaded.counter.promisable.given_back)
        write_batch(work, served)
    done = BatchAllocated(
        id=new_id(), mode=command.mode, dry_run=command.dry_run, served=tuple(served), left_out=loaded.left_out,
        seconds=seconds, proven=proven,
    )  # fmt: skip
    return done


def keep_batch(work: Work, done: BatchAllocated) -> None:
    """Writes down what came of it, to be looked at later."""
    work.execute(
        _KEEP,
        {
            "tenant": work.tenant_id, "id": done.id, "mode": done.mode, "dry_run": done.dry_run,
            "orders": len(done.served), "result": dumps(done.to_json()), "seconds": round(done.seconds, 3),
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip


def _load(work: Work, command: AllocateBatch, *, lock: bool) -> _Loaded:
    """Orders in the order of their ids, then positions, in a handful of statements."""
    wanted = list(dict.fromkeys(command.order_ids))
    found = lock_orders(work, wanted, lock=lock)
    left_out = dict.fromkeys(set(wanted) - {order.id for order in found}, NOT_WITHIN_REACH)
    values = values_of_orders(work, [order.id for order in found]) if found else {}
    entries: dict[UUID, Entry] = {}
    for order in found:
        because = _why_not(order)
        policy = None if because else _policy(work, order)
        if because or policy is None:
            left_out[order.id] = because or NO_RULE
            continue
        turn = Turn(
            buyer=buyer_of(order), ship_to=order.ship_to, values=values[order.id],
            demand=[Demand(line.id, line.sku_id, line.sku, line.open) for line in order.lines if line.open > 0],
        )  # fmt: skip
        entries[order.id] = Entry(order=order, policy=policy, turn=turn)
    queue = _queue(entries)
    skus = sorted({line.sku_id for entry in queue for line in entry.turn.demand})
    stock = lock_positions(work, skus, lock=lock)
    promisable = load_promisable(work, stock, [entry.turn.buyer for entry in queue])
    known = load_facts(
        work, [entry.policy.rule for entry in queue], stock, skus, [entry.order.id for entry in queue], weights=True,
        lock=lock,
    )  # fmt: skip
    return _Loaded(queue, Counter(promisable, known, work.now, work.today), left_out)


def _why_not(order: LockedOrder) -> str:
    if order.status != "placed":
        return NOT_PLACED
    if order.open_holds:
        return ON_HOLD
    return "" if any(line.open > 0 for line in order.lines) else NOTHING_OPEN


def _policy(work: Work, order: LockedOrder) -> Any:
    try:
        return policy_for(work, order.order_type, order.release).allocation
    except OrderTypeUnknown:
        return None


def _queue(entries: Mapping[UUID, Entry]) -> list[Entry]:
    waiting = [
        Waiting(
            order_id=entry.order.id, priority=entry.order.priority, promise_on=entry.order.promise_on,
            customer_class=entry.turn.values["order"]["customer"]["group"] or "", placed_at=entry.order.placed_at,
        )
        for entry in entries.values()
    ]  # fmt: skip
    order = in_queue(waiting, common_queue(entry.policy.queue for entry in entries.values()))
    return [entries[one.order_id] for one in order]


def orders_of(done: BatchAllocated) -> Sequence[UUID]:
    """Those that were looked at, in the order of the queue."""
    return [one.entry.order.id for one in done.served]
