"""Moves a running approval to the newest release of its flow. Dry first: what stands in the way of which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from low_code.documents.compiled import configuration
from low_code.flows.commands import Migrate
from low_code.flows.errors import CannotMigrate
from low_code.flows.migration import FLOW_GONE, IS_NEWEST, Obstacle, obstacles
from low_code.flows.store import ApprovalOutcome, Loaded, OnceKey, carry_out, load, peek
from low_code.registry.configuration import DocumentUnknown
from tenants.access.audit import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateApproval:
    """values: the subject as expressions read it now"""

    instance_id: UUID
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """What the move of one approval would meet. obstacles: () where nothing is in the way."""

    instance_id: UUID
    flow_key: str
    subject_id: UUID
    title: str
    from_release: int
    to_release: int
    obstacles: tuple[Obstacle, ...]


_RUNNING = """
SELECT id, title FROM approval_instances
WHERE tenant_id = %(tenant)s AND status = 'open' AND release < %(head)s
  AND (%(flow)s::text IS NULL OR flow_key = %(flow)s)
ORDER BY id LIMIT %(limit)s
"""


def plan_migration(work: Work, *, flow_key: str | None = None, limit: int = 500) -> list[MigrationPlan]:
    """Every running approval under an older release whose flow differs now, and whether it could go on under the
    newest. Nothing is changed."""
    head = work.tenant.head_release
    rows = work.rows(_RUNNING, {"tenant": work.tenant_id, "head": head, "flow": flow_key, "limit": limit})
    plans = []
    for row in rows:
        loaded = peek(work, row.id)
        if _is_same(work, loaded):
            continue
        plans.append(
            MigrationPlan(
                instance_id=loaded.id,
                flow_key=loaded.flow_key,
                subject_id=loaded.subject_id,
                title=row.title,
                from_release=loaded.release,
                to_release=head,
                obstacles=_obstacles(work, loaded),
            )
        )
    return plans


def migrate_approval(work: Work, command: MigrateApproval) -> ApprovalOutcome:
    """raises ApprovalUnknown, CannotMigrate"""
    loaded = load(work, command.instance_id)
    head = work.tenant.head_release
    found = _obstacles(work, loaded) if loaded.release != head else (Obstacle("is_newest", IS_NEWEST, {}),)
    if found:
        raise CannotMigrate(obstacles=[{"code": each.code, **each.facts} for each in found])
    newest = configuration(work).compiled("approval_flow", loaded.flow_key)
    work.execute(
        "UPDATE approval_instances SET release = %(release)s, document_hash = %(hash)s"
        " WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"release": head, "hash": newest.document.hash, "tenant": work.tenant_id, "id": loaded.id},
    )
    moved = replace(loaded, flow=newest.flow, release=head)
    move = Migrate(actor=work.actor.id, from_release=loaded.release, to_release=head)
    outcome = carry_out(work, moved, move, command.values, OnceKey.of(None))
    audit(work, "approval.migrate", "approval", to_text("apv", loaded.id), {"release": (loaded.release, head)})
    return outcome


def _obstacles(work: Work, loaded: Loaded) -> tuple[Obstacle, ...]:
    try:
        newest = configuration(work).compiled("approval_flow", loaded.flow_key).flow
    except DocumentUnknown:
        return (Obstacle("flow_gone", FLOW_GONE, {}),)
    return obstacles(loaded.flow, newest, loaded.state)


def _is_same(work: Work, loaded: Loaded) -> bool:
    """Whether the flow, and all that it calls, says the same in both releases."""
    key = loaded.flow_key
    try:
        old = configuration(work, loaded.release).compiled("approval_flow", key)
        new = configuration(work).compiled("approval_flow", key)
    except DocumentUnknown:
        return False
    return bool(old.sources == new.sources)
