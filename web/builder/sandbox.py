"""What the sandbox released, brought over as drafts; only by who is at home on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from low_code.documents.audit import record_act
from low_code.documents.bundles import ImportBundle, export_bundle
from tenants.access.permissions import Permission
from tenants.directory.ids import tenant_text
from tenants.directory.sandbox import NotInSandbox, Sandbox, find_sandbox, work_in_sandbox
from web.builder.blueprint import bp
from web.builder.exchange import import_preview
from web.builder.shown import refusal_of
from web.http.access import requires
from web.http.errors import status_of
from web.http.principals import current_principal
from web.http.services import services, tenant_url
from web.http.work import current_work


@dataclass(slots=True, kw_only=True)
class SandboxPage:
    """sandbox: None where there is none; url: of its pages; here: this company is a sandbox itself"""

    sandbox: Sandbox | None
    url: str
    here: bool
    slug: str
    refusal: str


@bp.get("/sandbox")
@requires(Permission.EDIT_CONFIG)
def sandbox() -> ResponseReturnValue:
    return _render(None)


@bp.post("/sandbox")
@requires(Permission.EDIT_CONFIG)
def bring_over() -> ResponseReturnValue:
    """Shows what the sandbox's release would change here; the same form as an import makes the drafts."""
    principal = current_principal()
    assert principal is not None
    email = principal.user.email if principal.user else ""
    try:
        with current_work() as work:
            with work_in_sandbox(services().engine, work, email=email, permission=Permission.VIEW_CONFIG) as theirs:
                documents, release = export_bundle(theirs), theirs.tenant.head_release
                facts = {"release": [None, release], "to": [None, tenant_text(work.tenant_id)]}
                record_act(theirs, "config.bring_over", tenant_text(theirs.tenant_id), facts)
            page = import_preview(work, ImportBundle(documents=documents))
    except NotInSandbox as error:
        return _render(error)
    return render_template("builder/import_preview.html", page=page)


def _render(error: DomainError | None) -> ResponseReturnValue:
    with current_work() as work:
        found = find_sandbox(work, services().engine)
        page = SandboxPage(
            sandbox=found,
            url=tenant_url(found.slug, "/builder") if found else "",
            here=work.tenant.is_sandbox,
            slug=work.tenant.slug,
            refusal=refusal_of(error) if error else "",
        )
    return render_template("builder/sandbox.html", page=page), status_of(error) if error else 200
