"""Custom fields in force for tests of the domain."""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from kernel.ids import new_id
from kernel.outbox import Delivery
from oms.upkeep.jobs import follow_release
from tests.low_code.kinds.field_documents import field, option
from tests.support.configuration import publish_defaults

__all__ = ["field", "option", "publish_fields"]


def publish_fields(work: Work, **entities: list[dict[str, Any]]) -> int:
    """Publishes the starter documents with these fields, and does what follows a release. Returns its number."""
    work.execute(
        "INSERT INTO roles (tenant_id, id, key, names) SELECT %(tenant)s, new_id(), key, '{}'"
        " FROM unnest(ARRAY['finance', 'sales']) key ON CONFLICT DO NOTHING",
        {"tenant": work.tenant_id},
    )
    parent = work.tenant.head_release
    documents = {f"fields/{entity}": {"fields": fields} for entity, fields in entities.items()}
    number = publish_defaults(work, documents)
    payload = {"release": number, "parent": parent or None, "changed": sorted(documents)}
    follow_release(work, Delivery(work.tenant_id, new_id(), "config.published", payload))
    return number
