"""Makes a tenant that can be signed in to: its row and hosts, the shipped roles, a first administrator.

Two transactions, because no role may do both: the system role writes the directory, the application role writes
inside the new tenant. Where the second fails, running the same command again finishes the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID
from zoneinfo import available_timezones

import psycopg
from babel.numbers import is_currency
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from kernel.db import Actor, Work
from kernel.ids import new_id
from tenants.access.audit import audit
from tenants.access.built_in_roles import ADMIN, put_built_in_roles
from tenants.access.invite_user import invite_again
from tenants.access.passwords import check_strength
from tenants.access.register_user import RegisterUser, clean_email, register_user
from tenants.access.secrets import make_data_key
from tenants.directory.errors import CurrencyUnknown, HostTaken, SlugMalformed, SlugTaken, ZoneUnknown
from tenants.directory.ids import tenant_text
from tenants.scope import open_work

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTenant:
    """slug            names the host (<slug>.<base host>) and never changes
    zone            IANA name; decides business days
    currency        ISO 4217
    admin_password  None: the administrator is invited instead
    hosts           own host names, besides the slug
    """

    slug: str
    name: str
    admin_email: str
    admin_name: str = ""
    admin_password: str | None = field(default=None, repr=False)
    zone: str = "UTC"
    currency: str = "USD"
    locale: Literal["zh-CN", "en"] = "en"
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCreated:
    """invitation_token  for the administrator's mail, where no password was given; kept nowhere"""

    tenant_id: UUID
    slug: str
    admin_id: UUID
    invitation_token: str | None = field(default=None, repr=False)


def create_tenant(system: Engine, app: Engine, command: CreateTenant) -> TenantCreated:
    """raises SlugMalformed, SlugTaken, HostTaken, ZoneUnknown, CurrencyUnknown, EmailMalformed, PasswordTooWeak

    system  engine of the system role, which alone may write the directory
    app     engine of the application role
    """
    _check(command)
    tenant_id = _put_in_directory(system, command)
    maker = Actor(kind="system", id=None, name="Orderloom")
    try:
        with open_work(app, tenant_id, maker) as work:
            return _furnish(work, command)
    except psycopg.errors.UniqueViolation:  # the same command ran twice at once
        raise SlugTaken(slug=command.slug) from None


def check_zone(zone: str) -> None:
    """raises ZoneUnknown"""
    if zone not in available_timezones():
        raise ZoneUnknown(zone=zone)


def check_currency(currency: str) -> None:
    """raises CurrencyUnknown"""
    if not (len(currency) == 3 and is_currency(currency)):
        raise CurrencyUnknown(currency=currency)


def _check(command: CreateTenant) -> None:
    if not _SLUG.fullmatch(command.slug):
        raise SlugMalformed(slug=command.slug)
    check_zone(command.zone)
    check_currency(command.currency)
    email = clean_email(command.admin_email)
    if command.admin_password is not None:
        check_strength(command.admin_password, email=email)


def _put_in_directory(system: Engine, command: CreateTenant) -> UUID:
    tenant_id = new_id()
    with system.begin() as connection:
        made = connection.execute(
            text(
                "INSERT INTO tenants (id, slug, name, zone, currency, locale)"
                " VALUES (:id, :slug, :name, :zone, :currency, :locale) ON CONFLICT (slug) DO NOTHING"
            ),
            {
                "id": tenant_id,
                "slug": command.slug,
                "name": command.name.strip() or command.slug,
                "zone": command.zone,
                "currency": command.currency,
                "locale": command.locale,
            },
        ).rowcount
        if not made:
            tenant_id = connection.execute(
                text("SELECT id FROM tenants WHERE slug = :slug"), {"slug": command.slug}
            ).scalar_one()
        for host in (command.slug, *(host.strip().lower() for host in command.hosts)):
            try:
                with connection.begin_nested():
                    connection.execute(
                        text("INSERT INTO tenant_hosts (host, tenant_id) VALUES (:host, :tenant)"),
                        {"host": host, "tenant": tenant_id},
                    )
            except IntegrityError:
                owner = connection.execute(
                    text("SELECT tenant_id FROM tenant_hosts WHERE host = :host"), {"host": host}
                ).scalar()
                if owner != tenant_id:
                    raise HostTaken(host=host) from None
    return tenant_id


def _furnish(work: Work, command: CreateTenant) -> TenantCreated:
    if work.scalar("SELECT 1 FROM users WHERE tenant_id = %(tenant)s LIMIT 1", {"tenant": work.tenant_id}):
        raise SlugTaken(slug=command.slug)
    put_built_in_roles(work)
    make_data_key(work)
    audit(work, "tenant.create", "tenant", tenant_text(work.tenant_id), {"name": (None, work.tenant.name)})
    admin = register_user(
        work,
        RegisterUser(
            email=command.admin_email,
            name=command.admin_name,
            password=command.admin_password,
            role_keys=(ADMIN,),
            locale=command.locale,
        ),
    )
    token = invite_again(work, admin.user_id).token if command.admin_password is None else None
    return TenantCreated(
        tenant_id=work.tenant_id, slug=work.tenant.slug, admin_id=admin.user_id, invitation_token=token
    )
