"""Takes a document out of the configuration with the next release; refused while anything refers to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.documents.errors import StillReferred
from low_code.documents.queries import Draft, find_draft, list_drafts
from low_code.documents.save_draft import conflict_with, write_draft
from low_code.registry import Configuration, DocumentUnknown, Reference, address, installed
from low_code.registry.checking import all_references


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDocument:
    """etag: of the draft that the author saw; None where there was none."""

    kind: str
    key: str
    etag: str | None = None


def remove_document(work: Work, command: RemoveDocument) -> Draft:
    """A draft that removes the document when it is published.

    raises  DocumentUnknown where it is not in force, StillReferred with every referrer, DraftConflict
    """
    current = find_draft(work, command.kind, command.key, lock=True)
    if (current.etag if current else None) != command.etag:
        raise conflict_with(current)
    head_hash = configuration(work).hashes.get(address(command.kind, command.key))
    if head_hash is None:
        raise DocumentUnknown(kind=command.kind, key=command.key)
    if referrers := find_referrers(work, command.kind, command.key):
        raise StillReferred(kind=command.kind, key=command.key, count=len(referrers), referrers=referrers)
    return write_draft(work, command.kind, command.key, None, head_hash, current)


def find_referrers(work: Work, kind: str, key: str, member: str = "") -> list[dict[str, Any]]:
    """Every place that names the document (or one `member` of it): in the release in force and in drafts.

    returns  [{"kind", "key", "pointer", "in": "release" or "draft"}], release first
    """
    head, drafts = configuration(work), list_drafts(work)
    with_drafts = {**head.documents, **{draft.address: draft.body for draft in drafts if draft.body is not None}}
    replaced = {draft.address for draft in drafts}
    would_be = Configuration(installed(), with_drafts)
    places = [("release", found) for found in _naming(all_references(head), kind, key, member)]
    places += [
        ("draft", found)
        for found in _naming(all_references(would_be), kind, key, member)
        if address(found.from_kind, found.from_key) in replaced
    ]
    return [
        {"kind": found.from_kind, "key": found.from_key, "pointer": found.pointer, "in": where}
        for where, found in places
    ]


def _naming(references: list[Reference], kind: str, key: str, member: str) -> list[Reference]:
    return [
        found
        for found in references
        if (found.to_kind, found.to_key) == (kind, key) and (not member or found.to_member == member)
    ]
