"""Splits an order: lines, or units of them, go to new orders with their promises, money and stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from kernel.money import Money, apportion
from kernel.outbox import put_event
from oms.credit.lock_account import lock_account
from oms.orders.events import OrderChangedEvent
from oms.orders.keep_version import keep_version
from oms.orders.lock_order import LockedOrder, lock_order
from oms.orders.record import record_decision, record_event, roll_up
from oms.receivables.share_payments import share_payments
from oms.regrouping.errors import NothingToSplit, TooManyOrders
from oms.regrouping.move_discounts import share_redemptions
from oms.regrouping.pieces import Piece, Pool, Share, joined, share_out
from oms.regrouping.seals import refuse_sealed
from oms.regrouping.write_moves import Moved, move_exposure, move_terms, open_promises, retotal, write_move, write_moved

MOST_ORDERS = 50

_CHILDREN = """
WITH x AS (SELECT * FROM jsonb_to_recordset(%(children)s::jsonb) AS x (id uuid, number text)),
made AS (
  INSERT INTO orders (tenant_id, id, number, order_type, channel, customer_id, credit_account_id, status, release,
    currency, prices_include_tax, ship_to, bill_to, requested_on, priority, promise_on, buyer_note, tags, custom,
    merge_key, receiver_hidden, risk_score, parent_id, created_by, created_by_name, created_at, placed_at, placed_on,
    site_id, buyer_id)
  SELECT o.tenant_id, x.id, x.number, o.order_type, o.channel, o.customer_id, o.credit_account_id, 'placed', o.release,
    o.currency, o.prices_include_tax, o.ship_to, o.bill_to, o.requested_on, o.priority, o.promise_on,
    o.buyer_note, o.tags, o.custom,
    o.merge_key, o.receiver_hidden, o.risk_score, o.id, o.created_by, o.created_by_name, %(now)s, o.placed_at,
    o.placed_on, o.site_id, o.buyer_id
  FROM orders o, x WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
)
INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by, assigned_to,
  other_order_id)
SELECT h.tenant_id, h.new_id, h.order_id, h.type, h.reason, h.source, h.placed_at, h.placed_by, h.assigned_to,
  h.other_order_id
FROM (
  SELECT h.tenant_id, (k ->> 'id')::uuid AS new_id, (k ->> 'order')::uuid AS order_id, h.type, h.reason, h.source,
    h.placed_at, h.placed_by, h.assigned_to, h.other_order_id
  FROM jsonb_array_elements(%(holds)s::jsonb) k
  JOIN order_holds h ON h.tenant_id = %(tenant)s AND h.id = (k ->> 'from')::uuid
) h
"""
_HOLDS = """
SELECT id FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND released_at IS NULL ORDER BY id
"""
_NUMBERS = "SELECT number FROM orders WHERE tenant_id = %(tenant)s AND number = ANY(%(numbers)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOff:
    """What one new order gets.

    units     line -> base units; those that nobody has promised go first
    promised  allocation -> units; for a split by location
    label     why these belong together, for people: "Hamburg", "chilled"
    """

    units: Mapping[UUID, Decimal] = field(default_factory=dict)
    promised: Mapping[UUID, Decimal] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOrder:
    """rule  document and rule that asks for it, "" for a person"""

    order_id: UUID
    groups: tuple[SplitOff, ...]
    note: str = ""
    rule: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    id: UUID
    number: str
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSplit:
    """total  of what stays; with the new orders' it is what the order came to before"""

    move_id: UUID
    order_id: UUID
    total: Decimal
    orders: tuple[NewOrder, ...]


def split_order(work: Work, command: SplitOrder) -> OrderSplit:
    """Moves what each group names to an order of its own. The numbers are the order's with -2, -3, …

    raises  OrderNotFound, OrderChanged, OrderSealed, LineNotFound, TooManyUnits, NothingToSplit, TooManyOrders
    """
    if len(command.groups) > MOST_ORDERS:
        raise TooManyOrders(most=MOST_ORDERS)
    order = lock_order(work, command.order_id, expected_version=command.expected_version)
    refuse_sealed(work, order)
    if not command.groups:
        raise NothingToSplit()
    promises = open_promises(work, order.id)
    pool = Pool(order, promises)
    shares = share_out(order, [pieces_of(pool, group) for group in command.groups])
    if order.credit_account_id is not None:
        lock_account(work, order.credit_account_id)
    keep_version(work, order.id, "before")
    children = _make_children(work, order, len(shares))
    move = write_move(work, order.id, "split", rule=command.rule, note=command.note)
    moves = [
        Moved(order.id, child, number, share)
        for (child, _), group in zip(children, shares, strict=True)
        for number, share in enumerate(group, start=1)
    ]
    write_moved(
        work, move, moves, {promise.id: promise for promise in promises}, currency=order.currency, reason="split"
    )
    totals = retotal(work, [order.id, *(child for child, _ in children)])
    share_redemptions(work, list(totals))
    _share_exposure(work, order, totals, [child for child, _ in children])
    _share_terms(work, order, totals, [child for child, _ in children])
    _tell(work, order, command, children, shares, totals)
    return OrderSplit(
        move_id=move, order_id=order.id, total=totals[order.id],
        orders=tuple(NewOrder(id=child, number=number, total=totals[child]) for child, number in children),
    )  # fmt: skip


