"""The integer programme of orders that compete: units of lines from locations, which locations ship, what is split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.allocation.candidates import Candidate, Limits
from oms.allocation.milp import Model
from oms.allocation.plan import AllocationPlan, Demand, Pick

_ZERO = Decimal(0)
_Key = tuple[UUID, UUID]  # (location, SKU)


@dataclass(slots=True)
class _Column:
    """Units of a line from a location: `step` base units for each whole number of the variable."""

    index: int
    line: Demand
    place: UUID
    step: Decimal


class PartModel:
    """The model of orders that compete."""

    def __init__(self, orders: Sequence[Candidate], limits: Limits) -> None:
        self.orders, self.limits = orders, limits
        self.model = Model()
        self.columns: dict[UUID, list[_Column]] = {}
        self.ships: dict[UUID, dict[UUID, int]] = {}
        for one in orders:
            self._add_order(one)
        self._share_stock()
        self._share_days()

    def solve(self, seconds: float) -> tuple[dict[UUID, AllocationPlan] | None, bool]:
        """(order -> plan, whether it is proven to be the best); (None, …) where nothing was found in time."""
        values, proven = self.model.solve(seconds)
        return (None if values is None else {one.order_id: self._plan(one, values) for one in self.orders}), proven

    def _add_order(self, one: Candidate) -> None:
        given: dict[tuple[UUID, UUID], Decimal] = {}
        for pick in one.by_rules.picks:
            key = (pick.line_id, pick.location_id)
            given[key] = given.get(key, _ZERO) + pick.quantity
        chosen = set(one.by_rules.locations)
        columns: list[_Column] = []
        ships: dict[UUID, int] = {}
        for place in one.places:
            of_place = [
                column for line in one.demand if (column := self._add_units(one, line, place, given)) is not None
            ]
            if not of_place:
                continue
            base = float(one.tariff.base.get(place, _ZERO))
            ships[place] = self.model.binary(base, start=place in chosen)
            for column in of_place:
                most = self.model.upper(column.index)
                self.model.row([(column.index, 1.0), (ships[place], -most)], upper=0.0)
            self._keep_to_place(one, place, of_place)
            columns += of_place
        self.columns[one.order_id], self.ships[one.order_id] = columns, ships
        self._keep_to_lines(one, columns)
        self._count_splits(one, ships, len(chosen))

    def _add_units(
        self, one: Candidate, line: Demand, place: UUID, given: Mapping[tuple[UUID, UUID], Decimal]
    ) -> _Column | None:
        there = min(one.available.get((place, line.sku_id), _ZERO), line.open)
        step = line.open if one.rule.whole_lines else _step(line.open, there)
        most = int(there / step)
        if most <= 0:
            return None
        worth = one.tariff.per_unit.get((place, line.sku_id), _ZERO) - one.tariff.unfilled
        start = int(given.get((line.line_id, place), _ZERO) / step)
        return _Column(self.model.integer(float(worth * step), most, start=start), line, place, step)

    def _keep_to_place(self, one: Candidate, place: UUID, of_place: Sequence[_Column]) -> None:
        """Two lines of one SKU do not both take the same units."""
        for sku in {column.line.sku_id for column in of_place}:
            same = [column for column in of_place if column.line.sku_id == sku]
            if len(same) > 1:
                there = float(one.available.get((place, sku), _ZERO))
                self.model.row([(column.index, float(column.step)) for column in same], upper=there)

    def _keep_to_lines(self, one: Candidate, columns: Sequence[_Column]) -> None:
        goes = None
        if one.all_or_nothing:
            whole = not one.by_rules.short and bool(one.by_rules.picks)
            goes = self.model.binary(0.0, start=whole)
        for line in one.demand:
            terms = [(column.index, float(column.step)) for column in columns if column.line is line]
            if goes is not None:
                self.model.row([*terms, (goes, -float(line.open))], upper=0.0, lower=0.0)
            elif one.rule.partial == "whole_line":
                goes_whole = self.model.binary(0.0, start=line.line_id not in one.by_rules.short)
                self.model.row([*terms, (goes_whole, -float(line.open))], upper=0.0, lower=0.0)
            elif terms:
                self.model.row(terms, upper=float(line.open))

    def _count_splits(self, one: Candidate, ships: Mapping[UUID, int], chosen: int) -> None:
        if len(ships) < 2:
            return
        if not one.rule.allow_split:
            self.model.row([(index, 1.0) for index in ships.values()], upper=1.0)
        elif one.tariff.split > 0:
            further = self.model.continuous(float(one.tariff.split), start=float(max(chosen - 1, 0)))
            self.model.row([*((index, 1.0) for index in ships.values()), (further, -1.0)], upper=1.0)

    def _share_stock(self) -> None:
        taken: dict[_Key, list[tuple[Candidate, list[_Column]]]] = {}
        for one in self.orders:
            for column in self.columns[one.order_id]:
                users = taken.setdefault((column.place, column.line.sku_id), [])
                if not users or users[-1][0] is not one:
                    users.append((one, []))
                users[-1][1].append(column)
        for (place, sku), users in taken.items():
            used = [(one.pool, self._beyond_own(one, place, sku, columns)) for one, columns in users]
            self._limit([terms for _, terms in used], self.limits.free.get((place, sku), _ZERO))
            for pool in sorted({pool for pool, _ in used}):
                limit = self.limits.pools.get((pool, place, sku))
                if limit is not None:
                    self._limit([terms for of, terms in used if of == pool], limit)

    def _beyond_own(
        self, one: Candidate, place: UUID, sku: UUID, columns: Sequence[_Column]
    ) -> list[tuple[int, float]]:
        """What the order takes of units that others could have."""
        terms = [(column.index, float(column.step)) for column in columns]
        own = one.own.get((place, sku), _ZERO)
        if own <= 0:
            return terms
        start = sum(self.model.start_of(index) * step for index, step in terms) - float(own)
        beyond = self.model.continuous(0.0, start=max(start, 0.0))
        self.model.row([*terms, (beyond, -1.0)], upper=float(own))
        return [(beyond, 1.0)]

    def _limit(self, users: Sequence[Sequence[tuple[int, float]]], most: Decimal) -> None:
        terms = [term for of_order in users for term in of_order]
        self.model.row(terms, upper=float(max(most, _ZERO)))

    def _share_days(self) -> None:
        for place, most in self.limits.capacity.items():
            terms = [
                (self.ships[one.order_id][place], 1.0)
                for one in self.orders
                if one.rule.leaves_full_out and place in self.ships[one.order_id]
            ]
            if len(terms) > most:
                self.model.row(terms, upper=float(max(most, 0)))

    def _plan(self, one: Candidate, values: Sequence[float]) -> AllocationPlan:
        short = {line.line_id: line.open for line in one.demand}
        picks = []
        for column in self.columns[one.order_id]:
            units = round(values[column.index]) * column.step
            if units > 0:
                picks.append(Pick(column.line.line_id, column.line.sku_id, column.place, units))
                short[column.line.line_id] -= units
        left = {line: units for line, units in short.items() if units > 0}
        return AllocationPlan(picks=tuple(picks), short=left, rounds=())


def _step(*quantities: Decimal) -> Decimal:
    """The coarsest power of ten, at most 1, of which all quantities are multiples."""
    finest = min((exponent(quantity) for quantity in quantities), default=0)
    return Decimal(1).scaleb(min(finest, 0))


def exponent(quantity: Decimal) -> int:
    found = quantity.normalize().as_tuple().exponent
    return found if isinstance(found, int) else 0
