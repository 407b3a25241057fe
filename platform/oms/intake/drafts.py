"""Drafts of orders: saved while somebody types, continued on another device, discarded or placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.intake.errors import ContentTooLarge, DraftOwnerUnfit, DraftUnknown, TooManyDrafts
from oms.intake.models import MOST_CONTENT

MOST_DRAFTS = 50
_PUT = """
INSERT INTO order_drafts (tenant_id, id, user_id, content, customer, lines, created_at, updated_at)
SELECT %(tenant)s, %(id)s, %(user)s, %(content)s::jsonb, %(customer)s, %(lines)s, %(now)s, %(now)s
ON CONFLICT (tenant_id, id) DO UPDATE SET content = excluded.content, customer = excluded.customer,
  lines = excluded.lines, updated_at = excluded.updated_at
WHERE order_drafts.user_id = excluded.user_id
"""
_MINE = """
SELECT d.id, d.customer, d.lines, d.updated_at, c.name AS customer_name FROM order_drafts d
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.number = d.customer
WHERE d.tenant_id = %(tenant)s AND d.user_id = %(user)s ORDER BY d.updated_at DESC, d.id DESC
"""
_STAFF = """
SELECT EXISTS (SELECT FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s AND kind = 'staff' AND active)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    id: UUID
    customer: str
    customer_name: str | None
    lines: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft:
    """content: name of an input -> the texts in it; for_user: whose draft it is, None: the actor's"""

    draft_id: UUID
    content: Mapping[str, Sequence[str]]
    customer: str
    lines: int
    for_user: UUID | None = None


def save_draft(work: Work, command: SaveDraft) -> None:
    """Raises ContentTooLarge, TooManyDrafts, DraftOwnerUnfit, DraftUnknown where the id is somebody else's."""
    content = dumps(command.content)
    if len(content) > MOST_CONTENT // 2:
        raise ContentTooLarge()
    if command.for_user is not None and not work.scalar(_STAFF, {"tenant": work.tenant_id, "user": command.for_user}):
        raise DraftOwnerUnfit()
    parameters = {
        "tenant": work.tenant_id, "id": command.draft_id, "user": command.for_user or work.actor.id, "content": content,
        "customer": command.customer[:100], "lines": command.lines, "now": work.now,
    }  # fmt: skip
    others = work.scalar(
        "SELECT count(*) FROM order_drafts WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND id <> %(id)s",
        parameters,
    )
    if others >= MOST_DRAFTS:
        raise TooManyDrafts(most=MOST_DRAFTS)
    if not work.execute(_PUT, parameters):
        raise DraftUnknown()


def my_drafts(work: Work) -> list[DraftRow]:
    """The newest first."""
    return [DraftRow(**row) for row in work.mappings(_MINE, {"tenant": work.tenant_id, "user": work.actor.id})]


def read_draft(work: Work, draft_id: UUID) -> Mapping[str, Any]:
    """Its content. Raises DraftUnknown."""
    content = work.scalar(
        "SELECT content FROM order_drafts WHERE tenant_id = %(tenant)s AND id = %(id)s AND user_id = %(user)s",
        {"tenant": work.tenant_id, "id": draft_id, "user": work.actor.id},
    )
    if content is None:
        raise DraftUnknown()
    found: Mapping[str, Any] = content
    return found


def discard_draft(work: Work, draft_id: UUID) -> bool:
    """Whether there was one of the actor's."""
    return bool(
        work.execute(
            "DELETE FROM order_drafts WHERE tenant_id = %(tenant)s AND id = %(id)s AND user_id = %(user)s",
            {"tenant": work.tenant_id, "id": draft_id, "user": work.actor.id},
        )
    )
