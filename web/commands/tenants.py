"""`orderloom tenant …`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel import settings
from low_code.documents.bundles import ImportBundle, canonical_bodies, export_bundle, import_bundle
from low_code.documents.errors import NotPublishable
from low_code.documents.mapping import unknown_names
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.validate_drafts import names_outside
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.configuration.templates import template
from tenants.directory.create_tenant import CreateTenant
from tenants.directory.create_tenant import create_tenant as create_tenant_rows
from tenants.directory.sandbox import CreateSandbox
from tenants.directory.sandbox import create_sandbox as create_sandbox_rows
from tenants.scope import open_work
from web.commands.find import CLI_ACTOR, find_company
from web.process.runtime import application_engine, start_logging, system_engine


def create(template_key: str | None = None, **options: Any) -> str:
    """Makes the company with the configuration of a template, or the starter's. Returns what to tell the person."""
    start_logging()
    install_domain()
    chosen = template(template_key) if template_key else None
    engine = application_engine()
    made = create_tenant_rows(system_engine(), engine, CreateTenant(**options))
    with open_work(engine, made.tenant_id, CLI_ACTOR) as work:
        if work.tenant.head_release == 0:
            documents = chosen.documents if chosen else starter_documents()
            notes = f"Template: {chosen.name['en']}" if chosen else "Starter configuration"
            publish_bundle(work, documents, notes=notes)
    address = settings.get("ORDERLOOM_PUBLIC_URL").replace("{slug}", made.slug)
    said = f"{made.slug} is ready: {address}/"
    if made.invitation_token:
        said += f"\nInvitation of {options['admin_email']}: {address}/invitation/{made.invitation_token}"
    return said


def create_sandbox(slug: str, admin_email: str) -> str:
    """Makes the company's sandbox with its released configuration in force. Returns what to tell the person."""
    engine, production_id = find_company(slug)
    with open_work(engine, production_id, CLI_ACTOR) as work:
        documents = export_bundle(work)
    command = CreateSandbox(admin_email=admin_email)
    made = create_sandbox_rows(system_engine(), engine, production_id, command, CLI_ACTOR)
    said = fill_sandbox(engine, made.tenant_id, documents, admin_email)
    address = settings.get("ORDERLOOM_PUBLIC_URL").replace("{slug}", made.slug)
    said = f"{made.slug} is ready: {address}/ ({said})"
    if made.invitation_token:
        said += f"\nInvitation of {admin_email}: {address}/invitation/{made.invitation_token}"
    return said


def fill_sandbox(engine: Engine, sandbox_id: UUID, documents: Mapping[str, Any], admin_email: str) -> str:
    """Puts the documents in force there. People who are unknown there become its administrator; where something else is
    missing, drafts are left to be mended. Returns what was done."""
    try:
        with open_work(engine, sandbox_id, CLI_ACTOR) as work:
            unknown = unknown_names(canonical_bodies(documents), names_outside(work)).get("users", {})
            mapping = {"users": dict.fromkeys(unknown, admin_email)}
            import_bundle(work, ImportBundle(documents=documents, mapping=mapping, prune=True))
            command = PublishDrafts(base=work.tenant.head_release, notes="From production", accept_warnings=True)
            return f"release {publish_drafts(work, command).number}"
    except NotPublishable:
        with open_work(engine, sandbox_id, CLI_ACTOR) as work:
            made = import_bundle(work, ImportBundle(documents=documents, mapping=mapping, prune=True))
        return f"{len(made.drafted)} drafts that need mending"
