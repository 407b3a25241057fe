"""Creates or changes a location by its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

_SAVE = """
INSERT INTO locations AS l (tenant_id, id, key, names, kind, country, region, city, latitude, longitude, priority, tags,
  active)
VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s::jsonb, %(kind)s, %(country)s, %(region)s, %(city)s, %(latitude)s,
  %(longitude)s, %(priority)s, %(tags)s, %(active)s)
ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, kind = excluded.kind, country = excluded.country,
  region = excluded.region, city = excluded.city, latitude = excluded.latitude, longitude = excluded.longitude,
  priority = excluded.priority, tags = excluded.tags, active = excluded.active
RETURNING l.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveLocation:
    """kind is warehouse, store or supplier; a lower priority is preferred; coordinates are degrees"""

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


def save_location(work: Work, command: SaveLocation) -> UUID:
    """The location's id."""
    found = work.scalar(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "key": command.key, "names": dumps(dict(command.names)),
            "kind": command.kind, "country": command.country, "region": command.region, "city": command.city,
            "latitude": command.latitude, "longitude": command.longitude, "priority": command.priority,
            "tags": list(command.tags), "active": command.active,
        },
    )  # fmt: skip
    return UUID(str(found))
