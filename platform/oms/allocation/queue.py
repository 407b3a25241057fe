"""Who is served first where orders want the same units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueKey:
    """by       priority: the highest first; promise_on: the earliest day first, orders without one last;
    customer_class: groups of customers in the order of `classes`, others last; placed_at: the oldest first
    """

    by: Literal["priority", "promise_on", "customer_class", "placed_at"]
    classes: tuple[str, ...] = ()


DEFAULT_QUEUE = (QueueKey(by="priority"), QueueKey(by="promise_on"), QueueKey(by="placed_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the queue knows of an order. customer_class: key of the customer's group, "" without one"""

    order_id: UUID
    priority: int
    promise_on: date | None
    customer_class: str
    placed_at: datetime


def in_queue(orders: Iterable[Waiting], queue: Sequence[QueueKey]) -> list[Waiting]:
    """The orders, who is served first before the others. Ends with the time of placing and the id, so that the order
    is always the same."""
    return sorted(
        orders, key=lambda one: (*(_key(one, key) for key in queue), one.placed_at, one.order_id)
    )  # fmt: skip


def common_queue(queues: Iterable[Sequence[QueueKey]]) -> tuple[QueueKey, ...]:
    """The queue of orders that follow several rules: the keys that all their queues begin with. One queue stays as it
    is."""
    different = list(dict.fromkeys(tuple(queue) for queue in queues))
    if not different:
        return DEFAULT_QUEUE
    shared: list[QueueKey] = []
    for keys in zip(*different, strict=False):
        if len(set(keys)) > 1:
            break
        shared.append(keys[0])
    return tuple(shared)


def _key(order: Waiting, key: QueueKey) -> Any:
    if key.by == "priority":
        return -order.priority
    if key.by == "promise_on":
        return (order.promise_on is None, order.promise_on or date.max)
    if key.by == "customer_class":
        classes = key.classes
        return classes.index(order.customer_class) if order.customer_class in classes else len(classes)
    return order.placed_at
