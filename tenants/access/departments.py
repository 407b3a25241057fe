"""Reads of departments: the tree, and its branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from tenants.access.errors import DepartmentUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """One department in its tree.

    depth  0 for the top ones
    users  how many active users are in it, without those below
    """

    id: UUID
    key: str
    names: Mapping[str, str]
    parent_id: UUID | None
    head_id: UUID | None
    head_name: str | None
    depth: int
    users: int


# Parents before children, siblings by key. `path` orders; it also stops at a loop, should one ever be written.
_TREE = """
WITH RECURSIVE tree AS (
  SELECT d.*, 0 AS depth, ARRAY[d.key] AS path FROM departments d
  WHERE d.tenant_id = %(tenant)s AND d.parent_id IS NULL
  UNION ALL
  SELECT d.*, tree.depth + 1, tree.path || d.key FROM departments d
  JOIN tree ON d.tenant_id = %(tenant)s AND d.parent_id = tree.id
  WHERE NOT d.key = ANY(tree.path)
)
SELECT t.id, t.key, t.names, t.parent_id, t.head_id, h.name AS head_name, t.depth,
  (SELECT count(*) FROM users u WHERE u.tenant_id = %(tenant)s AND u.department_id = t.id AND u.active) AS users
FROM tree t LEFT JOIN users h ON h.tenant_id = %(tenant)s AND h.id = t.head_id
ORDER BY t.path LIMIT 2000
"""


def all_departments(work: Work) -> list[DepartmentRow]:
    """The whole tree, each department behind its parent. One statement."""
    return [DepartmentRow(**row) for row in work.mappings(_TREE, {"tenant": work.tenant_id})]


def department_row(work: Work, department_id: UUID) -> DepartmentRow:
    """raises DepartmentUnknown"""
    for row in all_departments(work):
        if row.id == department_id:
            return row
    raise DepartmentUnknown
