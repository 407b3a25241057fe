"""What a draft, or another release, changes: for the page that people read before they publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.documents.diff import Change, describe, diff
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import Configuration, Kind, split_address


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentComparison:
    """status: added, removed or changed; sentences: one per change, in the language asked for."""

    kind: str
    key: str
    status: str
    changes: tuple[Change, ...]
    sentences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "key": self.key,
            "status": self.status,
            "changes": [
                {**change.to_json(), "sentence": sentence}
                for change, sentence in zip(self.changes, self.sentences, strict=True)
            ],
        }


def compare_releases(work: Work, old: int, new: int, locale: str) -> list[DocumentComparison]:
    """What release `new` says that `old` did not; 0 is the empty configuration.

    raises  ReleaseUnknown
    """
    return compare_configurations(configuration(work, old), configuration(work, new), locale)


def compare_drafts(work: Work, locale: str) -> list[DocumentComparison]:
    """What publishing all drafts would change."""
    return compare_configurations(configuration(work), validate_drafts(work).would_be, locale)


def compare_configurations(old: Configuration, new: Configuration, locale: str) -> list[DocumentComparison]:
    """Every document that differs, by address."""
    names = sorted({*old.documents, *new.documents})
    differing = [name for name in names if old.documents.get(name) != new.documents.get(name)]
    return [_compare(name, old, new, locale) for name in differing]


def _compare(name: str, old: Configuration, new: Configuration, locale: str) -> DocumentComparison:
    kind_name, key = split_address(name)
    before, after = old.documents.get(name), new.documents.get(name)
    status = "added" if before is None else "removed" if after is None else "changed"
    changes: tuple[Change, ...] = ()
    sentences: tuple[str, ...] = ()
    if before is not None and after is not None:
        kind = new.registry.kinds[kind_name]
        changes = tuple(diff(before, after))
        sentences = tuple(_sentence(change, kind, key, before, after, new, locale) for change in changes)
    return DocumentComparison(kind=kind_name, key=key, status=status, changes=changes, sentences=sentences)


def _sentence(
    change: Change,
    kind: Kind,
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    new: Configuration,
    locale: str,
) -> str:
    name = str(kind.subject(key, after, new)) if kind.validator.is_valid(after) else ""
    subject = new.subject(name) if name in new.registry.subjects else None
    return describe(change, kind.schema, after, before, subject, locale)
