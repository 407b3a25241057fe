"""Creates or renames a customer group by its key."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

_SAVE = """
INSERT INTO customer_groups AS g (tenant_id, id, key, names) VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s::jsonb)
ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names RETURNING g.id
"""


def save_group(work: Work, key: str, names: Mapping[str, str]) -> UUID:
    """names  locale -> name"""
    found = work.scalar(_SAVE, {"tenant": work.tenant_id, "id": new_id(), "key": key, "names": dumps(dict(names))})
    return UUID(str(found))
