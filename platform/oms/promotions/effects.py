"""How much an effect takes off each line: pure reckoning, exact to the cent.

Everything is reckoned on what promotions before left of a line, and never takes more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from kernel.money import Money, RoundingMode, apportion, round_amount
from low_code.expressions import Evaluate
from low_code.kinds.promotion.compile import Effect

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What is left of each line, in the order of the lines.

    quantities  base units, > 0
    left        amounts in the basis of the prices, rounded to the currency's digits, >= 0
    picks       whether a condition of the promotion holds for the line at an index
    """

    quantities: Sequence[Decimal]
    left: Sequence[Decimal]
    picks: Callable[[Evaluate, int], bool]
    currency: str
    mode: RoundingMode

    def rounded(self, amount: Decimal) -> Decimal:
        return round_amount(amount, self.currency, self.mode)

    def share(self, amount: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
        """`amount`, rounded, on lines by what they weigh, never more on a line than it weighs."""
        if amount <= 0 or not any(weights.values()):
            return {}
        shares = apportion(Money(amount, self.currency), list(weights.values()))
        return {index: share.amount for index, share in zip(weights, shares, strict=True) if share.amount}


def taken_off(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    """Index of a line -> what is taken off it, > 0. chosen: the lines that the promotion picks, in their order"""
    return _EFFECTS[effect.do](effect, chosen, goods)


def _percent(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    off = {index: goods.rounded(goods.left[index] * effect.value / _HUNDRED) for index in chosen}
    return _within(off, goods)


def _amount(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    if effect.each:
        return _within({index: goods.rounded(effect.value * goods.quantities[index]) for index in chosen}, goods)
    left = {index: goods.left[index] for index in chosen}
    return goods.share(min(goods.rounded(effect.value), sum(left.values(), Decimal(0))), left)


def _fixed_price(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    costs = {index: goods.rounded(effect.value * goods.quantities[index]) for index in chosen}
    return _within({index: goods.left[index] - cost for index, cost in costs.items()}, goods)


def _buy_get(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    """The cheapest units get cheaper; of equally cheap ones those of the earlier line."""
    units = sum((goods.quantities[index] for index in chosen), Decimal(0))
    if effect.cheaper is None:
        times = _times(units, effect.buy + effect.get, effect.most)
        candidates: Sequence[int] = chosen
    else:
        times = _times(units, effect.buy, effect.most)
        cheaper = effect.cheaper
        candidates = [index for index in range(len(goods.left)) if goods.picks(cheaper, index)]
    wanted = times * effect.get
    off = {}
    for index in sorted(candidates, key=lambda at: (goods.left[at] / goods.quantities[at], at)):
        of_line = min(wanted, goods.quantities[index])
        if of_line <= 0:
            break
        # Divided last: a quotient without end, cut off too early, would miss a tie.
        off[index] = goods.rounded(goods.left[index] * of_line * effect.percent / (goods.quantities[index] * _HUNDRED))
        wanted -= of_line
    return _within(off, goods)


def _bundle(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    """A line belongs to the first part that picks it; units are taken in the order of the lines."""
    of_part: list[list[int]] = [[] for _ in effect.parts]
    for index in range(len(goods.left)):
        first = next((at for at, each in enumerate(effect.parts) if goods.picks(each.holds, index)), None)
        if first is not None:
            of_part[first].append(index)
    times = min(
        _times(sum((goods.quantities[index] for index in lines), Decimal(0)), part.quantity, effect.most)
        for part, lines in zip(effect.parts, of_part, strict=True)
    )
    worth: dict[int, Decimal] = {}
    for each, lines in zip(effect.parts, of_part, strict=True):
        wanted = times * each.quantity
        for index in lines:
            units = min(wanted, goods.quantities[index])
            if units > 0:
                worth[index] = goods.rounded(goods.left[index] * units / goods.quantities[index])
                worth[index] = min(worth[index], goods.left[index])
                wanted -= units
    saved = sum(worth.values(), Decimal(0)) - goods.rounded(effect.price * times)
    return goods.share(saved, worth)


def _waive(effect: Effect, chosen: Sequence[int], goods: Goods) -> dict[int, Decimal]:
    return {}


def _times(units: Decimal, each: Decimal, most: int | None) -> Decimal:
    times = (units / each).to_integral_value(rounding=ROUND_DOWN)
    return times if most is None else min(times, Decimal(most))


def _within(off: Mapping[int, Decimal], goods: Goods) -> dict[int, Decimal]:
    return {index: min(amount, goods.left[index]) for index, amount in off.items() if amount > 0 < goods.left[index]}


_EFFECTS: Mapping[str, Callable[[Effect, Sequence[int], Goods], dict[int, Decimal]]] = {
    "percent": _percent,
    "amount": _amount,
    "fixed_price": _fixed_price,
    "buy_get": _buy_get,
    "bundle": _bundle,
    "waive": _waive,
}
