"""Brings a database to the newest revision."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from kernel.db.engine import driver_url


def migrations_folder() -> Path:
    """`migrations/` of the checkout, or the copy inside an installed wheel."""
    checkout = Path(__file__).resolve().parents[3] / "migrations"
    return checkout if checkout.is_dir() else Path(str(resources.files("kernel") / "_migrations"))


def config_for(owner_url: str) -> Config:
    config = Config(str(migrations_folder() / "alembic.ini"))
    config.attributes["owner_url"] = owner_url
    return config


def migrate(owner_url: str, revision: str = "head") -> None:
    """Runs all missing migrations as the owner. Each is a transaction of its own, so a failed one leaves no half."""
    command.upgrade(config_for(owner_url), revision)


def pending_revisions(owner_url: str) -> list[str]:
    """Revisions that the database has not seen yet, oldest first."""
    engine = create_engine(driver_url(owner_url))
    try:
        with engine.connect() as connection:
            return pending_on(connection)
    finally:
        engine.dispose()


def pending_on(connection: Connection) -> list[str]:
    """As `pending_revisions`, over a connection of any role: all may read which revision the database is at."""
    script = ScriptDirectory.from_config(config_for(""))
    current = MigrationContext.configure(connection).get_current_heads()
    done = {revision.revision for head in current for revision in script.walk_revisions("base", head)}
    return [revision.revision for revision in reversed(list(script.walk_revisions())) if revision.revision not in done]
