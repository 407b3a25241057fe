"""Alembic's environment: the metadata of all packages, the owner's connection, and timeouts.

A migration must not queue behind a long transaction with everyone else behind it, so it gives up a lock after
five seconds and can simply be run again.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from kernel import settings
from kernel.db.engine import driver_url
from web.all_models import metadata

config = context.config


def _owner_url() -> str:
    given = config.attributes.get("owner_url") or settings.get_optional("DATABASE_OWNER_URL")
    return str(given or settings.get("DATABASE_URL"))


def run() -> None:
    engine = create_engine(driver_url(_owner_url()))
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '15min'"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    context.configure(url=_owner_url(), target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run()
