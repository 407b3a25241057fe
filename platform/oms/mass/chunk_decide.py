"""Review, credit, approval and promises of stock for a chunk that was just written, in the file's order.

Each decision is the function that decides a single order. Values, accounts and positions come for the whole chunk in
one statement each; what was decided goes back as sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.allocation.decide import Turn, decide_turn, take_turn
from oms.allocation.facts import load_facts
from oms.allocation.plan import AllocationPlan, Demand
from oms.allocation.promise_sql import PROMISES, promise_rows
from oms.credit.lock_account import lock_accounts
from oms.credit.plan import decide_credit
from oms.credit.position import CreditPosition
from oms.credit.prepayment import PAYMENT_FIRST, prepay_required
from oms.inventory.lock_positions import lock_positions
from oms.orders.order_values import values_of_orders
from oms.placement.find_duplicates import Lookalike, find_duplicates_in_chunk, trace_of
from oms.placement.place_order import APPROVAL_NEEDED, STOCK_SHORT, StartApproval
from oms.placement.policy import OrderPolicy
from oms.placement.screen import BELOW_FLOOR, judge_hits
from oms.reservations.give_back import give_back
from oms.reservations.promisable import Buyer, load_promisable

_ORDERS = """
SELECT o.id, o.total, o.currency, o.ship_to, o.channel, o.outside_number, o.customer_id, c.credit_account_id,
  c.prepay_percent, c.ship_complete,
  l.seq IS NOT NULL AS below_floor
FROM orders o
JOIN m_orders m ON m.id = o.id
LEFT JOIN (SELECT DISTINCT seq FROM m_lines WHERE price * ordered - discount < floor_price * ordered) l ON l.seq = m.seq
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s ORDER BY m.seq
"""
_LINES = """
SELECT l.order_id, l.id, l.sku_id, l.sku, l.ordered FROM order_lines l
WHERE l.tenant_id = %(tenant)s AND l.order_id = ANY(%(orders)s) ORDER BY l.order_id, l.line_no
"""
_WRITE = f"""
WITH holds AS (
  INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by, other_order_id)
  SELECT %(tenant)s, new_id(), x.order_id, x.type, x.reason, x.source, %(now)s, %(actor)s, x.other
  FROM jsonb_to_recordset(%(holds)s::jsonb) AS x (order_id uuid, type text, reason text, source text, other uuid)
), events AS (
  INSERT INTO order_events (tenant_id, id, order_id, kind, facts, at, actor_kind, actor_id, actor_name)
  SELECT %(tenant)s, new_id(), x.order_id, x.kind, x.facts, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor)s
  FROM jsonb_to_recordset(%(events)s::jsonb) AS x (order_id uuid, kind text, facts jsonb)
), why AS (
  INSERT INTO decisions (tenant_id, id, order_id, kind, release, outcome, trace, at)
  SELECT %(tenant)s, new_id(), x.order_id, x.kind, %(release)s, x.outcome, x.trace, %(now)s
  FROM jsonb_to_recordset(%(decisions)s::jsonb) AS x (order_id uuid, kind text, outcome text, trace jsonb)
), {PROMISES}, lines AS (
  UPDATE order_lines l SET allocated = x.allocated, backordered = x.short
  FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, allocated numeric, short numeric)
  WHERE l.tenant_id = %(tenant)s AND l.id = x.id
), exposed AS (
  UPDATE credit_accounts a SET open_orders = a.open_orders + x.amount
  FROM (SELECT account_id, sum(amount) AS amount
    FROM jsonb_to_recordset(%(exposures)s::jsonb) AS e (account_id uuid, amount numeric) GROUP BY 1) x
  WHERE a.tenant_id = %(tenant)s AND a.id = x.account_id
), booked AS (
  INSERT INTO credit_entries (tenant_id, id, account_id, bucket, amount, cause, order_id, at, actor)
  SELECT %(tenant)s, new_id(), x.account_id, 'open_orders', x.amount, 'order_placed', x.order_id, %(now)s, %(actor)s
  FROM jsonb_to_recordset(%(exposures)s::jsonb) AS x (account_id uuid, order_id uuid, amount numeric)
  WHERE x.amount <> 0
)
UPDATE orders o SET open_holds = x.holds, backordered = x.backordered, fulfilment_status = x.fulfilment_status,
  credit_account_id = x.account_id, credit_exposed = x.exposed, prepay_required = x.prepay_required,
  risk_score = x.risk_score
FROM jsonb_to_recordset(%(orders)s::jsonb)
  AS x (id uuid, holds int, backordered boolean, fulfilment_status text, account_id uuid, exposed numeric,
    prepay_required numeric, risk_score int)