def pieces_of(pool: Pool, group: SplitOff) -> list[Piece]:
    """What a group names, as one piece per line. Raises LineNotFound, TooManyUnits."""
    pieces = [pool.take_promised(key, units) for key, units in group.promised.items()]
    return joined(pieces + [pool.take_units(line, units) for line, units in group.units.items()])


def _make_children(work: Work, order: LockedOrder, count: int) -> list[tuple[UUID, str]]:
    candidates = [f"{order.number}-{n}" for n in range(2, 2 + 4 * MOST_ORDERS)]
    taken = {row.number for row in work.rows(_NUMBERS, {"tenant": work.tenant_id, "numbers": candidates})}
    numbers = [number for number in candidates if number not in taken][:count]
    if len(numbers) < count:
        raise TooManyOrders(most=len(candidates))
    children = [(new_id(), number) for number in numbers]
    standing = work.rows(_HOLDS, {"tenant": work.tenant_id, "order": order.id})
    holds = [{"id": new_id(), "order": child, "from": hold.id} for child, _ in children for hold in standing]
    rows = [{"id": child, "number": number} for child, number in children]
    work.execute(
        _CHILDREN,
        {
            "tenant": work.tenant_id, "order": order.id, "now": work.now, "children": dumps(rows),
            "holds": dumps(holds),
        },
    )  # fmt: skip
    return children


def _share_exposure(work: Work, order: LockedOrder, totals: Mapping[UUID, Decimal], children: Sequence[UUID]) -> None:
    weights = [totals[order.id], *(totals[child] for child in children)]
    if not order.credit_exposed or not any(weights):
        return
    shares = apportion(Money(order.credit_exposed, order.currency), weights)[1:]
    for child, share in zip(children, shares, strict=True):
        move_exposure(work, order.credit_account_id, order.id, child, share.amount, cause="order_split")


def _share_terms(work: Work, order: LockedOrder, totals: Mapping[UUID, Decimal], children: Sequence[UUID]) -> None:
    """What is to be paid in advance, what is paid, and what finance released: as the orders' totals stand."""
    weights = [totals[order.id], *(totals[child] for child in children)]
    if any(weights) and (order.prepay_required or order.credit_released):
        required, released = (
            [share.amount for share in apportion(Money(amount, order.currency), weights)][1:]
            for amount in (order.prepay_required, order.credit_released)
        )
        terms = dict(zip(children, zip(required, released, strict=True), strict=True))
        move_terms(work, {**terms, order.id: (-sum(required, Decimal(0)), -sum(released, Decimal(0)))})
    share_payments(work, order.id, {child: totals[child] for child in children}, stays=totals[order.id])


def _tell(
    work: Work, order: LockedOrder, command: SplitOrder, children: Sequence[tuple[UUID, str]],
    shares: Sequence[Sequence[Share]], totals: Mapping[UUID, Decimal],
) -> None:  # fmt: skip
    groups = [
        {
            "order": number, "label": group.label, "total": str(totals[child]),
            "lines": [
                {"line": share.line.line_no, "sku": share.line.sku, "units": str(share.piece.units)} for share in got
            ],
        }
        for (child, number), group, got in zip(children, command.groups, shares, strict=True)
    ]  # fmt: skip
    record_event(work, order.id, "split", {"orders": [number for _, number in children], "note": command.note})
    trace = {"document": command.rule, "groups": groups, "stays": str(totals[order.id])}
    record_decision(work, order.id, "split", release=order.release, outcome=f"{len(children) + 1} orders", trace=trace)
    for child, _number in children:
        record_event(work, child, "split_from", {"order": order.number, "note": command.note})
        roll_up(work, child)
        keep_version(work, child, "split")
    roll_up(work, order.id)
    keep_version(work, order.id, "split")
    facts = {"orders": [to_text("ord", child) for child, _ in children]}
    put_event(work, OrderChangedEvent("order.split", order.id, order.number, facts))
