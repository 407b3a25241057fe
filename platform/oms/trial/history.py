"""The tenant's placed orders as a backtest's history: two configurations, the same recorded facts, sets in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from low_code.backtests.history import Chunk, Difference, Tallies
from low_code.flows.directory import UserDirectory
from low_code.kinds.order_type.compile import OrderType
from low_code.registry import Configuration, split_address
from oms.trial.asked_once import AskedOnce
from oms.trial.decide import Decided, Priced, Side, Stop, differing, judge, refusal
from oms.trial.load_recorded import load_places, load_recorded
from oms.trial.recorded import RecordedOrder
from oms.trial.set_based import OfType, make_tables, price_all, put_prices, review_all

MOST_ORDERS = 100_000
DEFAULT_ORDERS = 5_000

BAD_LIMIT = N_("A backtest looks at 1 to {most} orders.")
DAYS_CROSSED = N_("The first day is behind the last one.")

_SCOPE = """
o.tenant_id = %(tenant)s AND o.status <> 'draft' AND o.placed_at <= %(until)s
AND (%(from)s::date IS NULL OR o.placed_on >= %(from)s) AND (%(to)s::date IS NULL OR o.placed_on <= %(to)s)
AND (%(order_type)s::text IS NULL OR o.order_type = %(order_type)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The last `limit` placed orders until an instant. placed_from, placed_to: first and last day, or None"""

    limit: int
    until: datetime
    placed_from: date | None = None
    placed_to: date | None = None
    order_type: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "limit": self.limit, "until": self.until.isoformat(), "order_type": self.order_type,
            "from": self.placed_from.isoformat() if self.placed_from else None,
            "to": self.placed_to.isoformat() if self.placed_to else None,
        }  # fmt: skip

    def check(self) -> None:
        """raises Invalid with every fault"""
        problems = []
        if not 1 <= self.limit <= MOST_ORDERS:
            problems.append(Problem("/limit", "bad_limit", BAD_LIMIT, {"most": MOST_ORDERS}))
        if self.placed_from and self.placed_to and self.placed_from > self.placed_to:
            problems.append(Problem("/from", "days_crossed", DAYS_CROSSED))
        if problems:
            raise Invalid(problems=problems)


class PlacedOrders:
    """`low_code.backtests.history.History` over placed orders."""

    def count(self, work: Work, scope: Mapping[str, Any]) -> int:
        found = work.scalar(
            f"SELECT count(*) FROM (SELECT 1 FROM orders o WHERE {_SCOPE} LIMIT %(limit)s) x",
            {**scope, "tenant": work.tenant_id},
        )
        return int(found)

    def decide(
        self,
        work: Work,
        scope: Mapping[str, Any],
        cursor: Any,
        size: int,
        before: Configuration,
        after: Configuration,
    ) -> Chunk:
        rows = work.rows(
            f"SELECT o.id, o.placed_at FROM orders o WHERE {_SCOPE}"
            " AND (%(at)s::timestamptz IS NULL OR (o.placed_at, o.id) < (%(at)s::timestamptz, %(id)s::uuid))"
            " ORDER BY o.placed_at DESC, o.id DESC LIMIT %(size)s",
            {
                **scope, "tenant": work.tenant_id, "size": size,
                "at": cursor["at"] if cursor else None, "id": cursor["id"] if cursor else None,
            },
        )  # fmt: skip
        orders = load_recorded(work, [row.id for row in rows])
        sides = sides_of(work, before, after)
        decided = decide_all(work, orders, sides)
        differences = []
        for order, (one, other) in zip(orders, decided, strict=True):
            if what := differing(one, other):
                differences.append(
                    Difference(
                        subject_id=order.id, label=order.number, what=what, before=one.to_json(), after=other.to_json()
                    )
                )
        last = {"at": rows[-1].placed_at.isoformat(), "id": str(rows[-1].id)} if rows else cursor
        return Chunk(
            looked_at=len(rows), cursor=last, tallies=tally(orders, decided, differences), differences=differences
        )


def sides_of(work: Work, before: Configuration, after: Configuration) -> tuple[Side, Side]:
    """Both configurations with the people and locations of today."""
    places, directory = load_places(work), AskedOnce(UserDirectory(work))
    common = {"locale": work.tenant.locale, "places": places, "directory": directory}
    return Side(documents=before, **common), Side(documents=after, **common)  # type: ignore[arg-type]


def decide_all(work: Work, orders: Sequence[RecordedOrder], sides: tuple[Side, Side]) -> list[tuple[Decided, Decided]]:
    """(before, after) of each order, in their order: as `oms.trial.decide.decide`, with prices and reviews as sets."""
    if not orders:
        return []
    make_tables(work)
    found: dict[UUID, list[Decided]] = {order.id: [] for order in orders}
    priced: list[dict[UUID, Priced]] = [{}, {}]
    reviewed: list[dict[UUID, tuple[Stop, ...]]] = [{}, {}]
    for order_type in sorted({order.order_type for order in orders}):
        group = [order for order in orders if order.order_type == order_type]
        for number, side in enumerate(sides):
            taken = _taken(side, order_type, group)
            if taken is None:
                continue
            same_prices = number == 1 and _prices_alike(sides, order_type) and _ids(taken.orders) <= priced[0].keys()
            new = {o.id: priced[0][o.id] for o in taken.orders} if same_prices else price_all(work, side, taken)
            priced[number].update(new)
            reviewed[number].update(_review(work, sides, number, taken, priced, reviewed[0]))
    for number, side in enumerate(sides):
        for order in orders:
            found[order.id].append(_decided(order, side, priced[number], reviewed[number]))
    return [(found[order.id][0], found[order.id][1]) for order in orders]


def _taken(side: Side, order_type: str, group: Sequence[RecordedOrder]) -> OfType | None:
    """The orders that this configuration would take; None where there is none."""
    policy = side.policy(order_type)
    orders = [order for order in group if not refusal(order, policy)]
    return OfType(key=order_type, policy=policy, orders=orders) if policy and orders else None


def _ids(orders: Iterable[RecordedOrder]) -> set[UUID]:
    return {order.id for order in orders}


def _review(
    work: Work,
    sides: tuple[Side, Side],
    number: int,
    taken: OfType,
    priced: Sequence[Mapping[UUID, Priced]],
    before: Mapping[UUID, tuple[Stop, ...]],
) -> dict[UUID, tuple[Stop, ...]]:
    """The rules that apply to each order. What both configurations ask of equal figures is asked once."""
    rules_key = _order_type(sides[number], taken.key).review_rules
    if rules_key is None:
        return {order.id: () for order in taken.orders}
    known: dict[UUID, tuple[Stop, ...]] = {}
    if number == 1 and _reviews_alike(sides, taken.key):
        known = {
            order.id: before[order.id]
            for order in taken.orders
            if order.id in before and _same_figures(priced[0][order.id], priced[1][order.id])
        }
    asked = [order for order in taken.orders if order.id not in known]
    if not asked:
        return known
    put_prices(work, number, asked, priced[number])
    return {**known, **review_all(work, sides[number], number, rules_key, [order.id for order in asked])}


def _same_figures(one: Priced, other: Priced) -> bool:
    if one is other:
        return True
    return (one.prices, one.amounts, one.charges) == (other.prices, other.amounts, other.charges)


def _order_type(side: Side, key: str) -> OrderType:
    found: OrderType = side.documents.compiled("order_type", key)
    return found


def _lent(side: Side) -> dict[str, str]:
    """Documents that any other may read through: fields, by which custom values are read, and named conditions."""
    kinds = side.documents.registry.kinds
    lending = {name for name, kind in kinds.items() if kind.extend_subjects or kind.named_expression}
    return {name: found for name, found in side.documents.hashes.items() if split_address(name)[0] in lending}


def _prices_alike(sides: tuple[Side, Side], key: str) -> bool:
    def of(side: Side) -> Any:
        kind, policy = _order_type(side, key), side.policy(key)
        assert policy is not None
        used = [f"price_rule/{rule}" for rule in kind.price_rules]
        used += [f"promotion/{promotion}" for promotion in kind.promotions]
        used += [f"decision_table/{kind.freight_table}"] if kind.freight_table else []
        rules = [(name, side.documents.hashes.get(name)) for name in used]
        return rules, kind.freight_tax_class, policy.rounding, policy.prices_include_tax, _lent(side)

    return all(side.policy(key) is not None for side in sides) and bool(of(sides[0]) == of(sides[1]))


def _reviews_alike(sides: tuple[Side, Side], key: str) -> bool:
    def of(side: Side) -> Any:
        rules = _order_type(side, key).review_rules
        return side.documents.hashes.get(f"review_rules/{rules}"), _lent(side)

    return all(side.policy(key) is not None for side in sides) and bool(of(sides[0]) == of(sides[1]))


def _decided(
    order: RecordedOrder, side: Side, priced: Mapping[UUID, Priced], reviewed: Mapping[UUID, tuple[Stop, ...]]
) -> Decided:
    policy = side.policy(order.order_type)
    if refused := refusal(order, policy):
        return Decided(refused=refused)
    assert policy is not None
    figures, decided = priced[order.id], Decided()
    rule = policy.allocation
    reads = bool(policy.approval_flows or (rule and rule.takes_part))
    values = order.subject(figures.prices, figures.amounts, figures.discounts, figures.charged) if reads else {}
    judge(decided, order, side, policy, figures, reviewed[order.id], values)
    return decided


def tally(
    orders: Sequence[RecordedOrder], decided: Sequence[tuple[Decided, Decided]], differences: Sequence[Difference]
) -> Tallies:
    """The sums of the report. `{side}` is before or after; each counts orders unless it is money:

    changed, what.{decision}; unknown.credit, unknown.allocation: orders of which the log does not hold what was read
    placed.{side}, refused.{side}.{why}; held.{side}, holds.{side}.{type}; approval.{side}
    allocated.{side}, split.{side}, short.{side}, location.{side}.{key}; money.{side}.{currency}: totals of the placed
    """
    counts: Counter[str] = Counter(changed=len(differences))
    money: dict[str, Decimal] = {}
    counts.update(f"what.{name}" for each in differences for name in each.what)
    for order, both in zip(orders, decided, strict=True):
        if any(not one.refused and not one.allocation_known for one in both):
            counts["unknown.allocation"] += 1
        if any(not one.credit and one.refused not in {"order_type", "channel"} for one in both):
            counts["unknown.credit"] += 1
        for side, one in zip(("before", "after"), both, strict=True):
            if one.refused:
                counts[f"refused.{side}.{one.refused}"] += 1
                continue
            counts[f"placed.{side}"] += 1
            counts.update(f"holds.{side}.{kind}" for kind in set(one.holds))
            counts[f"held.{side}"] += one.is_held
            counts[f"approval.{side}"] += one.approval is not None
            counts[f"allocated.{side}"] += bool(one.picks)
            counts[f"split.{side}"] += one.is_split
            counts[f"short.{side}"] += one.short > 0
            counts.update(f"location.{side}.{key}" for key in {key for _, key, _ in one.picks or ()})
            name = f"money.{side}.{order.currency}"
            money[name] = money.get(name, Decimal(0)) + one.total
    return {**counts, **money}
