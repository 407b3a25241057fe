"""`orderloom config pull | diff | push`: a file per document, `<kind>/<key>.json`, the same bytes for one content.

Of a company of this installation, or of one elsewhere through its API: the same commands, the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Work
from kernel.db import json as exact_json
from low_code.documents.bundles import ImportBundle, export_bundle, import_bundle, would_be_after
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.publish_drafts import PublishDrafts, needs_second_person, publish_drafts
from low_code.plans.plan_release import PlanRelease, plan_release
from tenants.scope import in_work, open_work
from web.commands.find import CLI_ACTOR, find_company

IN_FORCE, WAITS = 0, 3


class FolderUnreadable(ValueError):
    """A file is not JSON, or does not lie at `<kind>/<key>.json`; or it is not said which configuration is meant."""


class Side(Protocol):
    """A company's configuration, here or elsewhere."""

    def export(self, only: Sequence[str]) -> tuple[int, dict[str, Any]]:
        """(release, documents by address)"""

    def compare(self, bundle: ImportBundle) -> list[str]:
        """One sentence per difference between what is in force and the bundle."""

    def put(self, bundle: ImportBundle) -> tuple[int, int, int]:
        """Drafts made, to be removed, unchanged."""

    def publish(self, bundle: ImportBundle, notes: str) -> tuple[str, int]:
        """Puts and publishes. (what to say, exit status)"""


def side(slug: str | None, url: str | None, key: str | None) -> Side:
    """raises FolderUnreadable where it is not said which one, TenantUnknown"""
    if url:
        from web.commands.configuration_elsewhere import Elsewhere

        if not key:
            raise FolderUnreadable("--url needs an API key: --key or ORDERLOOM_KEY")
        return Elsewhere(url=url, key=key)
    if not slug:
        raise FolderUnreadable("say which company: --tenant, or --url and --key")
    return Here(*find_company(slug))


@dataclass(frozen=True, slots=True)
class Here:
    """A company of this installation; the shell stands above its permissions, not above its four eyes."""

    engine: Engine
    tenant_id: UUID

    def export(self, only: Sequence[str]) -> tuple[int, dict[str, Any]]:
        with open_work(self.engine, self.tenant_id, CLI_ACTOR) as work:
            return work.tenant.head_release, export_bundle(work, only=only or None)

    def compare(self, bundle: ImportBundle) -> list[str]:
        with open_work(self.engine, self.tenant_id, CLI_ACTOR) as work:
            found = compare_configurations(configuration(work), would_be_after(work, bundle), "en")
        return [f"{one.kind}/{one.key}: {said}" for one in found for said in one.sentences or (one.status,)]

    def put(self, bundle: ImportBundle) -> tuple[int, int, int]:
        made = in_work(self.engine, self.tenant_id, CLI_ACTOR, lambda work: import_bundle(work, bundle))
        return len(made.drafted), len(made.removed), len(made.unchanged)

    def publish(self, bundle: ImportBundle, notes: str) -> tuple[str, int]:
        def use_case(work: Work) -> tuple[str, int]:
            made = import_bundle(work, bundle)
            if not made.drafted and not made.removed:
                return "nothing is different from what is in force", IN_FORCE
            base = work.tenant.head_release
            if needs_second_person(work):
                plan_release(work, PlanRelease(base=base, notes=notes, accept_warnings=True))
                return "proposed: a second person has to agree", WAITS
            only = [*made.drafted, *made.removed]
            command = PublishDrafts(base=base, notes=notes, accept_warnings=True, only=only)
            return f"release {publish_drafts(work, command).number} is in force", IN_FORCE

        return in_work(self.engine, self.tenant_id, CLI_ACTOR, use_case)


def read_folder(folder: Path) -> dict[str, Any]:
    """address -> body. Raises FolderUnreadable."""
    documents = {}
    for path in sorted(folder.glob("*/*.json")):
        try:
            documents[f"{path.parent.name}/{path.stem}"] = exact_json.loads(path.read_text("utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise FolderUnreadable(f"{path}: {error}") from None
    if not documents:
        raise FolderUnreadable(f"{folder} has no <kind>/<key>.json")
    return documents


def pull(of: Side, folder: Path, only: Sequence[str] = ()) -> str:
    """Files of documents that are gone are removed, unless only some documents are wanted."""
    number, documents = of.export(only)
    for address, body in documents.items():
        path = folder / f"{address}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_pretty(body), "utf-8")
    if not only:
        for stale in set(folder.glob("*/*.json")) - {folder / f"{address}.json" for address in documents}:
            stale.unlink()
    return f"release {number}: {len(documents)} documents in {folder}"


def diff(of: Side, folder: Path, *, prune: bool = False) -> list[str]:
    """One sentence per difference between what is in force and what the folder says; without `prune` also what is in
    force and not in the folder."""
    documents = read_folder(folder)
    changes = of.compare(ImportBundle(documents=documents, prune=prune))
    if prune:
        return changes
    missing = sorted(set(of.export(())[1]) - set(documents))
    return changes + [f"{address} is not in the folder (push --prune removes it)" for address in missing]


def push(
    of: Side,
    folder: Path,
    *,
    notes: str,
    prune: bool,
    draft_only: bool,
    replace: bool = False,
    mapping: Sequence[str] = (),
) -> tuple[str, int]:
    """(what to say, exit status).

    raises  DocumentUnfit, DraftsInTheWay, NotPublishable with everything that is wrong
    """
    bundle = ImportBundle(documents=read_folder(folder), prune=prune, replace=replace, mapping=read_mapping(mapping))
    if draft_only:
        drafted, removed, unchanged = of.put(bundle)
        return f"drafts: {drafted} changed, {removed} to be removed, {unchanged} unchanged", IN_FORCE
    return of.publish(bundle, notes)


def read_mapping(given: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """`roles:theirs=yours` -> {"roles": {"theirs": "yours"}}. Raises FolderUnreadable."""
    mapping: dict[str, dict[str, str]] = {}
    for each in given:
        of, colon, names = each.partition(":")
        theirs, equals, yours = names.partition("=")
        if not colon or not equals or of not in {"roles", "users"} or not yours:
            raise FolderUnreadable(f"--map {each}: it should be roles:theirs=yours or users:theirs=yours")
        mapping.setdefault(of, {})[theirs] = yours
    return mapping


def _pretty(body: Any) -> str:
    """Sorted, indented, numbers as exact as they are kept: what version control shows well."""
    return exact_json.dumps_pretty(body) + "\n"