WHERE o.tenant_id = %(tenant)s AND o.id = x.id
"""


@dataclass(slots=True)
class _Rows:
    """What was decided, as rows to write."""

    holds: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    picks: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    exposures: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)

    def hold(self, order_id: UUID, kind: str, reason: str, source: str, other: UUID | None = None) -> None:
        self.holds.append({"order_id": order_id, "type": kind, "reason": reason, "source": source, "other": other})
        self.events.append({"order_id": order_id, "kind": "hold_placed", "facts": {"type": kind, "reason": reason}})

    def decided(self, order_id: UUID, kind: str, outcome: str, trace: Mapping[str, Any]) -> None:
        self.decisions.append({"order_id": order_id, "kind": kind, "outcome": outcome, "trace": trace})


def decide_chunk(
    work: Work, policy: OrderPolicy, order_ids: Sequence[UUID], start_approval: StartApproval | None
) -> None:
    """Decides the orders just written and records it. Locks: accounts, then positions, each in key order."""
    orders = work.rows(_ORDERS, {"tenant": work.tenant_id})
    needs_values = bool(
        policy.review
        or policy.approval_flows
        or (policy.allocation and policy.allocation.reads_orders)
        or any(order.ship_complete for order in orders)
    )
    values = values_of_orders(work, order_ids) if needs_values else {}
    rows = _Rows()
    held: dict[UUID, int] = {}
    accounts = lock_accounts(work, {order.credit_account_id for order in orders} - {None})
    exposed: dict[UUID, tuple[UUID | None, Decimal]] = {}
    prepaid: dict[UUID, Decimal] = {}
    scores: dict[UUID, int] = {}
    alike = find_duplicates_in_chunk(work, policy.duplicates) if policy.duplicates else {}
    for order in orders:
        before = len(rows.holds)
        if policy.floor is not None and policy.floor.hold and order.below_floor:
            rows.hold(order.id, "review", BELOW_FLOOR, f"order_type/{policy.key}")
        scores[order.id] = _review(work, order, values.get(order.id, {}), policy, rows)
        _duplicate(order, alike.get(order.id), policy, rows)
        prepaid[order.id] = _prepayment(order, policy, rows)
        exposed[order.id] = _credit(work, order, accounts, policy, rows, prepaid[order.id])
        _approval(work, order, values.get(order.id, {}), policy, rows, start_approval)
        held[order.id] = len(rows.holds) - before
    plans = _allocate(work, orders, held, values, policy, rows)
    for order in orders:
        account_id, amount = exposed[order.id]
        rows.orders.append(
            {
                "id": order.id, "holds": held[order.id], "account_id": account_id, "exposed": amount,
                "prepay_required": prepaid[order.id], "risk_score": scores[order.id], **_roll_up(plans.get(order.id)),
            }
        )  # fmt: skip
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "now": work.now, "actor": work.actor.name, "actor_kind": work.actor.kind,
            "actor_id": work.actor.id, "release": policy.release, "holds": dumps(rows.holds),
            "events": dumps(rows.events), "decisions": dumps(rows.decisions), "picks": dumps(rows.picks),
            "lines": dumps(rows.lines), "exposures": dumps(rows.exposures), "orders": dumps(rows.orders),
        },
    )  # fmt: skip


def _review(work: Work, order: Any, values: Mapping[str, Any], policy: OrderPolicy, rows: _Rows) -> int:
    """The order's risk score. A file cannot be refused order by order, so a refusal holds."""
    if policy.review is None:
        return 0
    hits = policy.review.evaluate(values, now=work.now, today=work.today)
    reviewed = judge_hits(hits, policy.review.source)
    for hold in reviewed.holds:
        rows.hold(order.id, hold.type, hold.reason, hold.source)
    rows.events += [{"order_id": order.id, "kind": "noted", "facts": note} for note in reviewed.notes]
    rows.decided(order.id, "review", "hold" if reviewed.holds else "pass", reviewed.trace or {})
    return reviewed.score


def _duplicate(order: Any, found: Lookalike | None, policy: OrderPolicy, rows: _Rows) -> None:
    if policy.duplicates is None:
        return
    if found and policy.duplicates.hold:
        hold = found.hold(policy)
        rows.hold(order.id, hold.type, hold.reason, hold.source, hold.other)
    elif found:
        rows.events.append({"order_id": order.id, "kind": "noted", "facts": found.note(policy)})
    rows.decided(order.id, "duplicate", "found" if found else "none", trace_of(policy, found))


def _prepayment(order: Any, policy: OrderPolicy, rows: _Rows) -> Decimal:
    """What is to be paid before the order is processed; it waits for that."""
    required = prepay_required(order.total, order.prepay_percent, policy.prepay_percent, order.currency)
    if required:
        rows.hold(order.id, "payment", PAYMENT_FIRST, f"order_type/{policy.key}")
    return required


