"""The roles that every tenant starts with. They can be copied, not changed."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.types.json import Jsonb

from kernel.db import Work
from kernel.ids import new_id
from tenants.access.permissions import Permission as P

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    key: str
    english: str
    chinese: str
    permissions: frozenset[P]


_SEE_TRADE = frozenset({P.VIEW_ORDERS, P.VIEW_CUSTOMERS, P.VIEW_PRODUCTS, P.VIEW_PRICES, P.VIEW_STOCK})

BUILT_IN_ROLES = (
    BuiltInRole(ADMIN, "Administrator", "管理员", frozenset(P) - {P.USE_PORTAL}),
    BuiltInRole(
        "operator",
        "Order operator",
        "订单专员",
        _SEE_TRADE
        | {
            P.PLACE_ORDERS,
            P.CHANGE_ORDERS,
            P.SET_PRICES,
            P.CANCEL_ORDERS,
            P.APPROVE_ORDERS,
            P.RELEASE_HOLDS,
            P.RELEASE_CREDIT,
            P.ALLOCATE_ORDERS,
            P.RESERVE_STOCK,
            P.PLAN_STOCK,
            P.EDIT_CUSTOMERS,
            P.MERGE_CUSTOMERS,
            P.GRADE_CUSTOMERS,
            P.VIEW_CREDIT,
            P.IMPORT_ORDERS,
            P.VIEW_CONFIG,
        },
    ),
    BuiltInRole(
        "finance",
        "Finance",
        "财务",
        _SEE_TRADE
        | {
            P.VIEW_CREDIT,
            P.EDIT_CREDIT,
            P.RELEASE_CREDIT,
            P.POST_RECEIVABLES,
            P.EDIT_PRICES,
            P.APPROVE_ORDERS,
            P.RELEASE_HOLDS,
            P.APPROVE_COUNTS,
            P.VIEW_AUDIT,
        },
    ),
    BuiltInRole(
        "warehouse",
        "Warehouse",
        "仓库",
        frozenset(
            {
                P.VIEW_ORDERS,
                P.VIEW_PRODUCTS,
                P.VIEW_STOCK,
                P.ADJUST_STOCK,
                P.TRANSFER_STOCK,
                P.COUNT_STOCK,
                P.RESERVE_STOCK,
                P.PLAN_STOCK,
                P.ALLOCATE_ORDERS,
            }
        ),
    ),
    BuiltInRole("sales_rep", "Sales representative", "业务员", _SEE_TRADE | {P.PLACE_ORDERS, P.VIEW_CREDIT}),
    BuiltInRole("approver", "Approver", "审批人", _SEE_TRADE | {P.APPROVE_ORDERS, P.VIEW_CREDIT}),
    BuiltInRole("buyer", "Buyer (portal)", "采购员（门户）", frozenset({P.USE_PORTAL})),
)


def put_built_in_roles(work: Work) -> None:
    """Makes the shipped roles that the tenant lacks and brings the others to what this version ships."""
    work.execute_many(
        "INSERT INTO roles (tenant_id, id, key, names, permissions, built_in)"
        " VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s, %(permissions)s, true)"
        " ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, permissions = excluded.permissions"
        " WHERE roles.built_in",
        [
            {
                "tenant": work.tenant_id,
                "id": new_id(),
                "key": role.key,
                "names": Jsonb({"en": role.english, "zh-CN": role.chinese}),
                "permissions": sorted(role.permissions),
            }
            for role in BUILT_IN_ROLES
        ],
    )
