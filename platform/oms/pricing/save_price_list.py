"""Creates or changes a price list by its key, and its tiers. Prices hold from the next order on; nothing is rebuilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.pricing.errors import SkusUnknown, TargetUnknown

_LIST = """
INSERT INTO price_lists AS l (tenant_id, id, key, names, currency, scope, priority, valid_from, valid_to, active)
VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s::jsonb, %(currency)s, %(scope)s, %(priority)s, %(valid_from)s,
  %(valid_to)s, %(active)s)
ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, currency = excluded.currency,
  scope = excluded.scope, priority = excluded.priority, valid_from = excluded.valid_from,
  valid_to = excluded.valid_to, active = excluded.active
RETURNING l.id
"""
_TARGETS = """
WITH gone AS (DELETE FROM price_list_targets WHERE tenant_id = %(tenant)s AND price_list_id = %(list)s)
INSERT INTO price_list_targets (tenant_id, id, price_list_id, customer_id, group_id, channel)
SELECT %(tenant)s, new_id(), %(list)s, c.id, NULL, NULL FROM customers c
  WHERE c.tenant_id = %(tenant)s AND c.number = ANY(%(customers)s)
UNION ALL
SELECT %(tenant)s, new_id(), %(list)s, NULL, g.id, NULL FROM customer_groups g
  WHERE g.tenant_id = %(tenant)s AND g.key = ANY(%(groups)s)
UNION ALL
SELECT %(tenant)s, new_id(), %(list)s, NULL, NULL, channel FROM unnest(%(channels)s::text[]) AS channel
"""
_ENTRIES = """
INSERT INTO price_list_entries (tenant_id, id, price_list_id, sku_id, min_quantity, unit_price)
SELECT %(tenant)s, new_id(), %(list)s, s.id, x.from_quantity, x.unit_price
FROM unnest(%(skus)s::text[], %(quantities)s::numeric[], %(prices)s::numeric[]) AS x (sku, from_quantity, unit_price)
JOIN skus s ON s.tenant_id = %(tenant)s AND s.code = x.sku
ON CONFLICT (tenant_id, sku_id, price_list_id, min_quantity) DO UPDATE SET unit_price = excluded.unit_price
"""
_FORGET = "DELETE FROM price_list_entries WHERE tenant_id = %(tenant)s AND price_list_id = %(list)s"
_UNKNOWN = """
SELECT DISTINCT wanted.sku FROM unnest(%(skus)s::text[]) AS wanted (sku)
LEFT JOIN skus s ON s.tenant_id = %(tenant)s AND s.code = wanted.sku WHERE s.id IS NULL ORDER BY 1 LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Tier:
    """From `from_quantity` base units on, one base unit costs `unit_price`."""

    sku: str
    unit_price: Decimal
    from_quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePriceList:
    """scope      contract, customer, customer_group, channel or base
    customers  numbers, for scope contract and customer
    groups     keys, for scope customer_group
    replace    True: tiers that are not named are deleted
    """

    key: str
    names: Mapping[str, str]
    currency: str
    scope: str = "base"
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    active: bool = True
    customers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: Sequence[Tier] = ()
    replace: bool = False


def save_price_list(work: Work, command: SavePriceList) -> UUID:
    """The list's id. Raises SkusUnknown, TargetUnknown."""
    list_id: UUID = work.scalar(
        _LIST,
        {
            "tenant": work.tenant_id, "id": new_id(), "key": command.key, "names": dumps(dict(command.names)),
            "currency": command.currency, "scope": command.scope, "priority": command.priority,
            "valid_from": command.valid_from, "valid_to": command.valid_to, "active": command.active,
        },
    )  # fmt: skip
    written = work.execute(
        _TARGETS,
        {
            "tenant": work.tenant_id, "list": list_id, "customers": list(command.customers),
            "groups": list(command.groups), "channels": list(command.channels),
        },
    )  # fmt: skip
    if written != len(command.customers) + len(command.groups) + len(command.channels):
        raise TargetUnknown(target=", ".join((*command.customers, *command.groups)))
    _save_tiers(work, list_id, command)
    return list_id


def _save_tiers(work: Work, list_id: UUID, command: SavePriceList) -> None:
    parameters = {
        "tenant": work.tenant_id, "list": list_id, "skus": [tier.sku for tier in command.tiers],
        "quantities": [tier.from_quantity for tier in command.tiers],
        "prices": [tier.unit_price for tier in command.tiers],
    }  # fmt: skip
    if command.replace:
        work.execute(
            "DELETE FROM price_list_entries WHERE tenant_id = %(tenant)s AND price_list_id = %(list)s", parameters
        )
    if not command.tiers:
        return
    unknown = work.rows(_UNKNOWN, parameters)
    if unknown:
        raise SkusUnknown(skus=", ".join(row.sku for row in unknown))
    work.execute(_ENTRIES, parameters)
