"""What every command on a company begins with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor
from oms.configuration import install_domain
from tenants.directory.find_tenant import TenantDirectory
from tenants.scope import TenantUnknown
from web.process.runtime import application_engine, start_logging

CLI_ACTOR = Actor(kind="system", id=None, name="Command line")


def find_company(slug: str) -> tuple[Engine, UUID]:
    """The application's engine and the company's id. Raises TenantUnknown."""
    start_logging()
    install_domain()
    engine = application_engine()
    tenant_id = TenantDirectory(engine).find(slug)
    if tenant_id is None:
        raise TenantUnknown(tenant=slug)
    return engine, tenant_id
