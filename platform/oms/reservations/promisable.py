"""What can be promised to whom, while positions are locked: free units, less what lots, channels and other people's
reservations forbid, and with what the buyer reserved himself.

One object serves one order as well as a chunk of thousands: each promise lowers what is left for the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.load_rules import load_channel_rules
from oms.channel_stock.plan import ChannelRule, limit_channel, used_more
from oms.inventory.lock_positions import FreeLot, LockedStock
from oms.reservations.give_back import TakenUnits

_ZERO = Decimal(0)
_Key = tuple[UUID, UUID]  # (location, SKU)
_HELD = """
SELECT r.id, r.sku_id, r.customer_id, r.channel, r.reference, r.until, u.location_id, u.quantity
FROM reservations r
JOIN reservation_units u ON u.tenant_id = %(tenant)s AND u.reservation_id = r.id AND u.quantity > 0
WHERE r.tenant_id = %(tenant)s AND r.sku_id = ANY(%(skus)s) AND r.state = 'active'
ORDER BY r.until, r.id
"""
_REMAINING_LIFE = """
SELECT id, min_remaining_days FROM customers
WHERE tenant_id = %(tenant)s AND id = ANY(%(customers)s) AND min_remaining_days > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who is promised stock.

    reference  the order's number at its channel; a reservation under it is the order's own
    """

    order_id: UUID | None
    customer_id: UUID | None
    channel: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotShare:
    """lot_id  None where the SKU is not kept by lot"""

    lot_id: UUID | None
    quantity: Decimal


@dataclass(slots=True)
class _Held:
    """What a reservation still holds at one location."""

    id: UUID
    sku_id: UUID
    location_id: UUID
    customer_id: UUID | None
    channel: str
    reference: str
    quantity: Decimal


@dataclass(slots=True)
class Promisable:
    """free        (location, SKU) -> units that nobody has, below 0 where the safety stock is short
    given_back  units taken out of reservations; to be written (`give_back`) before the promises are
    told        what rules of channels held back in the last look, SKU -> lines of the trace
    """

    stock: LockedStock
    free: dict[_Key, Decimal]
    lots: dict[_Key, tuple[FreeLot, ...]]
    rules: dict[UUID, tuple[ChannelRule, ...]]
    held: list[_Held]
    min_days: dict[UUID, int]
    today: Any
    given_back: list[TakenUnits] = field(default_factory=list)
    told: dict[UUID, tuple[dict[str, Any], ...]] = field(default_factory=dict)

    def trial(self) -> Promisable:
        """One like this to try promises on; nothing of it comes back here."""
        return replace(
            self, free=dict(self.free), lots=dict(self.lots), rules=dict(self.rules),
            held=[replace(each) for each in self.held], given_back=list(self.given_back), told={},
        )  # fmt: skip

    def own_of(self, buyer: Buyer) -> dict[_Key, Decimal]:
        """(location, SKU) -> units that are reserved for the buyer."""
        keys = {(held.location_id, held.sku_id) for held in self.held if self._is_own(buyer, held)}
        return {key: self._own(buyer, key) for key in keys}

    def available_to(self, buyer: Buyer, skus: Iterable[UUID]) -> dict[_Key, Decimal]:
        """(location, SKU) -> base units that the buyer may be promised now, >= 0."""
        found: dict[_Key, Decimal] = {}
        for sku_id in dict.fromkeys(skus):
            free = {
                place.id: max(self.free[place.id, sku_id], _ZERO)
                for place in self.stock.places
                if (place.id, sku_id) in self.free
            }
            if sku_id in self.rules:
                free = self._limited(buyer, sku_id, free)
            for location_id, units in free.items():
                key = (location_id, sku_id)
                with_own = units + self._own(buyer, key)
                found[key] = min(with_own, self._fit(buyer, key)) if self.stock.positions[key].by_lot else with_own
        return found

    def take(self, buyer: Buyer, location_id: UUID, sku_id: UUID, quantity: Decimal) -> tuple[LotShare, ...]:
        """Promises units that `available_to` offered: the buyer's reservations first, lots that expire first before
        others. Returns the lots."""
        key = (location_id, sku_id)
        from_own = self._use_own(buyer, key, quantity)
        self.free[key] -= quantity - from_own
        if sku_id in self.rules:
            self.rules[sku_id] = used_more(self.rules[sku_id], buyer.channel, location_id, quantity - from_own)
        if not self.stock.positions[key].by_lot:
            return (LotShare(lot_id=None, quantity=quantity),)
        return self._take_lots(buyer, key, quantity)

    def _limited(self, buyer: Buyer, sku_id: UUID, free: dict[UUID, Decimal]) -> dict[UUID, Decimal]:
        by_preference = {place.id: (place.priority, place.key) for place in self.stock.places}
        ordered = {place: free[place] for place in sorted(free, key=lambda each: by_preference[each])}
        on_hand = {place: self.stock.positions[place, sku_id].on_hand for place in ordered}
        limited = limit_channel(buyer.channel, self.rules[sku_id], ordered, on_hand)
        self.told[sku_id] = limited.told
        return dict(limited.available)

    def _is_own(self, buyer: Buyer, held: _Held) -> bool:
        if held.channel and held.channel != buyer.channel:
            return False
        if held.customer_id is not None and held.customer_id != buyer.customer_id:
            return False
        if held.reference:
            return held.reference == buyer.reference
        return held.customer_id is not None

    def _own(self, buyer: Buyer, key: _Key) -> Decimal:
        return sum(
            (
                held.quantity
                for held in self.held
                if (held.location_id, held.sku_id) == key and self._is_own(buyer, held)
            ),
            _ZERO,
        )

    def _use_own(self, buyer: Buyer, key: _Key, wanted: Decimal) -> Decimal:
        left = wanted
        for held in self.held:
            if left <= 0:
                break
            if held.quantity <= 0 or (held.location_id, held.sku_id) != key or not self._is_own(buyer, held):
                continue
            units = min(held.quantity, left)
            held.quantity -= units
            left -= units
            self.given_back.append(
                TakenUnits(
                    reservation_id=held.id, sku_id=held.sku_id, location_id=held.location_id, quantity=units,
                    state="converted", order_id=buyer.order_id,
                )
            )  # fmt: skip
        return wanted - left

    def _life(self, buyer: Buyer, key: _Key) -> int:
        asked = self.min_days.get(buyer.customer_id, 0) if buyer.customer_id else 0
        return max(self.stock.positions[key].min_days, asked)

    def _fits(self, lot: FreeLot, days: int) -> bool:
        return lot.expires_on is None or bool(lot.expires_on > self.today + timedelta(days=days))

    def fit_lots(self, buyer: Buyer, key: _Key) -> tuple[FreeLot, ...]:
        """Lots with free units that live long enough for the buyer, those that expire first before others."""
        days = self._life(buyer, key)
        return tuple(lot for lot in self.lots.get(key, ()) if lot.free > 0 and self._fits(lot, days))

    def _fit(self, buyer: Buyer, key: _Key) -> Decimal:
        return sum((lot.free for lot in self.fit_lots(buyer, key)), _ZERO)

    def _take_lots(self, buyer: Buyer, key: _Key, quantity: Decimal) -> tuple[LotShare, ...]:
        days, left = self._life(buyer, key), quantity
        shares: list[LotShare] = []
        after: list[FreeLot] = []
        for lot in self.lots.get(key, ()):
            units = min(lot.free, left) if self._fits(lot, days) else _ZERO
            if units > 0:
                shares.append(LotShare(lot_id=lot.lot_id, quantity=units))
                left -= units
            after.append(replace(lot, free=lot.free - units))
        assert left == 0, "more was taken than was offered"
        self.lots[key] = tuple(after)
        return tuple(shares)


def load_promisable(work: Work, stock: LockedStock, buyers: Sequence[Buyer]) -> Promisable:
    """No statement where nothing is reserved, nothing is kept by lot and no channel is limited; one for each of these
    that is. Reservations whose time is over are given back."""
    skus = sorted({sku_id for _, sku_id in stock.positions})
    promisable = Promisable(
        stock=stock,
        free={key: position.free for key, position in stock.positions.items()},
        lots=dict(stock.lots),
        rules=load_channel_rules(work, skus) if stock.has_rules else {},
        held=[],
        min_days=_remaining_life(work, buyers) if stock.lots else {},
        today=work.today,
    )
    if any(position.reserved > 0 for position in stock.positions.values()):
        _load_held(work, promisable, skus)
    return promisable


def _load_held(work: Work, promisable: Promisable, skus: Sequence[UUID]) -> None:
    for row in work.rows(_HELD, {"tenant": work.tenant_id, "skus": list(skus)}):
        key = (row.location_id, row.sku_id)
        if key not in promisable.free:
            continue  # at a location that is not in use: not locked here, so left to the job
        if row.until <= work.now:
            promisable.free[key] += row.quantity
            promisable.given_back.append(
                TakenUnits(
                    reservation_id=row.id, sku_id=row.sku_id, location_id=row.location_id, quantity=row.quantity,
                    state="expired",
                )
            )  # fmt: skip
        else:
            promisable.held.append(
                _Held(row.id, row.sku_id, row.location_id, row.customer_id, row.channel, row.reference, row.quantity)
            )


def _remaining_life(work: Work, buyers: Sequence[Buyer]) -> dict[UUID, int]:
    customers = sorted({buyer.customer_id for buyer in buyers if buyer.customer_id is not None})
    if not customers:
        return {}
    rows = work.rows(_REMAINING_LIFE, {"tenant": work.tenant_id, "customers": customers})
    return {row.id: row.min_remaining_days for row in rows}
