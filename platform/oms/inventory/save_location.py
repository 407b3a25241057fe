"""Creates or changes a location by its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.fields.judge_values import entity_fields, keep_values, take_files_of

_SAVE = """
INSERT INTO locations AS l (tenant_id, id, key, names, kind, country, region, city, latitude, longitude, priority, tags,
  active, custom)
VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s::jsonb, %(kind)s, %(country)s, %(region)s, %(city)s, %(latitude)s,
  %(longitude)s, %(priority)s, %(tags)s, %(active)s, %(custom)s::jsonb)
ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, kind = excluded.kind, country = excluded.country,
  region = excluded.region, city = excluded.city, latitude = excluded.latitude, longitude = excluded.longitude,
  priority = excluded.priority, tags = excluded.tags, active = excluded.active,
  custom = excluded.custom
RETURNING l.id
"""
_BEFORE = """
SELECT id, custom FROM locations WHERE tenant_id = %(tenant)s AND key = %(key)s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveLocation:
    """kind is warehouse, store or supplier; a lower priority is preferred; coordinates are degrees; custom values
    that are left out stay as they are"""

    key: str
    names: Mapping[str, str]
    kind: str = "warehouse"
    country: str = ""
    region: str = ""
    city: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    priority: int = 100
    tags: tuple[str, ...] = ()
    active: bool = True
    custom: Mapping[str, Any] = field(default_factory=dict)


def save_location(work: Work, command: SaveLocation) -> UUID:
    """The location's id. Raises Invalid where custom values are wrong."""
    before = work.row(_BEFORE, {"tenant": work.tenant_id, "key": command.key})
    custom = keep_values(
        work, "location", command.custom, row={"location": _subject(command)},
        stored=before.custom if before else None, row_id=before.id if before else None,
    )  # fmt: skip
    found = work.scalar(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "key": command.key, "names": dumps(dict(command.names)),
            "kind": command.kind, "country": command.country, "region": command.region, "city": command.city,
            "latitude": command.latitude, "longitude": command.longitude, "priority": command.priority,
            "tags": list(command.tags), "active": command.active, "custom": dumps(custom),
        },
    )  # fmt: skip
    location_id = UUID(str(found))
    take_files_of(work, entity_fields(work, "location"), location_id, custom, before.custom if before else None)
    return location_id


def _subject(command: SaveLocation) -> dict[str, Any]:
    return {
        "key": command.key, "kind": command.kind, "country": command.country, "region": command.region,
        "priority": Decimal(command.priority), "tags": list(command.tags),
    }  # fmt: skip
