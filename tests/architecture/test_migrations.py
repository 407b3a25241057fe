"""Models and migrations say the same, and every tenant-owned table is behind the wall."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from kernel.schema.migrate import pending_revisions
from web.all_models import metadata


def test_models_and_migrations_agree(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_test_database_is_up_to_date(owner_engine: Engine) -> None:
    assert pending_revisions(owner_engine.url.render_as_string(hide_password=False)) == []
