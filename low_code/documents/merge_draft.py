"""Puts what two authors wrote together: where somebody else saved meanwhile, and where a release came in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.documents.errors import MergeUnsettled
from low_code.documents.merge import ABSENT, Merged, Side, merge
from low_code.documents.queries import Draft, find_draft, read_draft
from low_code.documents.save_draft import SaveDraft, conflict_with, kept_body, write_draft
from low_code.registry import address


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Three versions of one document. ABSENT: there was none, or it is not known any more.

    mergeable  False where one side has no document: then one of the two holds as a whole
    """

    base: Any
    mine: Any
    theirs: Any
    merged: Merged | None

    @property
    def mergeable(self) -> bool:
        return self.merged is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeDraft:
    """began_with  etag of the draft that the author began with; None: there was no draft then
    began_on    hash of the document in force then, where there was no draft; None: there was none
    etag        of the draft as the author saw it in the merge; None: there is none
    choices     path of a conflict -> whose side holds
    """

    kind: str
    key: str
    body: Any
    began_with: str | None
    began_on: str | None
    etag: str | None
    choices: Mapping[str, Side] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebaseDraft:
    """etag: of the draft that the author saw; head: the release whose version was looked at"""

    kind: str
    key: str
    etag: str
    head: int
    choices: Mapping[str, Side] = field(default_factory=dict)


def versions_of_save(work: Work, command: MergeDraft) -> Versions:
    """What the author wrote, what is saved now, and what both began with.

    raises  DocumentUnfit where the author's text could never be kept
    """
    mine = kept_body(SaveDraft(kind=command.kind, key=command.key, body=command.body))
    current = find_draft(work, command.kind, command.key)
    theirs = current.body if current else configuration(work).body(command.kind, command.key)
    return _versions(_begun(work, command), mine, ABSENT if theirs is None else theirs, command.choices)


def versions_of_rebase(work: Work, draft: Draft, choices: Mapping[str, Side] | None = None) -> Versions:
    """The draft, what is in force now, and what was in force when the draft was begun."""
    in_force = configuration(work).body(draft.kind, draft.key)
    base = _document(work, draft.base_hash)
    mine, theirs = (ABSENT if body is None else body for body in (draft.body, in_force))
    return _versions(base, mine, theirs, choices or {})


def merge_draft(work: Work, command: MergeDraft) -> Draft:
    """Saves both authors' changes as one draft.

    raises  DocumentUnfit; DraftConflict where somebody saved once more; MergeUnsettled where both changed a place
            and no side was chosen
    """
    current = find_draft(work, command.kind, command.key, lock=True)
    if (current.etag if current else None) != command.etag:
        raise conflict_with(current)
    versions = versions_of_save(work, command)
    body = _settled(versions)
    head_hash = configuration(work).hashes.get(address(command.kind, command.key))
    return write_draft(
        work, command.kind, command.key, body, current.base_hash if current else head_hash, current
    )  # fmt: skip


def rebase_draft(work: Work, command: RebaseDraft) -> Draft:
    """Takes into the draft what was published since it was begun.

    raises  DraftUnknown, DraftConflict, MergeUnsettled
    """
    read_draft(work, command.kind, command.key)
    current = find_draft(work, command.kind, command.key, lock=True)
    if current is None or current.etag != command.etag or work.tenant.head_release != command.head:
        raise conflict_with(current)
    body = _settled(versions_of_rebase(work, current, command.choices))
    head_hash = configuration(work).hashes.get(current.address)
    return write_draft(work, command.kind, command.key, body, head_hash, current)


def _versions(base: Any, mine: Any, theirs: Any, choices: Mapping[str, Side]) -> Versions:
    both = mine is not ABSENT and theirs is not ABSENT
    return Versions(base=base, mine=mine, theirs=theirs, merged=merge(base, mine, theirs, choices) if both else None)


def _settled(versions: Versions) -> Any:
    if versions.merged is None:
        raise MergeUnsettled(count=1, places=[""])
    if left := versions.merged.unsettled:
        raise MergeUnsettled(count=len(left), places=[each.path for each in left])
    return versions.merged.body


def _begun(work: Work, command: MergeDraft) -> Any:
    """What the author began with; ABSENT where that is not known any more, so that every difference is asked about."""
    if command.began_with is None:
        return _document(work, command.began_on)
    found = work.row(
        "SELECT body FROM config_draft_versions"
        " WHERE tenant_id = %(tenant)s AND etag = %(etag)s AND kind = %(kind)s AND key = %(key)s",
        {"tenant": work.tenant_id, "etag": command.began_with, "kind": command.kind, "key": command.key},
    )
    return ABSENT if found is None or found.body is None else found.body


def _document(work: Work, document_hash: str | None) -> Any:
    found = work.row(
        "SELECT body FROM config_documents WHERE tenant_id = %(tenant)s AND hash = %(hash)s",
        {"tenant": work.tenant_id, "hash": document_hash},
    )
    return ABSENT if found is None else found.body
