"""Writes a placed order with all that belongs to it: one statement, one round trip."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.allocation.promise_sql import PROMISES
from oms.placement.commands import PlaceOrder
from oms.placement.errors import OrderExists

LARGEST_DOCUMENT = 2_000_000  # bytes kept of a document as received

# The lists travel as JSON and are inserted as sets. Foreign keys are checked when the statement ends, so the parts
# may refer to each other. Positions and the credit account were locked before; the constraints still guard them.
_WRITE = f"""
WITH placed AS (
  INSERT INTO orders (tenant_id, id, number, order_type, channel, outside_number, customer_id, credit_account_id,
    status, fulfilment_status, payment_status, backordered, open_holds, release, currency, prices_include_tax,
    net_total, tax_total, total, credit_exposed, prepay_required, ship_to, bill_to, requested_on, priority,
    promise_on, buyer_note, merge_key, receiver_hidden, tags, custom, risk_score, goods_key, created_by,
    created_by_name, created_at, placed_at, placed_on, site_id, buyer_id)
  VALUES (%(tenant)s, %(id)s, %(number)s, %(order_type)s, %(channel)s, %(outside_number)s, %(customer_id)s,
    %(credit_account_id)s, 'placed', %(fulfilment_status)s, %(payment_status)s, %(backordered)s, %(open_holds)s,
    %(release)s,
    %(currency)s, %(prices_include_tax)s, %(net_total)s, %(tax_total)s, %(total)s, %(credit_exposed)s,
    %(prepay_required)s,
    %(ship_to)s::jsonb, %(bill_to)s::jsonb, %(requested_on)s, %(priority)s, %(promise_on)s,
    %(buyer_note)s, %(merge_key)s, %(receiver_hidden)s, %(tags)s, %(custom)s::jsonb,
    %(risk_score)s, %(goods_key)s, %(created_by)s, %(created_by_name)s, %(now)s, %(now)s, %(today)s, %(site_id)s,
    %(buyer_id)s)
), lines AS (
  INSERT INTO order_lines (tenant_id, id, order_id, line_no, sku_id, sku, name, unit, unit_quantity, ordered,
    allocated, backordered, list_price, unit_price, tax_class, tax_rate, net, tax, gross, discount, floor_price,
    outside_line, custom)
  SELECT %(tenant)s, x.id, %(id)s, x.line_no, x.sku_id, x.sku, x.name, x.unit, x.unit_quantity, x.ordered,
    x.allocated, x.backordered, x.list_price, x.unit_price, x.tax_class, x.tax_rate, x.net, x.tax, x.gross,
    x.discount, x.floor_price, x.outside_line, x.custom
  FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, line_no int, sku_id uuid, sku text, name text, unit text,
    unit_quantity numeric, ordered numeric, allocated numeric, backordered numeric, list_price numeric,
    unit_price numeric, tax_class text, tax_rate numeric, net numeric, tax numeric, gross numeric, discount numeric,
    floor_price numeric, outside_line text, custom jsonb)
), adjustments AS (
  INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, coupon, amount)
  SELECT %(tenant)s, x.id, %(id)s, x.line_id, x.source, x.label, x.coupon, x.amount
  FROM jsonb_to_recordset(%(adjustments)s::jsonb)
    AS x (id uuid, line_id uuid, source text, label jsonb, coupon text, amount numeric)
), charges AS (
  INSERT INTO order_charges (tenant_id, id, order_id, position, kind, label, source, price, discount, waived_by,
    tax_class, tax_rate, net, tax, gross)
  SELECT %(tenant)s, x.id, %(id)s, x.position, x.kind, x.label, x.source, x.price, x.discount, x.waived_by,
    x.tax_class, x.tax_rate, x.net, x.tax, x.gross
  FROM jsonb_to_recordset(%(charges)s::jsonb) AS x (id uuid, position int, kind text, label jsonb, source text,
    price numeric, discount numeric, waived_by text, tax_class text, tax_rate numeric, net numeric, tax numeric,
    gross numeric)
), received AS (
  INSERT INTO channel_documents (tenant_id, id, order_id, channel, outside_number, origin, content_type, body, size,
    sha256, received_at)
  SELECT %(tenant)s, %(document_id)s, %(id)s, %(channel)s, %(outside_number)s, %(origin)s, %(content_type)s,
    %(body)s::bytea, %(size)s, %(sha256)s, %(now)s
  WHERE %(document_id)s::uuid IS NOT NULL
), instalments AS (
  INSERT INTO order_instalments (tenant_id, id, order_id, line_id, due_on, quantity)
  SELECT %(tenant)s, x.id, %(id)s, x.line_id, x.due_on, x.quantity
  FROM jsonb_to_recordset(%(instalments)s::jsonb) AS x (id uuid, line_id uuid, due_on date, quantity numeric)
), holds AS (
  INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by, other_order_id)
  SELECT %(tenant)s, x.id, %(id)s, x.type, x.reason, x.source, %(now)s, %(created_by_name)s, x.other
  FROM jsonb_to_recordset(%(holds)s::jsonb) AS x (id uuid, type text, reason text, source text, other uuid)
), events AS (
  INSERT INTO order_events (tenant_id, id, order_id, kind, facts, at, actor_kind, actor_id, actor_name)
  SELECT %(tenant)s, x.id, %(id)s, x.kind, x.facts, %(now)s, %(actor_kind)s, %(created_by)s, %(created_by_name)s
  FROM jsonb_to_recordset(%(events)s::jsonb) AS x (id uuid, kind text, facts jsonb)
), why AS (
  INSERT INTO decisions (tenant_id, id, order_id, kind, release, outcome, trace, at)
  SELECT %(tenant)s, x.id, %(id)s, x.kind, %(release)s, x.outcome, x.trace, %(now)s
  FROM jsonb_to_recordset(%(decisions)s::jsonb) AS x (id uuid, kind text, outcome text, trace jsonb)
), {PROMISES}, exposed AS (
  UPDATE credit_accounts SET open_orders = open_orders + %(credit_exposed)s
  WHERE tenant_id = %(tenant)s AND id = ANY(%(credit_chain)s) AND %(credit_exposed)s::numeric <> 0
  RETURNING id
), booked AS (
  INSERT INTO credit_entries (tenant_id, id, account_id, bucket, amount, cause, order_id, at, actor)
  SELECT %(tenant)s, new_id(), e.id, 'open_orders', %(credit_exposed)s, 'order_placed', %(id)s, %(now)s,
    %(actor)s FROM exposed e
)
INSERT INTO outbox_messages (tenant_id, id, topic, payload, created_at, next_try_at)
VALUES (%(tenant)s, %(event_id)s, %(topic)s, %(payload)s::jsonb, %(now)s, %(now)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRows:
    """The rows of one order, ready to write. Lists hold JSON values with the columns of _WRITE."""

    columns: dict[str, Any]
    lines: list[dict[str, Any]]
    adjustments: list[dict[str, Any]]
    charges: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    events: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    picks: list[dict[str, Any]]
    topic: str
    payload: dict[str, Any]
    instalments: list[dict[str, Any]] = field(default_factory=list)


def received_columns(command: PlaceOrder) -> dict[str, Any]:
    """The document as received, as columns of the statement. A longer one is cut; its hash is of the whole."""
    received = command.received
    if received is None:
        return dict.fromkeys(("document_id", "origin", "content_type", "body", "size", "sha256"))
    return {
        "document_id": new_id(), "origin": received.origin[:300], "content_type": received.content_type[:200],
        "body": received.body[:LARGEST_DOCUMENT], "size": len(received.body),
        "sha256": sha256(received.body).hexdigest(),
    }  # fmt: skip


def write_order(work: Work, rows: OrderRows) -> UUID:
    """Writes the rows and returns the id of the outbox event.

    raises OrderExists where the channel's number was placed by another transaction a moment ago
    """
    event_id = new_id()
    parameters = {
        **rows.columns,
        "tenant": work.tenant_id,
        "lines": dumps(rows.lines),
        "instalments": dumps(rows.instalments),
        "adjustments": dumps(rows.adjustments),
        "charges": dumps(rows.charges),
        "holds": dumps(rows.holds),
        "events": dumps(rows.events),
        "decisions": dumps(rows.decisions),
        "picks": dumps(rows.picks),
        "event_id": event_id,
        "topic": rows.topic,
        "payload": dumps(rows.payload),
        "now": work.now,
        "actor": work.actor.name,
    }
    try:
        work.execute(_WRITE, parameters)
    except psycopg.errors.UniqueViolation as error:
        if "outside_number" in (error.diag.constraint_name or ""):
            raise OrderExists(
                outside_number=rows.columns["outside_number"], channel=rows.columns["channel"], order_id=None
            ) from None
        raise
    work.wakes_relay = True
    return event_id
