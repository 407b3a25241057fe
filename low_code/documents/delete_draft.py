"""Throws a draft away; what is in force stays."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.db import Work
from low_code.documents.audit import record_change
from low_code.documents.errors import DraftUnknown
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import conflict_with


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDraft:
    kind: str
    key: str
    etag: str


def delete_draft(work: Work, command: DeleteDraft) -> None:
    """raises DraftUnknown, DraftConflict"""
    current = find_draft(work, command.kind, command.key, lock=True)
    if current is None:
        raise DraftUnknown(kind=command.kind, key=command.key)
    if current.etag != command.etag:
        raise conflict_with(current)
    work.execute(
        "DELETE FROM config_drafts WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND key = %(key)s",
        {"tenant": work.tenant_id, "kind": command.kind, "key": command.key},
    )
    record_change(work, "config.delete_draft", command.kind, command.key, {})
