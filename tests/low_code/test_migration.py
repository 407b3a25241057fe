"""Models and migrations say the same."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from web.all_models import metadata


def test_the_migrated_database_has_the_tables_of_the_models(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
