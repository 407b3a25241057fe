"""Every change of the configuration is written beside who made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id
from low_code.registry import address

_INSERT = """
    INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor_id, actor_name, address, request_id,
                               action, object_kind, object_id, changes)
    VALUES (%(tenant)s, %(id)s, %(at)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(address)s,
            %(request_id)s, %(action)s, 'config', %(object_id)s, %(changes)s::jsonb)
"""


def record_change(work: Work, action: str, kind: str, key: str, changes: Mapping[str, Any]) -> None:
    """One audit entry of a document. action: "config.save_draft"; changes: {"name": [before, after]}."""
    record_act(work, action, address(kind, key), changes)


def record_act(work: Work, action: str, object_id: str, changes: Mapping[str, Any]) -> None:
    """One audit entry of something else of the configuration: a plan, a backtest."""
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "at": work.now,
            "actor_kind": work.actor.kind,
            "actor_id": work.actor.id,
            "actor_name": work.actor.name,
            "address": work.actor.address,
            "request_id": work.actor.request_id,
            "action": action,
            "object_id": object_id,
            "changes": exact_json.dumps(changes),
        },
    )
