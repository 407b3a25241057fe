from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine, text

from kernel.db import Work
from kernel.ids import new_id
from tenants.scope import TenantUnknown, open_work
from tests.support.tenants import TestTenant

INSERT_ROLE = "INSERT INTO roles (tenant_id, id, key, names) VALUES (%(tenant)s, %(id)s, %(key)s, '{}')"


def test_without_a_scope_no_row_is_seen(engine: Engine, tenant: TestTenant) -> None:
    with open_work(engine, tenant.id) as work:
        work.execute(INSERT_ROLE, {"tenant": tenant.id, "id": new_id(), "key": "seen"})

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM roles")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM tenants")).scalar() == 0


def test_a_row_of_another_tenant_cannot_be_written(work: Work, other_tenant: TestTenant) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute(INSERT_ROLE, {"tenant": other_tenant.id, "id": new_id(), "key": "planted"})


@pytest.mark.parametrize(
    "attempt",
    [
        "ALTER TABLE roles DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE roles NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON roles",
        "SET LOCAL row_security = off; SELECT * FROM roles",
        "SET ROLE orderloom_owner",
        "SET ROLE orderloom_system",
        "ALTER ROLE orderloom_app BYPASSRLS",
        "DELETE FROM audit_entries",
        "UPDATE tenants SET status = 'active'",
    ],
)
def test_the_application_role_cannot_switch_the_wall_off(work: Work, attempt: str) -> None:
    with pytest.raises(psycopg.Error):
        work.driver.execute(attempt)  # type: ignore[call-overload]


def test_an_unknown_tenant_opens_no_work(engine: Engine) -> None:
    with pytest.raises(TenantUnknown), open_work(engine, new_id()):
        pass


def test_what_fails_in_a_unit_of_work_leaves_nothing(engine: Engine, tenant: TestTenant) -> None:
    with pytest.raises(ZeroDivisionError), open_work(engine, tenant.id) as work:
        work.execute(INSERT_ROLE, {"tenant": tenant.id, "id": new_id(), "key": "half"})
        raise ZeroDivisionError

    with open_work(engine, tenant.id) as work:
        assert work.scalar("SELECT count(*) FROM roles WHERE key = 'half'") == 0
