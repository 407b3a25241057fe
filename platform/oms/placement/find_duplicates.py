"""Orders that look like an earlier one: the same buyer, goods, amount or address within a window.

One order and a chunk of a file are asked by statements that are put together of the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import md5
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from oms.placement.commands import HoldPlaced
from oms.placement.policy import DuplicatePolicy, OrderPolicy

LOOKS_LIKE = N_("looks like another order")

# An address that says nothing is nobody's. What a channel masks is not compared.
_ADDRESS = """lower(concat_ws('|', {row} ->> 'recipient', {row} ->> 'street', {row} ->> 'city',
    {row} ->> 'postal_code', {row} ->> 'country'))"""
_SAME: Mapping[str, str] = {
    "buyer": "d.customer_id = {customer}",
    "goods": "d.goods_key = {goods} AND d.goods_key <> ''",
    "amount": "d.total = {total} AND d.currency = {currency}",
    "address": "NOT d.receiver_hidden AND {place} <> '' AND " + _ADDRESS.replace("{row}", "d.ship_to") + " = {place}",
}
_ONE = """
SELECT d.id, d.number FROM orders d
WHERE d.tenant_id = %(tenant)s AND d.status <> 'cancelled' AND d.number IS NOT NULL
  AND d.placed_at BETWEEN %(now)s - %(window)s::interval AND %(now)s + %(window)s::interval AND {same}
ORDER BY d.placed_at DESC, d.id DESC LIMIT 1
"""
# Of a chunk: an order looks like one that was there before, or that stands above it in the file.
_CHUNK = """
SELECT o.id, x.id AS other, x.number FROM orders o JOIN m_orders m ON m.id = o.id
CROSS JOIN LATERAL (
  SELECT d.id, d.number FROM orders d LEFT JOIN m_orders e ON e.id = d.id
  WHERE d.tenant_id = %(tenant)s AND d.status <> 'cancelled' AND d.number IS NOT NULL
    AND d.placed_at BETWEEN o.placed_at - %(window)s::interval AND o.placed_at + %(window)s::interval
    AND d.id <> o.id AND (e.seq IS NULL OR e.seq < m.seq) AND {same}
  ORDER BY d.placed_at DESC, e.seq DESC NULLS LAST, d.id DESC LIMIT 1
) x
WHERE o.tenant_id = %(tenant)s
"""
# As goods_key makes it, for SQL over rows of (sku_id, ordered).
GOODS_KEY_SQL = """md5(string_agg(g.sku_id::text || ' ' || trim_scale(g.ordered)::text, E'\\n' ORDER BY g.sku_id))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What of an order is compared."""

    customer_id: UUID
    goods: str
    total: Decimal
    currency: str
    ship_to: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """An earlier order that another one looks like."""

    order_id: UUID
    number: str

    def hold(self, policy: OrderPolicy) -> HoldPlaced:
        return HoldPlaced(type="review", reason=LOOKS_LIKE, source=source_of(policy), other=self.order_id)

    def note(self, policy: OrderPolicy) -> dict[str, Any]:
        """As the timeline keeps it."""
        return {"reason": LOOKS_LIKE, "source": source_of(policy), "order": self.number}


def goods_key(goods: Iterable[tuple[UUID, Decimal]]) -> str:
    """(SKU, base units) each, in any order, a SKU as often as it likes -> a text that is the same for the same goods.

    >>> tea, cup = UUID(int=1), UUID(int=2)
    >>> goods_key([(tea, Decimal("2.50")), (cup, Decimal(1))]) == goods_key([(cup, Decimal(1)), (tea, Decimal("2.5"))])
    True
    """
    units: dict[UUID, Decimal] = {}
    for sku_id, quantity in goods:
        units[sku_id] = units.get(sku_id, Decimal(0)) + quantity
    told = "\n".join(f"{sku_id} {units[sku_id].normalize():f}" for sku_id in sorted(units, key=str))
    return md5(told.encode(), usedforsecurity=False).hexdigest()


def find_duplicate(work: Work, candidate: Candidate, policy: DuplicatePolicy) -> Lookalike | None:
    """The newest order that the candidate looks like; one that was cancelled counts no longer."""
    row = work.row(
        _ONE.format(same=_same(policy, _of_parameters())),
        {
            "tenant": work.tenant_id, "now": work.now, "window": policy.window, "customer": candidate.customer_id,
            "goods": candidate.goods, "total": candidate.total, "currency": candidate.currency,
            "ship_to": dumps(candidate.ship_to),
        },
    )  # fmt: skip
    return Lookalike(order_id=row.id, number=row.number) if row else None


def find_duplicates_in_chunk(work: Work, policy: DuplicatePolicy) -> dict[UUID, Lookalike]:
    """Order of the chunk -> the order that it looks like."""
    columns = {"customer": "o.customer_id", "goods": "o.goods_key", "total": "o.total", "currency": "o.currency"}
    place = _ADDRESS.replace("{row}", "o.ship_to")
    rows = work.rows(
        _CHUNK.format(same=_same(policy, {**columns, "place": place})),
        {"tenant": work.tenant_id, "window": policy.window},
    )
    return {row.id: Lookalike(order_id=row.other, number=row.number) for row in rows}


def trace_of(policy: OrderPolicy, found: Lookalike | None) -> dict[str, Any]:
    """For the decision log."""
    assert policy.duplicates is not None
    return {
        "document": f"order_type/{policy.key}",
        "same": sorted(policy.duplicates.same),
        "window_hours": int(policy.duplicates.window.total_seconds() // 3600),
        "order": found.number if found else None,
    }


def source_of(policy: OrderPolicy) -> str:
    return f"order_type/{policy.key}#duplicates"


def _of_parameters() -> dict[str, str]:
    names = {"customer": "uuid", "goods": "text", "total": "numeric", "currency": "text"}
    casts = {name: f"%({name})s::{kind}" for name, kind in names.items()}
    return {**casts, "place": _ADDRESS.replace("{row}", "%(ship_to)s::jsonb")}


def _same(policy: DuplicatePolicy, of: Mapping[str, str]) -> str:
    return " AND ".join(_SAME[name].format(**of) for name in sorted(policy.same))
