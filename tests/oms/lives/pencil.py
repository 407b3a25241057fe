"""What things cost, reckoned by hand in fractions: no code of the product, no rounding but by whole smallest coins.

A way of doing business says which coins there are, whether prices include tax, and what is rounded first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

Coins = int


@dataclass(frozen=True)
class Way:
    """coins: how many make one of the currency. level: "line" or "unit" is rounded"""

    currency: str = "USD"
    coins: int = 100
    inclusive: bool = False
    level: str = "line"

    def round(self, amount: Fraction) -> Coins:
        """To whole coins, halves away from zero; no amount here is below zero."""
        return int((amount * self.coins + Fraction(1, 2)) // 1)

    def money(self, coins: Coins) -> Decimal:
        return Decimal(coins) / self.coins

    def of(self, amount: Decimal) -> Coins:
        coins = amount * self.coins
        assert coins == int(coins), f"{amount} {self.currency} has parts of a coin"
        return int(coins)


@dataclass(frozen=True)
class Ware:
    """One line as it is priced: units, the agreed price of one, its tax rate."""

    sku: str
    units: int
    price: Fraction
    rate: Fraction


@dataclass(frozen=True)
class Priced:
    net: Coins
    tax: Coins
    off: Coins = 0


def whole(ware: Ware, way: Way) -> Coins:
    """What the line comes to in the price's own basis before anything is taken off."""
    if way.level == "unit":
        return way.round(ware.price) * ware.units
    return way.round(ware.price * ware.units)


def priced(ware: Ware, off: Coins, way: Way) -> Priced:
    """Net and tax of the line after `off` was taken off."""
    if not ware.units:
        return Priced(0, 0)
    left = whole(ware, way) - off
    with_tax = 1 + ware.rate
    if way.level == "unit":
        net = way.round(ware.price / with_tax if way.inclusive else ware.price) * ware.units
        gross = way.round(ware.price if way.inclusive else ware.price * with_tax) * ware.units
        if off and way.inclusive:
            net, gross = way.round(Fraction(net * left, gross) / way.coins), left
        elif off:
            gross, net = way.round(Fraction(gross * left, net) / way.coins), left
        return Priced(net, gross - net, off)
    if way.inclusive:
        tax = way.round(Fraction(left, way.coins) * ware.rate / with_tax)
        return Priced(left - tax, tax, off)
    taxed = Fraction(left, way.coins) if off else ware.price * ware.units
    return Priced(left, way.round(taxed * with_tax) - left, off)


def shares(total: Coins, weights: Sequence[int | Fraction]) -> list[Coins]:
    """Largest remainder; the coins that are left go where most was cut off, first come first."""
    exact = [Fraction(total) * weight / sum(weights) for weight in weights]
    given = [int(one) for one in exact]
    for at in sorted(range(len(exact)), key=lambda at: (given[at] - exact[at], at))[: total - sum(given)]:
        given[at] += 1
    return given


def remains(off: Coins, had: int, ware: Ware, way: Way) -> Coins:
    """Of what is taken off a line of `had` units, when `ware.units` are left: who goes takes his share, rounded down."""
    if not off or not ware.units:
        return 0
    return min(off - int(Fraction(off * (had - ware.units), had)), whole(ware, way))


SPRING = Fraction(10, 100)  # of tea and cups, by coupon, first
BULK, BULK_FROM = 3, 60  # off the whole order from this net total on
FREE_FROM = 150  # no freight from this net total on
FREIGHT, SMALL, SMALL_BELOW = Fraction("2.9"), Fraction("4.9"), 50
FREIGHT_RATE = Fraction("0.19")


@dataclass(frozen=True)
class Bill:
    """lines in the order of the wares; freight: net and tax; uses: promotion -> what it takes off"""

    lines: tuple[Priced, ...]
    freight: Priced
    uses: dict[str, Coins]

    @property
    def total(self) -> Coins:
        return sum(one.net + one.tax for one in (*self.lines, self.freight))


@dataclass(frozen=True)
class Written:
    """A line that is invoiced in full: what its invoice says it costs, and what each promotion took off it."""

    cost: Priced
    takes: Mapping[str, Coins]


def bill(
    wares: Sequence[Ware], way: Way, *, coupon: bool, written: Mapping[int, Written] = MappingProxyType({})
) -> Bill:
    """Promotions by priority, each on what those before left: the coupon, then so much off from a net total on. What
    they ask for is the order before promotions; freight goes by the order after them. What is written stands.

    written: index of a ware -> its invoice
    """
    before = sum(priced(one, 0, way).net for one in wares)
    left = [whole(one, way) for one in wares]
    took: list[dict[str, Coins]] = [{} for _ in wares]
    if coupon:
        for at, one in enumerate(wares):
            if one.sku in {"TEA", "CUP"}:
                took[at]["spring"] = min(way.round(Fraction(left[at], way.coins) * SPRING), left[at])
        left = [rest - each.get("spring", 0) for rest, each in zip(left, took, strict=True)]
    if before >= BULK_FROM * way.coins and sum(left):
        for each, share in zip(took, shares(min(BULK * way.coins, sum(left)), left), strict=True):
            each["bulk"] = share
    for at, invoice in written.items():
        took[at] = dict(invoice.takes)
    uses = {name: sum(each.get(name, 0) for each in took) for name in ("spring", "bulk")}
    uses = {name: off for name, off in uses.items() if off}
    lines = tuple(
        written[at].cost if at in written else priced(one, sum(took[at].values()), way) for at, one in enumerate(wares)
    )
    after = sum(one.net for one in lines)
    price = SMALL if after < SMALL_BELOW * way.coins else FREIGHT
    if before >= FREE_FROM * way.coins:
        uses["free"] = way.round(price)
        return Bill(lines, Priced(0, 0), uses)
    rounded = Fraction(way.round(price), way.coins)
    charge = priced(Ware("", 1, rounded, FREIGHT_RATE), 0, Way(way.currency, way.coins, way.inclusive))
    return Bill(lines, charge, uses)
