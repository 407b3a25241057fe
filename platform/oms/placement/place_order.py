"""Turns what a buyer asked for into a placed order: validate, price, screen, credit, approval, allocate, release.

One transaction, a handful of statements. Control flow is here; each decision is a pure function of loaded values,
and each is recorded with its trace. Locks are taken in one order everywhere: order, credit account, positions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.allocation.decide import Turn, decide_turn, take_turn
from oms.allocation.facts import load_facts
from oms.allocation.plan import AllocationPlan, Demand
from oms.allocation.promise_sql import promise_rows
from oms.credit.plan import CreditDecision, decide_credit
from oms.credit.prepayment import PAYMENT_FIRST, prepay_required
from oms.fields.judge_values import take_files_of
from oms.instalments.plan import due_units
from oms.inventory.lock_positions import lock_positions
from oms.orders.reserve_number import reserve_number
from oms.placement import plan, subjects
from oms.placement.check_instalments import plan_problems
from oms.placement.commands import HoldPlaced, OrderPlaced, PlaceOrder
from oms.placement.custom_values import judge_after_prices, judge_before_prices, look_up
from oms.placement.errors import (
    ChannelNotTaken,
    CreditRefused,
    CustomerUnknown,
    OrderExists,
    OrderInvalid,
    OrderRefused,
    OrderTooLarge,
    SiteOutOfReach,
    StockShort,
)
from oms.placement.find_duplicates import Candidate, find_duplicate, goods_key, trace_of
from oms.placement.load import Loaded, load_for_placement
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy
from oms.placement.screen import screen
from oms.placement.usage_for import coupons_of, load_usage
from oms.placement.write import OrderRows, received_columns, write_order
from oms.promotions.redeem import decide_again, redeem
from oms.reservations.give_back import give_back
from oms.reservations.promisable import Buyer, load_promisable

APPROVAL_NEEDED = N_("waits for approval")
STOCK_SHORT = N_("not enough stock")

# Starts the first approval flow that wants the order and says which; None where none does.
StartApproval = Callable[[Work, UUID, Mapping[str, Any], OrderPolicy], str | None]


@dataclass(slots=True)
class _Outcome:
    """What the decisions so far amount to."""

    holds: list[HoldPlaced] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    prepay_required: Decimal = Decimal(0)
    risk_score: int = 0

    def decided(self, kind: str, outcome: str, trace: Mapping[str, Any]) -> None:
        self.decisions.append({"id": new_id(), "kind": kind, "outcome": outcome, "trace": trace})


def place_order(
    work: Work,
    command: PlaceOrder,
    policy: OrderPolicy,
    *,
    roles: frozenset[str] | None = None,
    start_approval: StartApproval | None = None,
) -> OrderPlaced:
    """Places the order, or says everything that keeps it from being placed.

    policy          the order type in force (`policy_for`)
    roles           of who asks, for rights on custom fields; None: those of the unit of work's actor
    start_approval  how approval flows are started
    raises          CustomerUnknown, OrderInvalid, OrderExists, OrderRefused, CreditRefused, StockShort,
                    PromotionsTaken
    """

    def once() -> OrderPlaced:
        return _place_once(work, command, policy, roles, start_approval)

    return decide_again(work, once) if command.coupons or policy.counts_uses else once()


def _place_once(
    work: Work,
    command: PlaceOrder,
    policy: OrderPolicy,
    roles: frozenset[str] | None,
    start_approval: StartApproval | None,
) -> OrderPlaced:
    if len(command.lines) > plan.MOST_LINES:
        raise OrderTooLarge(most=plan.MOST_LINES, lines=len(command.lines))
    if command.channel not in policy.channels:
        raise ChannelNotTaken(order_type=policy.key, channel=command.channel)
    currency = command.currency or work.tenant.currency
    loaded = load_for_placement(work, command, policy, currency=currency, today=work.today, lock=True)
    order = _validate_and_price(work, command, loaded, policy, currency, roles)
    outcome = _Outcome()
    outcome.decided("price", f"{currency} {order.total}", order.price_trace())
    values = subjects.order_subject(command, order, loaded)

    _screen(work, order, values, policy, outcome)
    goods = goods_key((line.sku.id, line.ordered) for line in order.lines)
    _look_for_duplicate(work, order, goods, loaded, policy, outcome)
    credit = _check_credit(work, order, loaded, policy, outcome)
    _ask_for_approval(work, order, values, policy, outcome, start_approval)
    allocation = _allocate(work, command, order, loaded, values, policy, outcome)

    number = _number(work, policy)
    rows = _rows(work, command, order, goods, loaded, policy, outcome, credit, allocation, number)
    write_order(work, rows)
    redeem(work, order.id, order.buyer.id, order.redemptions, order.claims)  # the last lock of all
    take_files_of(work, policy.order_fields, order.id, order.custom)
    for line in order.lines:
        take_files_of(work, policy.line_fields, line.id, line.custom)
    return _placed(command, order, outcome, allocation, number)


def _validate_and_price(
    work: Work, command: PlaceOrder, loaded: Loaded, policy: OrderPolicy, currency: str, roles: frozenset[str] | None
) -> PlannedOrder:
    if loaded.buyer is None or not work.actor.may_see("customer", loaded.buyer.id):
        raise CustomerUnknown(customer=command.customer_number or str(command.customer_id))
    if not work.actor.may_see("site", loaded.site_id):
        raise SiteOutOfReach()
    if loaded.existing is not None:
        raise OrderExists(
            outside_number=command.outside_number, channel=command.channel, order_id=to_text("ord", loaded.existing)
        )
    problems = plan.find_problems(command, loaded, policy) + plan_problems(command, loaded, work.today)
    rights = roles if roles is not None else work.actor.roles
    known, lines_known = look_up(work, command, policy)
    custom = judge_before_prices(work, command, loaded, policy, rights, known, lines_known)
    if problems:
        raise OrderInvalid(problems=[*problems, *custom.problems])
    usage = load_usage(work, policy, command.coupons, loaded.buyer.id)
    brought, refused = coupons_of(command, policy, usage, loaded.buyer.id, work.today)
    order, unpriced = plan.plan_order(
        command, loaded, policy, currency=currency, now=work.now, today=work.today,
        order_custom=custom.order, line_custom=custom.lines, usage=usage, brought=brought,
    )  # fmt: skip
    if order is None or unpriced or refused:
        raise OrderInvalid(problems=[*refused, *unpriced, *custom.problems])
    order, wrong = judge_after_prices(work, command, loaded, policy, rights, custom, order)
    if wrong:
        raise OrderInvalid(problems=wrong)
    return order


def _screen(work: Work, order: PlannedOrder, values: Mapping[str, Any], policy: OrderPolicy, outcome: _Outcome) -> None:
    screened = screen(order, values, policy, now=work.now, today=work.today)
    outcome.holds += screened.holds
    outcome.notes += screened.notes
    outcome.risk_score = screened.score
    if screened.refused:
        raise OrderRefused(reason=screened.refused, score=screened.score)
    if screened.trace is not None:
        outcome.decided("review", "hold" if outcome.holds else "pass", screened.trace)


def _look_for_duplicate(
    work: Work, order: PlannedOrder, goods: str, loaded: Loaded, policy: OrderPolicy, outcome: _Outcome
) -> None:
    if policy.duplicates is None:
        return
    candidate = Candidate(
        customer_id=order.buyer.id, goods=goods, total=order.total, currency=order.currency, ship_to=loaded.ship_to
    )
    found = find_duplicate(work, candidate, policy.duplicates)
    if found and policy.duplicates.hold:
        outcome.holds.append(found.hold(policy))
    elif found:
        outcome.notes.append(found.note(policy))
    outcome.decided("duplicate", "found" if found else "none", trace_of(policy, found))


def _check_credit(
    work: Work, order: PlannedOrder, loaded: Loaded, policy: OrderPolicy, outcome: _Outcome
) -> CreditDecision:
    required = prepay_required(order.total, order.buyer.prepay_percent, policy.prepay_percent, order.currency)
    if required:
        outcome.prepay_required = required
        outcome.holds.append(HoldPlaced(type="payment", reason=PAYMENT_FIRST, source=f"order_type/{policy.key}"))
    decision = decide_credit(
        loaded.account, policy=policy.credit, amount=order.total, currency=order.currency, today=work.today,
        prepaid=0 < order.total <= required,
    )  # fmt: skip
    if decision.verdict == "block":
        raise CreditRefused(reason=decision.reason, trace=decision.trace())
    if decision.verdict == "hold":
        outcome.holds.append(HoldPlaced(type="credit", reason=decision.reason, source=f"order_type/{policy.key}"))
    outcome.decided("credit", decision.verdict, decision.trace())
    return decision


def _ask_for_approval(
    work: Work,
    order: PlannedOrder,
    values: Mapping[str, Any],
    policy: OrderPolicy,
    outcome: _Outcome,
    start_approval: StartApproval | None,
) -> None:
    if not policy.approval_flows or start_approval is None:
        return
    flow = start_approval(work, order.id, values, policy)
    if flow is not None:
        outcome.holds.append(HoldPlaced(type="approval", reason=APPROVAL_NEEDED, source=f"approval_flow/{flow}"))
    outcome.decided("approval", flow or "none", {"flows": list(policy.approval_flows), "started": flow})


def _allocate(
    work: Work,
    command: PlaceOrder,
    order: PlannedOrder,
    loaded: Loaded,
    values: Mapping[str, Any],
    policy: OrderPolicy,
    outcome: _Outcome,
) -> AllocationPlan:
    """Promises stock to an order that nothing holds. One that is held takes none from others."""
    rule = policy.allocation
    if rule is None or not policy.auto_allocate or outcome.holds:
        return AllocationPlan(picks=(), short={}, rounds=())
    until = work.today + timedelta(days=rule.days_ahead)
    demand = [
        Demand(line.id, line.sku.id, line.sku.code, units)
        for line in order.lines
        if (units := due_units(line.instalments, until, line.ordered)) > 0
    ]
    if not demand:
        return AllocationPlan(picks=(), short={}, rounds=())
    skus = [line.sku_id for line in demand]
    stock = lock_positions(work, skus)
    buyer = Buyer(
        order_id=order.id, customer_id=order.buyer.id, channel=command.channel, reference=command.outside_number
    )
    promisable = load_promisable(work, stock, [buyer])
    known = load_facts(work, [rule.rule], stock, skus, [order.id])
    turn = Turn(buyer=buyer, demand=demand, ship_to=loaded.ship_to, values=values)
    decided = decide_turn(turn, rule, promisable, known, now=work.now, today=work.today)
    allocation = decided.plan
    if allocation.short and rule.on_short == "reject":
        codes = {line.line_id: line.sku for line in demand}
        missing = ", ".join(f"{codes[line]} ({quantity.normalize():f})" for line, quantity in allocation.short.items())
        raise StockShort(missing=missing)
    if allocation.short and rule.on_short == "hold":
        outcome.holds.append(HoldPlaced(type="stock", reason=STOCK_SHORT, source=rule.source))
    outcome.decided("allocation", allocation.summary(), decided.trace)
    allocation = take_turn(turn, decided, promisable, known)
    give_back(work, promisable.given_back)
    return allocation


def _number(work: Work, policy: OrderPolicy) -> str:
    numbering = policy.numbering
    value = reserve_number(work, key=numbering.key, period=numbering.period_of(work.today), gapless=numbering.gapless)
    return str(numbering.render(work.today, value))


def _rows(
    work: Work,
    command: PlaceOrder,
    order: PlannedOrder,
    goods: str,
    loaded: Loaded,
    policy: OrderPolicy,
    outcome: _Outcome,
    credit: CreditDecision,
    allocation: AllocationPlan,
    number: str,
) -> OrderRows:
    """The rows of the order, as `write_order` takes them."""
    allocated: dict[UUID, Decimal] = {}
    for pick in allocation.picks:
        allocated[pick.line_id] = allocated.get(pick.line_id, Decimal(0)) + pick.quantity
    exposed = order.total if credit.counts else Decimal(0)
    columns = {
        "id": order.id, "number": number, "order_type": policy.key, "channel": command.channel,
        "outside_number": command.outside_number, "customer_id": order.buyer.id,
        "credit_account_id": order.buyer.credit_account_id if credit.counts else None,
        "credit_chain": loaded.account.chain if credit.counts and loaded.account else [],
        "prepay_required": outcome.prepay_required,
        "fulfilment_status": _fulfilment_status(order, allocation), "payment_status": "none",
        "backordered": bool(allocation.short), "open_holds": len(outcome.holds),
        "release": policy.release, "currency": order.currency, "prices_include_tax": policy.prices_include_tax,
        "net_total": order.net_total, "tax_total": order.tax_total, "total": order.total, "credit_exposed": exposed,
        "ship_to": dumps(loaded.ship_to), "bill_to": dumps(loaded.bill_to), "requested_on": command.requested_on,
        "priority": command.priority, "promise_on": command.promise_on, "buyer_note": command.buyer_note,
        "merge_key": command.merge_key, "receiver_hidden": command.receiver_hidden,
        "tags": list(command.tags), "custom": dumps(order.custom),
        "created_by": work.actor.id, "created_by_name": work.actor.name, "actor_kind": work.actor.kind,
        "today": work.today, "site_id": loaded.site_id, "buyer_id": command.buyer_id, "goods_key": goods,
        "risk_score": outcome.risk_score,
        **received_columns(command),
    }  # fmt: skip
    lines = [
        {
            "id": line.id, "line_no": line.line_no, "sku_id": line.sku.id, "sku": line.sku.code,
            "name": line.sku.name, "unit": line.request.unit or line.sku.base_unit,
            "unit_quantity": line.request.quantity, "ordered": line.ordered,
            "allocated": allocated.get(line.id, Decimal(0)), "backordered": allocation.short.get(line.id, Decimal(0)),
            "list_price": line.list_price, "unit_price": line.unit_price, "tax_class": line.sku.tax_class,
            "tax_rate": line.sku.tax_rate, "net": line.amounts.net, "tax": line.amounts.tax,
            "gross": line.amounts.gross, "discount": line.discount, "floor_price": line.floor_price,
            "outside_line": line.request.outside_line, "custom": line.custom,
        }
        for line in order.lines
    ]  # fmt: skip
    return OrderRows(
        columns=columns,
        lines=lines,
        holds=[
            {"id": new_id(), "type": h.type, "reason": h.reason, "source": h.source, "other": h.other}
            for h in outcome.holds
        ],
        instalments=[
            {"id": new_id(), "line_id": line.id, "due_on": one.due_on, "quantity": one.quantity}
            for line in order.lines
            for one in line.instalments
        ],
        events=_events(order, outcome, allocation, number),
        decisions=outcome.decisions,
        picks=promise_rows(order.id, allocation.picks),
        adjustments=[
            {"id": new_id(), "line_id": line.id, **one.row()} for line in order.lines for one in line.adjustments
        ],
        charges=[{"id": new_id(), **charge.row(at)} for at, charge in enumerate(order.charges, start=1)],
        topic=OrderPlaced.topic,
        payload=_placed(command, order, outcome, allocation, number).to_json(),
    )


def _fulfilment_status(order: PlannedOrder, allocation: AllocationPlan) -> str:
    if not allocation.picks:
        return "open"
    promised = sum((pick.quantity for pick in allocation.picks), Decimal(0))
    return "allocated" if promised == sum(line.ordered for line in order.lines) else "partially_allocated"


def _events(order: PlannedOrder, outcome: _Outcome, allocation: AllocationPlan, number: str) -> list[dict[str, Any]]:
    """The first entries of the timeline."""
    total = {"number": number, "total": str(order.total), "currency": order.currency}
    events: list[tuple[str, dict[str, Any]]] = [("placed", total)]
    events += [("noted", note) for note in outcome.notes]
    events += [("hold_placed", {"type": hold.type, "reason": hold.reason}) for hold in outcome.holds]
    if allocation.picks:
        units = sum((pick.quantity for pick in allocation.picks), Decimal(0))
        events.append(("allocated", {"quantity": str(units), "locations": len(allocation.locations)}))
    if allocation.short:
        events.append(("backordered", {"quantity": str(sum(allocation.short.values(), Decimal(0)))}))
    return [{"id": new_id(), "kind": kind, "facts": facts} for kind, facts in events]


def _placed(
    command: PlaceOrder, order: PlannedOrder, outcome: _Outcome, allocation: AllocationPlan, number: str
) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.id, number=number, customer_id=order.buyer.id, channel=command.channel,
        currency=order.currency, total=order.total, holds=tuple(outcome.holds),
        allocated=sum((pick.quantity for pick in allocation.picks), Decimal(0)),
        short=sum(allocation.short.values(), Decimal(0)),
    )  # fmt: skip
