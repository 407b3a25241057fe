"""What migrations repeat: roles, row security, grants."""

from kernel.schema.row_security import APP_ROLE, SYSTEM_ROLE, create_roles_sql, prelude_sql, tenant_table_sql

__all__ = ["APP_ROLE", "SYSTEM_ROLE", "create_roles_sql", "prelude_sql", "tenant_table_sql"]
