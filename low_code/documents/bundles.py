"""The whole configuration as one value of stable keys, out and in again: `pull` and `push`.

A bundle is {"kind/key": body}; what it says is all there is, so export, import and export again give the same
bytes. Import makes drafts only, and the same bundle twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from low_code.documents.audit import record_change
from low_code.documents.canonical import canonical_body, canonical_text, document_hash
from low_code.documents.compiled import configuration
from low_code.documents.errors import DocumentUnfit, DraftsInTheWay
from low_code.documents.mapping import Mapped, mapped_documents
from low_code.documents.queries import find_draft, list_drafts
from low_code.documents.save_draft import write_draft
from low_code.registry import Configuration, address, installed, split_address
from low_code.registry.checking import all_references

BAD_ADDRESS = N_("“{address}” is not the name of a document (kind/key of a known kind).")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBundle:
    """prune    documents in force that the bundle does not hold are removed with the next release
    mapping  names outside the configuration that are called otherwise here
    replace  drafts on the way give way; False: they are left alone, and the import is refused
    """

    documents: Mapping[str, Any]
    prune: bool = False
    mapping: Mapped = field(default_factory=dict)
    replace: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleImported:
    """Addresses, each sorted: drafts made, drafts that remove, documents that were in force like that already."""

    drafted: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


def export_bundle(work: Work, *, release: int | None = None, only: Sequence[str] | None = None) -> dict[str, Any]:
    """The documents of a release (None: in force) by address; `only`: these and all that they refer to."""
    exported = configuration(work, release)
    wanted = set(exported.documents) if only is None else _closure(exported, only)
    return {name: exported.documents[name] for name in sorted(wanted)}


def bundle_text(bundle: Mapping[str, Any]) -> str:
    """The bytes of a bundle, the same for the same content."""
    return canonical_text(bundle)


def import_bundle(work: Work, command: ImportBundle) -> BundleImported:
    """Makes drafts of what differs from what is in force; drafts on the way are replaced.

    raises  DocumentUnfit with every document that cannot be kept, DraftsInTheWay; nothing is then changed
    """
    bodies = mapped_documents(canonical_bodies(command.documents), command.mapping)
    head = configuration(work).hashes
    if not command.replace:
        _leave_drafts_alone(work, bodies, head, prune=command.prune)
    changed = {name: body for name, body in bodies.items() if document_hash(body) != head.get(name)}
    gone = sorted(set(head) - set(bodies)) if command.prune else []
    for name in bodies.keys() - changed.keys():
        _drop_draft(work, name)
    for name in sorted([*changed, *gone]):
        kind, key = split_address(name)
        current = find_draft(work, kind, key, lock=True)
        if current is None or current.body != changed.get(name) or current.base_hash != head.get(name):
            write_draft(work, kind, key, changed.get(name), head.get(name), current)
    return BundleImported(
        drafted=tuple(sorted(changed)),
        removed=tuple(gone),
        unchanged=tuple(sorted(bodies.keys() - changed.keys())),
    )


def would_be_after(work: Work, command: ImportBundle) -> Configuration:
    """What would be in force if the import were published alone: for a preview. Raises DocumentUnfit."""
    in_force = configuration(work)
    bodies = mapped_documents(canonical_bodies(command.documents), command.mapping)
    return Configuration(installed(), bodies if command.prune else {**in_force.documents, **bodies})


def _leave_drafts_alone(work: Work, bodies: Mapping[str, Any], head: Mapping[str, str], *, prune: bool) -> None:
    """raises DraftsInTheWay where a draft would be replaced by something else"""
    in_the_way = [
        draft.address
        for draft in list_drafts(work)
        if (draft.address in bodies and draft.body != bodies[draft.address])
        or (prune and draft.address not in bodies and draft.address in head and draft.body is not None)
    ]
    if in_the_way:
        raise DraftsInTheWay(count=len(in_the_way), documents=in_the_way)


def canonical_bodies(documents: Mapping[str, Any]) -> dict[str, Any]:
    """Bodies by address as they are kept. Raises DocumentUnfit with every one that cannot be."""
    bodies, problems = {}, []
    for name, given in documents.items():
        if not _is_known_address(name):
            facts = {"address": str(name)[:80]}
            problems.append(Problem(pointer="", code="bad_address", message=BAD_ADDRESS, facts=facts))
            continue
        bodies[name], unfit = canonical_body(given)
        problems += [
            Problem(pointer=f"/{name}{found.pointer}", code=found.code, message=found.message, facts=found.facts)
            for found in unfit
        ]
    if problems:
        raise DocumentUnfit(problems=problems)
    return bodies


def _is_known_address(name: Any) -> bool:
    try:
        return split_address(name)[0] in installed().kinds
    except (ValueError, AttributeError):
        return False


def _drop_draft(work: Work, name: str) -> None:
    kind, key = split_address(name)
    dropped = work.execute(
        "DELETE FROM config_drafts WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND key = %(key)s",
        {"tenant": work.tenant_id, "kind": kind, "key": key},
    )
    if dropped:
        record_change(work, "config.delete_draft", kind, key, {})


def _closure(exported: Configuration, only: Sequence[str]) -> set[str]:
    needs: dict[str, set[str]] = {}
    for found in all_references(exported):
        needs.setdefault(address(found.from_kind, found.from_key), set()).add(address(found.to_kind, found.to_key))
    wanted: set[str] = set()
    waiting = [name for name in only if name in exported.documents]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [needed for needed in needs.get(name, ()) if needed in exported.documents]
    return wanted
