"""Creates or changes a price list by its key, and its tiers. Prices hold from the next order on; nothing is rebuilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.pricing.errors import (
    PricesFaulty,
    SkusUnknown,
    TargetMissing,
    TargetOfOtherScope,
    TargetUnknown,
    ValidityInverted,
)
from oms.pricing.put_tiers import Tier, put_tiers
from tenants.access.audit import audit

__all__ = ["SavePriceList", "Tier", "save_price_list"]

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
INSERT INTO price_list_targets (tenant_id, id, price_list_id, customer_id, group_id, channel, country, region)
SELECT %(tenant)s, new_id(), %(list)s, c.id, NULL, NULL, NULL, NULL FROM customers c
  WHERE c.tenant_id = %(tenant)s AND c.number = ANY(%(customers)s)
UNION ALL
SELECT %(tenant)s, new_id(), %(list)s, NULL, g.id, NULL, NULL, NULL FROM customer_groups g
  WHERE g.tenant_id = %(tenant)s AND g.key = ANY(%(groups)s)
UNION ALL
SELECT %(tenant)s, new_id(), %(list)s, NULL, NULL, channel, NULL, NULL FROM unnest(%(channels)s::text[]) AS channel
UNION ALL
SELECT %(tenant)s, new_id(), %(list)s, NULL, NULL, NULL, place.country, nullif(place.region, '')
  FROM unnest(%(countries)s::text[], %(regions)s::text[]) AS place (country, region)
"""
_FORGET = "DELETE FROM price_list_entries WHERE tenant_id = %(tenant)s AND price_list_id = %(list)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePriceList:
    """scope      contract, customer, customer_group, channel, region or base
    customers  numbers, for scope contract and customer
    groups     keys, for scope customer_group
    places     (country, region or "" for all of it), for scope region
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
    places: tuple[tuple[str, str], ...] = ()
    tiers: Sequence[Tier] = ()
    replace: bool = False


def save_price_list(work: Work, command: SavePriceList) -> UUID:
    """The list's id. Raises SkusUnknown, UnitUnknown, TargetUnknown, TargetMissing, ValidityInverted."""
    _check(command)
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
            "countries": [country for country, _ in command.places], "regions": [at for _, at in command.places],
        },
    )  # fmt: skip
    if written != _targets(command):
        raise TargetUnknown(target=", ".join((*command.customers, *command.groups)))
    if command.replace:
        work.execute(_FORGET, {"tenant": work.tenant_id, "list": list_id})
    if command.tiers:
        faults = put_tiers(work, list_id, command.tiers)
        unknown = [fault.value for fault in faults if fault.code == "sku_unknown"]
        if unknown:
            raise SkusUnknown(skus=", ".join(sorted(set(unknown))[:20]))
        if faults:
            raise PricesFaulty(problems=[fault.problem() for fault in faults])
    audit(work, "price_list.save", "price_list", command.key, {"tiers": (None, len(command.tiers))})
    return list_id


def _targets(command: SavePriceList) -> int:
    return len(command.customers) + len(command.groups) + len(command.channels) + len(command.places)


def _check(command: SavePriceList) -> None:
    """A list of a scope names someone of that scope; a base list is for everybody."""
    if command.valid_from and command.valid_to and command.valid_from >= command.valid_to:
        raise ValidityInverted()
    wanted = {
        "contract": command.customers, "customer": command.customers, "customer_group": command.groups,
        "channel": command.channels, "region": command.places, "base": (),
    }[command.scope]  # fmt: skip
    if command.scope != "base" and not wanted:
        raise TargetMissing(scope=command.scope)
    if _targets(command) != len(wanted):
        raise TargetOfOtherScope(scope=command.scope)
