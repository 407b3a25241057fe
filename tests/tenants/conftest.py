"""A tenant as `create_tenant` makes it, for tests that roll back."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.ids import new_id
from tenants.directory.create_tenant import CreateTenant, TenantCreated, create_tenant
from tenants.scope import enter_scope

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def company(engine: Engine, system_engine: Engine) -> TenantCreated:
    return create_tenant(
        system_engine,
        engine,
        CreateTenant(
            slug=f"company-{new_id().hex[-6:]}",
            name="Tea & Co",
            admin_email="Ada@tea.example",
            admin_name="Ada",
            admin_password=PASSWORD,
            zone="Asia/Shanghai",
            currency="CNY",
        ),
    )


@pytest.fixture
def company_work(engine: Engine, company: TenantCreated) -> Iterator[Work]:
    """A unit of work of the company that is rolled back when the test ends."""
    with engine.connect() as connection:
        transaction = connection.begin()
        opened = Work(connection, enter_scope(connection, company.tenant_id), SYSTEM)
        try:
            yield opened
        finally:
            opened.close()
            transaction.rollback()


@pytest.fixture
def admin_id(company: TenantCreated) -> UUID:
    return company.admin_id
