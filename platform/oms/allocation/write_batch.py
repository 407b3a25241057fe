"""Writes what a batch of orders was promised: two statements for any number of orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.allocation.batch import Served
from oms.allocation.promise_sql import PROMISES, promise_rows
from oms.orders.events import OrderChangedEvent
from oms.orders.record import roll_up_orders

_ZERO = Decimal(0)
_WRITE = f"""
WITH {PROMISES}, events AS (
  INSERT INTO order_events (tenant_id, id, order_id, kind, facts, at, actor_kind, actor_id, actor_name)
  SELECT %(tenant)s, x.id, x.order_id, x.kind, x.facts, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor)s
  FROM jsonb_to_recordset(%(events)s::jsonb) AS x (id uuid, order_id uuid, kind text, facts jsonb)
), why AS (
  INSERT INTO decisions (tenant_id, id, order_id, kind, release, outcome, trace, at)
  SELECT %(tenant)s, x.id, x.order_id, 'allocation', x.release, x.outcome, x.trace, %(now)s
  FROM jsonb_to_recordset(%(decisions)s::jsonb) AS x (id uuid, order_id uuid, release int, outcome text, trace jsonb)
), told AS (
  INSERT INTO outbox_messages (tenant_id, id, topic, payload, created_at, next_try_at)
  SELECT %(tenant)s, x.id, x.topic, x.payload, %(now)s, %(now)s
  FROM jsonb_to_recordset(%(outbox)s::jsonb) AS x (id uuid, topic text, payload jsonb)
)
UPDATE order_lines l SET allocated = l.allocated + x.given, backordered = x.backordered
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, given numeric, backordered numeric)
WHERE l.tenant_id = %(tenant)s AND l.id = x.id
"""


def write_batch(work: Work, served: Sequence[Served]) -> None:
    """Orders and positions are locked. Orders for which nothing changed are left as they are."""
    changed = [one for one in served if one.changed]
    if not changed:
        return
    rows: dict[str, list[dict[str, Any]]] = {
        "picks": [row for one in changed for row in promise_rows(one.entry.order.id, one.plan.picks)],
        "lines": [row for one in changed for row in _lines(one)],
        "events": [row for one in changed for row in _events(one)],
        "decisions": [_decision(one) for one in changed],
        "outbox": [_message(one) for one in changed],
    }
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "now": work.now, "actor": work.actor.name, "actor_kind": work.actor.kind,
            "actor_id": work.actor.id, **{name: dumps(values) for name, values in rows.items()},
        },
    )  # fmt: skip
    roll_up_orders(work, [one.entry.order.id for one in changed])
    work.wakes_relay = True


def _lines(one: Served) -> list[dict[str, Any]]:
    given: dict[Any, Decimal] = {}
    for pick in one.plan.picks:
        given[pick.line_id] = given.get(pick.line_id, _ZERO) + pick.quantity
    return [
        {
            "id": line.line_id, "given": given.get(line.line_id, _ZERO),
            "backordered": one.plan.short.get(line.line_id, _ZERO),
        }
        for line in one.entry.turn.demand
    ]  # fmt: skip


def _sums(one: Served) -> tuple[Decimal, Decimal]:
    """(promised just now, short), base units."""
    return sum((pick.quantity for pick in one.plan.picks), _ZERO), sum(one.plan.short.values(), _ZERO)


def _events(one: Served) -> list[dict[str, Any]]:
    allocated, short = _sums(one)
    found = []
    if allocated:
        found.append(("allocated", {"quantity": str(allocated), "locations": len(one.plan.locations)}))
    if short:
        found.append(("backordered", {"quantity": str(short)}))
    return [
        {"id": new_id(), "order_id": one.entry.order.id, "kind": kind, "facts": facts} for kind, facts in found
    ]  # fmt: skip


def _decision(one: Served) -> dict[str, Any]:
    order = one.entry.order
    return {
        "id": new_id(), "order_id": order.id, "release": order.release, "outcome": one.plan.summary(),
        "trace": one.trace,
    }  # fmt: skip


def _message(one: Served) -> dict[str, Any]:
    allocated, short = _sums(one)
    facts = {"allocated": str(allocated), "short": str(short)}
    event = OrderChangedEvent("order.allocated", one.entry.order.id, one.entry.order.number, facts)
    return {"id": new_id(), "topic": event.topic, "payload": event.to_json()}
