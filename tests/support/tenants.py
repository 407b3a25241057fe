"""Builders of tenants."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, text

from kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class TestTenant:
    __test__ = False
    id: UUID
    slug: str


def create_test_tenant(
    system_engine: Engine, slug: str, *, currency: str = "USD", zone: str = "UTC", locale: str = "en"
) -> TestTenant:
    """A committed tenant with nothing in it."""
    made = TestTenant(id=new_id(), slug=slug)
    with system_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO tenants (id, slug, name, currency, zone, locale)"
                " VALUES (:id, :slug, :slug, :currency, :zone, :locale)"
            ),
            {"id": made.id, "slug": slug, "currency": currency, "zone": zone, "locale": locale},
        )
        connection.execute(
            text("INSERT INTO tenant_hosts (host, tenant_id) VALUES (:slug, :id)"),
            {"id": made.id, "slug": slug},
        )
    return made
