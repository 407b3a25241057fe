"""`orderloom config pull | diff | push`: a file per document, `<kind>/<key>.json`, the same bytes for one content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kernel.db import json as exact_json
from low_code.documents.bundles import ImportBundle, export_bundle, import_bundle
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.registry import Configuration, installed
from tenants.scope import in_work, open_work
from web.commands.find import CLI_ACTOR, find_company


class FolderUnreadable(ValueError):
    """A file is not JSON, or does not lie at `<kind>/<key>.json`."""


def read_folder(folder: Path) -> dict[str, Any]:
    """address -> body. Raises FolderUnreadable."""
    documents = {}
    for path in sorted(folder.glob("*/*.json")):
        try:
            documents[f"{path.parent.name}/{path.stem}"] = exact_json.loads(path.read_text("utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError, ValueError) as error:
            raise FolderUnreadable(f"{path}: {error}") from None
    if not documents:
        raise FolderUnreadable(f"{folder} has no <kind>/<key>.json")
    return documents


def pull(slug: str, folder: Path) -> str:
    engine, tenant_id = find_company(slug)
    with open_work(engine, tenant_id, CLI_ACTOR) as work:
        documents, number = export_bundle(work), work.tenant.head_release
    wanted = {folder / f"{address}.json" for address in documents}
    for address, body in documents.items():
        path = folder / f"{address}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_pretty(body), "utf-8")
    for stale in set(folder.glob("*/*.json")) - wanted:
        stale.unlink()
    return f"release {number}: {len(documents)} documents in {folder}"


def diff(slug: str, folder: Path, locale: str = "en") -> list[str]:
    """One sentence per difference between what is in force and what the folder says."""
    documents = read_folder(folder)
    engine, tenant_id = find_company(slug)
    with open_work(engine, tenant_id, CLI_ACTOR) as work:
        in_force = configuration(work)
        wanted = Configuration(installed(), {**in_force.documents, **documents})
        changes = compare_configurations(in_force, wanted, locale)
    missing = sorted(set(in_force.documents) - set(documents))
    return [f"{one.kind}/{one.key}: {sentence}" for one in changes for sentence in one.sentences or (one.status,)] + [
        f"{address} is not in the folder (push --prune removes it)" for address in missing
    ]


def push(slug: str, folder: Path, *, notes: str, prune: bool, draft_only: bool) -> str:
    """Raises DocumentUnfit, NotPublishable with everything that is wrong, NothingToPublish."""
    documents = read_folder(folder)
    engine, tenant_id = find_company(slug)
    if draft_only:
        bundle = ImportBundle(documents=documents, prune=prune)
        made = in_work(engine, tenant_id, CLI_ACTOR, lambda work: import_bundle(work, bundle))
        return (
            f"drafts: {len(made.drafted)} changed, {len(made.removed)} to be removed, {len(made.unchanged)} unchanged"
        )

    def publish(work: Any) -> int:
        import_bundle(work, ImportBundle(documents=documents, prune=prune))
        command = PublishDrafts(base=work.tenant.head_release, notes=notes, accept_warnings=True)
        return publish_drafts(work, command).number

    return f"release {in_work(engine, tenant_id, CLI_ACTOR, publish)} is in force"


def _pretty(body: Any) -> str:
    """Sorted, indented, numbers as exact as they are kept: what version control shows well."""
    return exact_json.dumps_pretty(body) + "\n"
