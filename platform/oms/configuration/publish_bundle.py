"""Puts a bundle of documents in force at once: for new tenants, templates and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from low_code.documents.bundles import ImportBundle, import_bundle
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.registry import installed


def starter_documents() -> dict[str, Any]:
    """What a new tenant starts with, so that it can take orders at once: the defaults of every kind."""
    registry = installed()
    return {
        f"{kind.name}/{key}": body for kind in registry.kinds.values() for key, body in kind.defaults(registry).items()
    }


def publish_bundle(work: Work, documents: Mapping[str, Any], *, notes: str) -> int:
    """Imports the documents as drafts and publishes these alone. Returns the release's number.

    raises DocumentUnfit, NotPublishable with everything that is wrong
    """
    import_bundle(work, ImportBundle(documents=documents))
    base, only = work.tenant.head_release, sorted(documents)
    command = PublishDrafts(base=base, notes=notes, accept_warnings=True, only=only)
    return publish_drafts(work, command).number
