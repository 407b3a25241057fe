from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from kernel.db import Work
from kernel.errors import Invalid
from kernel.ids import new_id
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.queries import AuditFilter, audit_page
from tenants.access.set_password import SetPasswordByToken, set_password_by_token
from tenants.directory.change_tenant import ChangeTenant, change_tenant
from tenants.directory.create_tenant import CreateTenant, TenantCreated, create_tenant
from tenants.directory.errors import CurrencyUnknown, HostTaken, SlugMalformed, SlugTaken, ZoneUnknown
from tenants.directory.find_tenant import TenantDirectory
from tenants.directory.tenant_settings import TenantSettings, tenant_settings
from tenants.scope import open_work
from tests.tenants.conftest import PASSWORD


def a_slug() -> str:
    return f"t{new_id().hex[-10:]}"


def test_a_new_tenant_can_be_signed_in_to(engine: Engine, company: TenantCreated) -> None:
    with open_work(engine, company.tenant_id) as work:
        outcome = authenticate(work, Authenticate(email="ada@tea.example", password=PASSWORD))

        assert outcome.user_id == company.admin_id
        assert (work.tenant.zone, work.tenant.currency) == ("Asia/Shanghai", "CNY")


def test_without_a_password_the_administrator_is_invited(engine: Engine, system_engine: Engine) -> None:
    made = create_tenant(system_engine, engine, CreateTenant(slug=a_slug(), name="", admin_email="a@b.example"))
    assert made.invitation_token

    with open_work(engine, made.tenant_id) as work:
        set_password_by_token(
            work, SetPasswordByToken(token=made.invitation_token, purpose="invitation", password=PASSWORD)
        )
        assert authenticate(work, Authenticate(email="a@b.example", password=PASSWORD)).user_id == made.admin_id


def test_a_slug_or_host_is_given_once(engine: Engine, system_engine: Engine, company: TenantCreated) -> None:
    with pytest.raises(SlugTaken):
        create_tenant(system_engine, engine, CreateTenant(slug=company.slug, name="x", admin_email="a@b.example"))
    with pytest.raises(HostTaken):
        create_tenant(
            system_engine,
            engine,
            CreateTenant(slug=a_slug(), name="x", admin_email="a@b.example", hosts=(company.slug,)),
        )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"slug": "A"}, SlugMalformed),
        ({"slug": "-a"}, SlugMalformed),
        ({"zone": "Mars/Base"}, ZoneUnknown),
        ({"currency": "XX"}, CurrencyUnknown),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_written(
    engine: Engine, system_engine: Engine, change: dict[str, str], error: type[Invalid]
) -> None:
    values = {"slug": a_slug(), "name": "x", "admin_email": "a@b.example", **change}

    with pytest.raises(error):
        create_tenant(system_engine, engine, CreateTenant(**values))  # type: ignore[arg-type]


def test_a_half_made_tenant_is_finished_by_the_same_command(engine: Engine, system_engine: Engine) -> None:
    slug = a_slug()
    with system_engine.begin() as connection:  # as if the second transaction had failed
        connection.execute(
            text("INSERT INTO tenants (id, slug, name) VALUES (:id, :slug, 'x')"), {"id": new_id(), "slug": slug}
        )

    made = create_tenant(
        system_engine, engine, CreateTenant(slug=slug, name="x", admin_email="a@b.example", admin_password=PASSWORD)
    )

    assert TenantDirectory(engine).find(slug) == made.tenant_id


def test_the_directory_remembers_what_it_found(engine: Engine, system_engine: Engine) -> None:
    directory = TenantDirectory(engine)
    slug = a_slug()
    assert directory.find(slug) is None

    made = create_tenant(
        system_engine, engine, CreateTenant(slug=slug, name="", admin_email="a@b.example", hosts=(f"{slug}.example",))
    )

    assert directory.find(slug) == directory.find(f"{slug}.example") == made.tenant_id
    with system_engine.begin() as connection:
        connection.execute(text("DELETE FROM tenant_hosts WHERE tenant_id = :id"), {"id": made.tenant_id})
    assert directory.find(slug) == made.tenant_id
    assert TenantDirectory(engine).find(slug) is None


def test_a_company_changes_what_it_says_about_itself(company_work: Work) -> None:
    command = ChangeTenant(name="Tea Ltd", zone="Europe/Berlin", currency="EUR", locale="zh-CN")

    assert change_tenant(company_work, command).changed == ("name", "zone", "currency", "locale")
    assert change_tenant(company_work, command).changed == ()
    assert audit_page(company_work, AuditFilter(action="tenant.change"))[0][0].changes["currency"] == ["CNY", "EUR"]
    with pytest.raises(ZoneUnknown):
        change_tenant(company_work, ChangeTenant(name="x", zone="Nowhere", currency="EUR", locale="en"))


def test_settings_have_defaults_and_survive_a_newer_version(company_work: Work) -> None:
    assert tenant_settings(company_work) == TenantSettings()
    assert TenantSettings.from_json({"tax_inclusive": True, "from_the_future": 1}).tax_inclusive
    assert TenantSettings.from_json(TenantSettings().to_json()) == TenantSettings()
