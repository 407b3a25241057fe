"""A tenant of its own in which a company tries its configuration.

Each side lives behind its own row security; what goes between them goes through the application, one unit of work on
each side. Production names its sandbox and the sandbox its production: one word alone counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.i18n import N_
from kernel.ids import new_id
from tenants.access.audit import audit
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.directory.ids import tenant_text
from tenants.directory.tenant_settings import tenant_settings
from tenants.scope import TenantUnknown, open_work


class SandboxExists(Conflict):
    code = "sandbox_exists"
    message = N_("The company has a sandbox already: {slug}.")


class SandboxOfSandbox(Conflict):
    code = "sandbox_of_sandbox"
    message = N_("This is a sandbox itself.")


class NoSandbox(NotFound):
    code = "no_sandbox"
    message = N_("The company has no sandbox.")


class NotInSandbox(Forbidden):
    """Only who is at home on both sides carries something from one to the other."""

    code = "not_in_sandbox"
    message = N_("You have no user in the sandbox who may see its configuration.")


class PersonUnknown(NotFound):
    code = "person_unknown"
    message = N_("Nobody of the company's staff has the address {email}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSandbox:
    """admin_email: of somebody of the company's staff, who becomes the sandbox's administrator by invitation"""

    admin_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCreated:
    """invitation_token: for the administrator's mail; kept nowhere"""

    tenant_id: UUID
    slug: str
    invitation_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    tenant_id: UUID
    slug: str
    name: str
    head_release: int


def create_sandbox(
    system: Engine, app: Engine, production_id: UUID, command: CreateSandbox, actor: Actor
) -> SandboxCreated:
    """The tenant with its link on both sides and the company's own roles; its configuration is put in by the caller.

    system  engine of the system role, which alone may write the directory
    raises  SandboxExists, SandboxOfSandbox, PersonUnknown, SlugTaken
    """
    with open_work(app, production_id, actor) as work:
        facts, settings = work.tenant, tenant_settings(work)
        if settings.sandbox_of:
            raise SandboxOfSandbox()
        if settings.sandbox:
            raise SandboxExists(slug=_slug_of(facts.slug))
        person = work.row(
            "SELECT email, name FROM users WHERE tenant_id = %(tenant)s AND email = lower(%(email)s)"
            " AND kind = 'staff' AND active",
            {"tenant": production_id, "email": command.admin_email},
        )
        if person is None:
            raise PersonUnknown(email=command.admin_email)
        roles = work.rows(
            "SELECT key, names, permissions FROM roles WHERE tenant_id = %(tenant)s AND NOT built_in",
            {"tenant": production_id},
        )
    made = create_tenant(
        system,
        app,
        CreateTenant(
            slug=_slug_of(facts.slug), name=f"{facts.name} (Sandbox)", admin_email=person.email,
            admin_name=person.name, zone=facts.zone, currency=facts.currency, locale=facts.locale,  # type: ignore[arg-type]
        ),
    )  # fmt: skip
    with open_work(app, made.tenant_id, actor) as work:
        for role in roles:
            work.execute(
                "INSERT INTO roles (tenant_id, id, key, names, permissions)"
                " VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s, %(permissions)s) ON CONFLICT DO NOTHING",
                {
                    "tenant": made.tenant_id, "id": new_id(), "key": role.key, "names": Jsonb(role.names),
                    "permissions": role.permissions,
                },
            )  # fmt: skip
        _link(work, "sandbox_of", production_id)
    with open_work(app, production_id, actor) as work:
        _link(work, "sandbox", made.tenant_id)
    return SandboxCreated(tenant_id=made.tenant_id, slug=made.slug, invitation_token=made.invitation_token)


def find_sandbox(work: Work, app: Engine) -> Sandbox | None:
    """The sandbox of the work's tenant. None where it has none, or one that is closed or does not know of it."""
    linked = tenant_settings(work).sandbox
    if linked is None:
        return None
    try:
        with open_work(app, UUID(linked)) as theirs:
            if tenant_settings(theirs).sandbox_of != str(work.tenant_id):
                return None
            facts = theirs.tenant
    except TenantUnknown:  # suspended
        return None
    return Sandbox(tenant_id=facts.id, slug=facts.slug, name=facts.name, head_release=facts.head_release)


@contextmanager
def work_in_sandbox(app: Engine, production: Work, *, email: str, permission: str) -> Iterator[Work]:
    """A unit of work of the sandbox on behalf of somebody of the company who is at home there too.

    raises  NoSandbox; NotInSandbox unless an active staff user of this address has the permission there
    """
    found = find_sandbox(production, app)
    if found is None:
        raise NoSandbox()
    with open_work(app, found.tenant_id, production.actor) as work:
        may = work.scalar(
            "SELECT 1 FROM users u JOIN user_roles ur ON ur.tenant_id = u.tenant_id AND ur.user_id = u.id"
            " JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id"
            " WHERE u.tenant_id = %(tenant)s AND u.email = lower(%(email)s) AND u.kind = 'staff' AND u.active"
            " AND %(permission)s = ANY(r.permissions) LIMIT 1",
            {"tenant": found.tenant_id, "email": email, "permission": permission},
        )
        if not may:
            raise NotInSandbox()
        yield work


def _slug_of(production_slug: str) -> str:
    return f"{production_slug[:32]}-sandbox"


def _link(work: Work, name: str, other: UUID) -> None:
    work.execute(
        "UPDATE tenants SET settings = settings || jsonb_build_object(%(name)s::text, %(other)s::text)"
        " WHERE id = %(tenant)s",
        {"tenant": work.tenant_id, "name": name, "other": str(other)},
    )
    audit(work, "tenant.change", "tenant", tenant_text(work.tenant_id), {name: (None, tenant_text(other))})
