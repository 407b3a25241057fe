"""The catalogue as one customer sees it: what is sold to him, a page at a time, priced in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.carts.cart import CHANNEL
from oms.catalog.queries import escape_like
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.policy import OrderPolicy
from oms.placement.quote_order import QuotedLine, quote_order
from oms.pricing.plan import PriceCandidate, choose_price

# Sold to a customer is what some price list that is meant for him prices; the lists are found as placement finds them.
_OFFERS = """
WITH lists AS MATERIALIZED (
  SELECT l.id FROM price_lists l JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = %(customer)s
  LEFT JOIN LATERAL (SELECT a.country, lower(a.region) AS region FROM customer_addresses a
    WHERE a.tenant_id = %(tenant)s AND a.customer_id = c.id AND a.is_default_shipping
    ORDER BY a.id LIMIT 1) place ON true
  WHERE l.tenant_id = %(tenant)s AND l.active
    AND (l.currency = %(currency)s OR (%(convert)s AND EXISTS (SELECT FROM exchange_rates x
      WHERE x.tenant_id = %(tenant)s AND x.from_currency = l.currency AND x.to_currency = %(currency)s
        AND x.valid_from <= %(today)s)))
    AND (l.valid_from IS NULL OR l.valid_from <= %(today)s) AND (l.valid_to IS NULL OR l.valid_to > %(today)s)
    AND (l.scope = 'base' OR l.id IN (
      SELECT t.price_list_id FROM price_list_targets t WHERE t.tenant_id = %(tenant)s
        AND (t.customer_id = c.id OR t.group_id = c.group_id OR t.channel = %(channel)s
          OR (t.country = place.country AND (t.region IS NULL OR lower(t.region) = place.region)))))
)
SELECT s.code, s.name, s.base_unit, s.order_minimum, s.order_multiple, p.category, p.brand,
  (SELECT coalesce(jsonb_object_agg(u.unit, u.factor::text), '{{}}') FROM sku_units u
    WHERE u.tenant_id = %(tenant)s AND u.sku_id = s.id) AS units
FROM skus s JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
WHERE {where}
  AND EXISTS (SELECT FROM price_list_entries e
    WHERE e.tenant_id = %(tenant)s AND e.sku_id = s.id AND e.price_list_id IN (SELECT id FROM lists))
ORDER BY s.code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One SKU as the customer may buy it. Prices are of one base unit, before tax unless the order type says else.

    units       packaging unit -> base units in one
    start       the smallest quantity that may be ordered, in base units
    unit_price  for `start`; None where there is no price for so few
    tiers       (from quantity, price) of the list that holds, cheaper than unit_price; where rules change the price
                beyond the list, none are promised
    available   base units that could be promised now
    complete_on the day from which on `start` can be promised, where it cannot now
    """

    code: str
    name: str
    category: str
    brand: str
    base_unit: str
    units: dict[str, Decimal]
    minimum: Decimal
    multiple: Decimal
    start: Decimal
    unit_price: Decimal | None
    tiers: tuple[tuple[Decimal, Decimal], ...]
    available: Decimal
    complete_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """next  the code to go on behind; None on the last page"""

    offers: tuple[Offer, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFilter:
    """search is part of code, name, brand or barcode."""

    search: str = ""
    category: str | None = None
    after: str | None = None
    limit: int = 24


def list_offers(work: Work, customer_id: UUID, wanted: OfferFilter, policy: OrderPolicy) -> OfferPage:
    """Offers by code. Four statements whatever the size of the page. Raises CustomerUnknown."""
    rows = find_offered(work, customer_id, wanted, convert=policy.convert_prices)
    shown = rows[: wanted.limit]
    starts = [first_quantity(row.order_minimum, row.order_multiple) for row in shown]
    command = PlaceOrder(
        order_type=policy.key, channel=CHANNEL, customer_id=customer_id,
        lines=tuple(LineRequest(sku=row.code, quantity=start) for row, start in zip(shown, starts, strict=True)),
    )  # fmt: skip
    quote = quote_order(work, command, policy)
    offers = tuple(_offer(*each) for each in zip(shown, starts, quote.lines, strict=True))
    return OfferPage(offers=offers, next=shown[-1].code if len(rows) > wanted.limit else None)


def find_offered(work: Work, customer_id: UUID, wanted: OfferFilter, *, convert: bool = False) -> Sequence[Any]:
    """Rows of what is sold to the customer, one more than the limit where there are more. One statement.

    convert  lists in other currencies hold too
    """
    conditions = ["s.tenant_id = %(tenant)s", "s.active", "p.active"]
    words = wanted.search.lower().split()
    conditions += [f"s.search_text LIKE %(word_{number})s" for number in range(len(words[:8]))]
    if wanted.category:
        conditions.append("p.category = %(category)s")
    if wanted.after:
        conditions.append("s.code > %(after)s")
    return work.rows(
        _OFFERS.format(where=" AND ".join(conditions)),
        {
            "tenant": work.tenant_id, "customer": customer_id, "currency": work.tenant.currency, "today": work.today,
            "convert": convert, "channel": CHANNEL, "category": wanted.category, "after": wanted.after,
            "limit": wanted.limit + 1,
            **{f"word_{number}": f"%{escape_like(word)}%" for number, word in enumerate(words[:8])},
        },
    )  # fmt: skip


def first_quantity(minimum: Decimal, multiple: Decimal) -> Decimal:
    """The smallest quantity that keeps both rules.

    >>> first_quantity(Decimal(10), Decimal(6))
    Decimal('12')
    """
    steps = (max(minimum, multiple) / multiple).to_integral_value(rounding=ROUND_CEILING)
    return (steps * multiple).normalize() + 0


def tiers_of(
    candidates: Sequence[PriceCandidate], quantity: Decimal, price: Decimal
) -> tuple[tuple[Decimal, Decimal], ...]:
    """The cheaper tiers above `quantity` of the list that holds for it, by quantity."""
    winner = choose_price(candidates, quantity).winner
    if winner is None or winner.unit_price != price:
        return ()
    above = [
        (tier.min_quantity, tier.unit_price)
        for tier in candidates
        if tier.list_id == winner.list_id and tier.min_quantity > quantity and tier.unit_price < winner.unit_price
    ]
    return tuple(sorted(above))


def _offer(row: Any, start: Decimal, quoted: QuotedLine) -> Offer:
    price = quoted.planned.unit_price if quoted.planned else None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    if quoted.sku is not None and price is not None:
        tiers = tiers_of(quoted.sku.candidates, start, price)
    return Offer(
        code=row.code, name=row.name, category=row.category, brand=row.brand, base_unit=row.base_unit,
        units={unit: Decimal(factor) for unit, factor in row.units.items()},
        minimum=row.order_minimum, multiple=row.order_multiple, start=start, unit_price=price, tiers=tiers,
        available=quoted.available, complete_on=quoted.complete_on,
    )  # fmt: skip
