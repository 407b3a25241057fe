"""Saves what somebody is working on. A draft may be wrong; it must only be a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id
from low_code.documents.audit import record_change
from low_code.documents.canonical import canonical_body, document_hash
from low_code.documents.errors import DocumentUnfit, DraftConflict, TooManyDocuments
from low_code.documents.queries import Draft, find_draft, read_manifest
from low_code.registry import address, installed
from low_code.registry.addresses import KEY

MAX_DOCUMENTS = 2_000
UNKNOWN_KIND = N_("There is no kind of document called “{kind}”.")
BAD_KEY = N_("A key has small letters, digits and underscores, and begins with a letter.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft:
    """etag: of the draft that the author saw; None where there was none. rebase: the author has seen what is in
    force now, so the draft no longer counts as begun before it."""

    kind: str
    key: str
    body: Any
    etag: str | None = None
    rebase: bool = False


def save_draft(work: Work, command: SaveDraft) -> Draft:
    """Saves the draft and gives it a new etag.

    raises  DocumentUnfit where it could never be kept, DraftConflict where somebody else saved meanwhile
    """
    body = kept_body(command)
    current = find_draft(work, command.kind, command.key, lock=True)
    if (current.etag if current else None) != command.etag:
        raise conflict_with(current)
    head_hash = read_manifest(work, work.tenant.head_release).get(address(command.kind, command.key))
    base_hash = current.base_hash if current and not command.rebase else head_hash
    return write_draft(work, command.kind, command.key, body, base_hash, current)


def conflict_with(current: Draft | None) -> DraftConflict:
    """The refusal, with all that is needed to merge."""
    return DraftConflict(
        etag=current.etag if current else None,
        body=current.body if current else None,
        base_hash=current.base_hash if current else None,
        author=current.author_name if current else "—",
        updated_at=current.updated_at.isoformat() if current else None,
    )


_INSERT = """
    INSERT INTO config_drafts
      (tenant_id, kind, key, body, etag, base_hash, author_id, author_name, updated_at)
    VALUES (%(tenant)s, %(kind)s, %(key)s, %(body)s::jsonb, %(etag)s, %(base_hash)s, %(author_id)s,
            %(author_name)s, %(now)s)
    ON CONFLICT (tenant_id, kind, key) DO {on_conflict}
"""
_REPLACE = _INSERT.format(
    on_conflict="""UPDATE SET body = EXCLUDED.body, etag = EXCLUDED.etag, base_hash = EXCLUDED.base_hash,
    author_id = EXCLUDED.author_id, author_name = EXCLUDED.author_name, updated_at = EXCLUDED.updated_at"""
)
_CREATE = _INSERT.format(on_conflict="NOTHING")


# A statement of two parts: every save stays findable by its etag, for who began with it and saves later.
_KEEP = """
    WITH written AS ({write} RETURNING 1)
    INSERT INTO config_draft_versions (tenant_id, etag, kind, key, body, author_name, saved_at)
    SELECT %(tenant)s, %(etag)s, %(kind)s, %(key)s, %(body)s::jsonb, %(author_name)s, %(now)s FROM written
"""


def _refuse_too_many(work: Work) -> None:
    new = work.scalar(
        "SELECT count(*) FROM config_drafts WHERE tenant_id = %(tenant)s AND base_hash IS NULL",
        {"tenant": work.tenant_id},
    )
    if new + len(read_manifest(work, work.tenant.head_release)) >= MAX_DOCUMENTS:
        raise TooManyDocuments(most=MAX_DOCUMENTS)


def write_draft(
    work: Work, kind: str, key: str, body: Any | None, base_hash: str | None, current: Draft | None
) -> Draft:
    """Writes over `current`, which the caller has locked; None: there was none when the caller looked.

    raises  DraftConflict where one was made in between; TooManyDocuments
    """
    if current is None and base_hash is None and body is not None:
        _refuse_too_many(work)
    draft = Draft(
        kind=kind,
        key=key,
        body=body,
        etag=new_id().hex,
        base_hash=base_hash,
        author_id=work.actor.id,
        author_name=work.actor.name,
        updated_at=work.now,
    )
    written = work.execute(
        _KEEP.format(write=_REPLACE if current else _CREATE),
        {
            "tenant": work.tenant_id,
            "kind": kind,
            "key": key,
            "body": None if body is None else exact_json.dumps(body),
            "etag": draft.etag,
            "base_hash": base_hash,
            "author_id": draft.author_id,
            "author_name": draft.author_name,
            "now": work.now,
        },
    )
    if not written:
        raise conflict_with(find_draft(work, kind, key))
    before = document_hash(current.body) if current and current.body is not None else None
    after = document_hash(body) if body is not None else None
    record_change(work, "config.save_draft", kind, key, {"draft": [before, after]})
    return draft


def kept_body(command: SaveDraft) -> dict[str, Any]:
    """The body as it is kept. Raises DocumentUnfit."""
    body, problems = canonical_body(command.body)
    if not KEY.fullmatch(command.key):
        problems.append(Problem(pointer="", code="bad_key", message=BAD_KEY))
    if command.kind not in installed().kinds:
        facts = {"kind": command.kind}
        problems.append(Problem(pointer="", code="kind_unknown", message=UNKNOWN_KIND, facts=facts))
    if problems:
        raise DocumentUnfit(problems=problems)
    return body
