"""`orderloom tenant …`"""

from __future__ import annotations

from typing import Any

from kernel import settings
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.configuration.templates import template
from tenants.directory.create_tenant import CreateTenant
from tenants.directory.create_tenant import create_tenant as create_tenant_rows
from tenants.scope import open_work
from web.commands.find import CLI_ACTOR
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