def _credit(
    work: Work,
    order: Any,
    accounts: dict[UUID, CreditPosition],
    policy: OrderPolicy,
    rows: _Rows,
    prepaid: Decimal,
) -> tuple[UUID | None, Decimal]:
    """The account that the order counts to, and how much of it."""
    position = accounts.get(order.credit_account_id)
    decision = decide_credit(
        position, policy=policy.credit, amount=order.total, currency=order.currency, today=work.today,
        prepaid=0 < order.total <= prepaid,
    )  # fmt: skip
    if decision.verdict in {"hold", "block"}:  # a file cannot be refused order by order, so a block holds
        rows.hold(order.id, "credit", decision.reason, f"order_type/{policy.key}")
    rows.decided(order.id, "credit", decision.verdict, decision.trace())
    if not decision.counts or position is None:
        return None, Decimal(0)
    _count(accounts, position, order.total)
    rows.exposures += [
        {"account_id": account_id, "order_id": order.id, "amount": order.total} for account_id in position.chain
    ]
    return order.credit_account_id, order.total


def _count(accounts: dict[UUID, CreditPosition], position: CreditPosition, amount: Decimal) -> None:
    """The order joins its account and those above, wherever the chunk knows them: others may stand below the same."""
    touched = set(position.chain)
    for key, other in accounts.items():
        if touched & set(other.chain):
            above = tuple(_more(one, amount) if one.id in touched else one for one in other.above)
            accounts[key] = replace(_more(other, amount) if other.id in touched else other, above=above)


def _more(position: CreditPosition, amount: Decimal) -> CreditPosition:
    return replace(position, open_orders=position.open_orders + amount)


def _approval(
    work: Work,
    order: Any,
    values: Mapping[str, Any],
    policy: OrderPolicy,
    rows: _Rows,
    start_approval: StartApproval | None,
) -> None:
    if not policy.approval_flows or start_approval is None:
        return
    flow = start_approval(work, order.id, values, policy)
    if flow is not None:
        rows.hold(order.id, "approval", APPROVAL_NEEDED, f"approval_flow/{flow}")
    rows.decided(order.id, "approval", flow or "none", {"flows": list(policy.approval_flows), "started": flow})


def _allocate(
    work: Work,
    orders: Sequence[Any],
    held: dict[UUID, int],
    values: Mapping[UUID, Mapping[str, Any]],
    policy: OrderPolicy,
    rows: _Rows,
) -> dict[UUID, AllocationPlan]:
    """Promises stock to orders that nothing holds, one after the other, over positions that are locked once."""
    rule = policy.allocation
    free = [order for order in orders if not held[order.id]]
    if rule is None or not policy.auto_allocate or not free:
        return {}
    demand: dict[UUID, list[Demand]] = {}
    for line in work.rows(_LINES, {"tenant": work.tenant_id, "orders": [order.id for order in free]}):
        demand.setdefault(line.order_id, []).append(Demand(line.id, line.sku_id, line.sku, line.ordered))
    stock = lock_positions(work, [one.sku_id for lines in demand.values() for one in lines])
    buyers = {
        order.id: Buyer(
            order_id=order.id, customer_id=order.customer_id, channel=order.channel, reference=order.outside_number
        )
        for order in free
    }
    promisable = load_promisable(work, stock, list(buyers.values()))
    skus = [one.sku_id for lines in demand.values() for one in lines]
    known = load_facts(work, [rule.rule], stock, skus, [order.id for order in free])
    plans = {}
    for order in free:
        turn = Turn(
            buyer=buyers[order.id], demand=demand[order.id], ship_to=order.ship_to, values=values.get(order.id, {})
        )
        decided = decide_turn(turn, rule, promisable, known, now=work.now, today=work.today)
        plan = take_turn(turn, decided, promisable, known)
        plans[order.id] = plan
        _record_plan(order.id, demand[order.id], plan, decided.trace, rows)
        if plan.short and rule.on_short in {"hold", "reject"}:
            rows.hold(order.id, "stock", STOCK_SHORT, rule.source)
            held[order.id] += 1
    give_back(work, promisable.given_back)
    return plans


def _record_plan(
    order_id: UUID,
    demand: Sequence[Demand],
    plan: AllocationPlan,
    trace: Mapping[str, Any],
    rows: _Rows,
) -> None:
    allocated: dict[UUID, Decimal] = {}
    for pick in plan.picks:
        allocated[pick.line_id] = allocated.get(pick.line_id, Decimal(0)) + pick.quantity
    rows.picks += promise_rows(order_id, plan.picks)
    rows.lines += [
        {"id": one.line_id, "allocated": allocated.get(one.line_id, 0), "short": plan.short.get(one.line_id, 0)}
        for one in demand
    ]
    units = sum(allocated.values(), Decimal(0))
    if units:
        facts = {"quantity": str(units), "locations": len(plan.locations)}
        rows.events.append({"order_id": order_id, "kind": "allocated", "facts": facts})
    if plan.short:
        facts = {"quantity": str(sum(plan.short.values(), Decimal(0)))}
        rows.events.append({"order_id": order_id, "kind": "backordered", "facts": facts})
    rows.decided(order_id, "allocation", plan.summary(), trace)


def _roll_up(plan: AllocationPlan | None) -> dict[str, Any]:
    if plan is None or not plan.picks:
        return {"backordered": bool(plan and plan.short), "fulfilment_status": "open"}
    return {
        "backordered": bool(plan.short),
        "fulfilment_status": "partially_allocated" if plan.short else "allocated",
    }
