"""Demo data: made once, found again at the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text

from oms.configuration import install_domain
from web.demo import grocer, wholesaler
from web.process.runtime import application_engine, start_logging, system_engine


def ensure_seeded(say: Callable[[str], None]) -> None:
    """Makes what is missing. A start that was cut off in the middle begins its tenant anew."""
    start_logging()
    install_domain()
    system, app = system_engine(), application_engine()
    try:
        for story in (wholesaler, grocer):
            tenant_id = _find(system, story.SLUG)
            if tenant_id is not None and story.is_seeded(app, tenant_id):
                continue
            if tenant_id is not None:
                _set_aside(system, story.SLUG, tenant_id)
            say(f"Making demo data: {story.SLUG} …")
            (story.seed_wholesaler if story is wholesaler else story.seed_grocer)(system, app)
    finally:
        system.dispose()
        app.dispose()


def _find(system: Engine, slug: str) -> UUID | None:
    with system.connect() as connection:
        found = connection.execute(
            text("SELECT tenant_id FROM tenant_hosts WHERE host = :slug"), {"slug": slug}
        ).scalar()
        return found if found is None else UUID(str(found))


def _set_aside(system: Engine, slug: str, tenant_id: UUID) -> None:
    """A half-made tenant gives its name free."""
    with system.begin() as connection:
        connection.execute(text("DELETE FROM tenant_hosts WHERE tenant_id = :id"), {"id": tenant_id})
        connection.execute(
            text("UPDATE tenants SET slug = :slug, status = 'closed' WHERE id = :id"),
            {"slug": f"{slug}-{tenant_id.hex[-8:]}", "id": tenant_id},
        )


def welcome(port: int, *, ready_seconds: float, logs: Path) -> str:
    """What the terminal shows when everything runs."""
    password = wholesaler.PASSWORD
    rows = [
        ("Acme Tea 茗源茶业, B2B", wholesaler.SLUG, "admin@acme.example", "administrator"),
        ("", wholesaler.SLUG, "ops@acme.example", "orders"),
        ("", wholesaler.SLUG, "lead@acme.example", "approvals"),
        ("", wholesaler.SLUG, "rep@acme.example", "sales, own customers"),
        ("", wholesaler.SLUG, "finance@acme.example", "finance"),
        ("", wholesaler.SLUG, "stock@acme.example", "warehouse"),
        ("", wholesaler.SLUG, "buyer@westlake.example", "portal"),
        ("", wholesaler.SLUG, "buyer@bund.example", "portal"),
        ("Green Grocer, B2C", grocer.SLUG, "admin@greengrocer.example", "administrator"),
        ("", grocer.SLUG, "ops@greengrocer.example", "orders"),
    ]
    lines = [f"\nOrderloom is ready ({ready_seconds:.0f} s). Every password is: {password}\n"]
    shown = ""
    for title, slug, email, role in rows:
        if title:
            shown = slug
            lines.append(f"  {title}\n    http://{shown}.localhost:{port}/   (or http://localhost:{port}/t/{shown}/)")
        lines.append(f"      {email:<28} {role}")
    lines.append(f"\n  API reference     http://localhost:{port}/developers")
    lines.append(f"  Logs and mails    {logs}")
    lines.append("\nCtrl-C stops it.\n")
    return "\n".join(lines)
