"""Checks what would be in force: the head with all drafts on top. Everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.documents.canonical import document_hash
from low_code.documents.compiled import configuration
from low_code.documents.pinned_references import pinned_references
from low_code.documents.queries import Draft, list_drafts, read_manifest
from low_code.registry import Configuration, installed
from low_code.registry.checking import check_configuration

OUTDATED = N_("This was published again since the draft was begun; publishing replaces that.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What a would-be release holds, and what is wrong with it.

    base      the head that it was checked on
    manifest  "kind/key" -> hash; documents: "kind/key" -> body
    changed   addresses that differ from the head, sorted
    findings  address -> problems, only where there are any
    """

    base: int
    would_be: Configuration
    changed: tuple[str, ...]
    findings: Mapping[str, Sequence[Diagnostic]]

    @property
    def manifest(self) -> Mapping[str, str]:
        return self.would_be.hashes

    @property
    def documents(self) -> Mapping[str, Any]:
        return self.would_be.documents

    def count(self, severity: str) -> int:
        return sum(problem.severity == severity for problems in self.findings.values() for problem in problems)

    def problems(self, severity: str) -> list[Problem]:
        """As problems of a request; the pointer begins with "/kind/key"."""
        return [
            problem.under(f"/{name}").problem()
            for name, problems in self.findings.items()
            for problem in problems
            if problem.severity == severity
        ]

    def to_json(self, locale: str) -> dict[str, Any]:
        """For API and builder: every problem with its document, pointer and sentence."""
        return {
            "base": self.base,
            "changed": list(self.changed),
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "problems": [
                {
                    "document": name,
                    "pointer": problem.pointer,
                    "severity": problem.severity,
                    "code": problem.code,
                    "sentence": problem.sentence(locale),
                }
                for name, problems in self.findings.items()
                for problem in problems
            ],
        }


def validate_drafts(work: Work, *, only: Sequence[str] | None = None) -> Validation:
    """The would-be release of the head and the drafts (`only`: of these addresses), with all its problems."""
    drafts = [draft for draft in list_drafts(work) if only is None or draft.address in only]
    head = configuration(work)
    documents = dict(head.documents)
    for draft in drafts:
        if draft.body is None:
            documents.pop(draft.address, None)
        else:
            documents[draft.address] = draft.body
    outdated = {draft.address for draft in drafts if _is_outdated(draft, head)}
    return validate_documents(work, documents, outdated=outdated)


def validate_documents(
    work: Work, documents: Mapping[str, Any], *, outdated: AbstractSet[str] = frozenset()
) -> Validation:
    """Checks `documents` as if they were to be in force next."""
    base = work.tenant.head_release
    current = read_manifest(work, base)
    manifest = {name: document_hash(body) for name, body in sorted(documents.items())}
    would_be = Configuration(
        installed(), documents, hashes=manifest, previous=configuration(work), outside=names_outside(work),
        pinned=pinned_references(work, documents),
    )  # fmt: skip
    findings = check_configuration(would_be)
    for name in sorted(outdated):
        warning = Diagnostic(pointer="", code="draft_outdated", message=OUTDATED, severity="warning")
        findings.setdefault(name, []).append(warning)
    changed = sorted(name for name in {*current, *manifest} if current.get(name) != manifest.get(name))
    return Validation(base=base, would_be=would_be, changed=tuple(changed), findings=findings)


def names_outside(work: Work) -> Mapping[str, frozenset[str]]:
    """What documents may name that is no document: keys of roles and departments, and the e-mail addresses of
    active staff; and what they may not: keys of fields ("order.vip") that were removed and still have values."""
    roles = work.rows("SELECT key FROM roles WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id})
    users = work.rows(
        "SELECT email FROM users WHERE tenant_id = %(tenant)s AND kind = 'staff' AND active",
        {"tenant": work.tenant_id},
    )
    departments = work.rows("SELECT key FROM departments WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id})
    kept = work.rows(
        "SELECT entity || '.' || key AS name FROM field_retirements WHERE tenant_id = %(tenant)s AND purged_at IS NULL",
        {"tenant": work.tenant_id},
    )
    return {
        "roles": frozenset(row.key for row in roles),
        "users": frozenset(row.email for row in users),
        "departments": frozenset(row.key for row in departments),
        "kept_keys": frozenset(row.name for row in kept),
    }


def _is_outdated(draft: Draft, head: Configuration) -> bool:
    in_force = head.hashes.get(draft.address)
    same = draft.body is not None and document_hash(draft.body) == in_force
    return draft.base_hash != in_force and not same
