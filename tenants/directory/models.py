"""Tenants, and the hosts they are found by."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Currency, Instant, Json
from kernel.ids import new_id


class Tenant(Base):
    """One company that runs its order business here. A reference table on Citus; row security shows a tenant
    only its own row."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z][a-z0-9-]{1,39}$'", name="slug_shape"),
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status_known"),
        CheckConstraint("locale IN ('zh-CN', 'en')", name="locale_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)  # names the host and never changes
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    zone: Mapped[str] = mapped_column(server_default="UTC")  # IANA; decides business days
    currency: Mapped[Currency] = mapped_column(server_default="USD")  # the tenant's own
    locale: Mapped[str] = mapped_column(server_default="en")  # of documents and mails
    # Rounding, tax and order defaults; keys and defaults in tenants/directory/tenant_settings.py.
    settings: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    head_release: Mapped[int] = mapped_column(server_default="0")  # configuration release in force
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class TenantHost(Base):
    """Host name or path slug -> tenant. The one table that is read before a scope is known, so it holds
    nothing else."""

    __tablename__ = "tenant_hosts"

    host: Mapped[str] = mapped_column(primary_key=True)  # "acme" or "orders.acme.example"
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
