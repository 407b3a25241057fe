"""The log of who did what. Written in the transaction of the change itself, so neither is without the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from kernel.db import Work
from kernel.ids import new_id

Changes = Mapping[str, tuple[Any, Any]]

_INSERT = """
INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor_id, actor_name, address, request_id,
                           action, object_kind, object_id, changes)
VALUES (%(tenant)s, %(id)s, %(at)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(address)s, %(request_id)s,
        %(action)s, %(object_kind)s, %(object_id)s, %(changes)s)
"""


def audit(work: Work, action: str, object_kind: str, object_id: str, changes: Changes | None = None) -> None:
    """Writes one entry in the name of `work.actor`.

    action     "<kind>.<verb>": "user.create", "order.cancel"
    object_id  prefixed text id ("usr_…")
    changes    field -> (before, after), plain JSON values; never a secret
    """
    actor = work.actor
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "at": work.now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_name": actor.name,
            "address": actor.address,
            "request_id": actor.request_id,
            "action": action,
            "object_kind": object_kind,
            "object_id": object_id,
            "changes": Jsonb({name: list(pair) for name, pair in (changes or {}).items()}),
        },
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields of `after` whose value is another than in `before`, as `audit` takes them.

    >>> difference({"name": "Li", "locale": "en"}, {"name": "Li Wei", "locale": "en"})
    {'name': ('Li', 'Li Wei')}
    """
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
