"""Customers, products and locations as the expressions of their fields read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tenants.access.permissions import Permission


@dataclass(frozen=True, slots=True)
class RowKind:
    """select   rows by id, locked, with `custom` and what `subject` needs
    subject  a row -> what expressions read, without its custom values
    prefix   of its ids outside; reach: what limits who may see it, "" for nothing
    """

    table: str
    select: str
    subject: Callable[[Any], dict[str, Any]]
    prefix: str
    reach: str
    edit: Permission


_LOCKED = "WHERE r.tenant_id = %(tenant)s AND r.id = ANY(%(ids)s) ORDER BY r.id FOR NO KEY UPDATE OF r"


def _customer(row: Any) -> dict[str, Any]:
    facts = {
        "number": row.number, "name": row.name, "kind": row.kind, "group": row.group_key, "tags": list(row.tags),
        "payment_terms_days": Decimal(row.payment_terms_days), "grade": row.grade,
    }  # fmt: skip
    return {"order": {"customer": facts}}


def _product(row: Any) -> dict[str, Any]:
    names = ("code", "name", "brand", "category", "tax_class")
    return {"product": {name: getattr(row, name) for name in names}}


def _location(row: Any) -> dict[str, Any]:
    facts = {
        "key": row.key, "kind": row.kind, "country": row.country, "region": row.region,
        "priority": Decimal(row.priority), "tags": list(row.tags),
    }  # fmt: skip
    return {"location": facts}


ROW_KINDS: Mapping[str, RowKind] = {
    "customer": RowKind(
        "customers",
        "SELECT r.id, r.custom, r.number, r.name, r.kind, g.key AS group_key, r.tags, r.grade,"
        " r.payment_terms_days"
        " FROM customers r LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = r.group_id " + _LOCKED,
        _customer, "cus", "customer", Permission.EDIT_CUSTOMERS,
    ),
    "product": RowKind(
        "products",
        "SELECT r.id, r.custom, r.code, r.name, r.brand, r.category, r.tax_class FROM products r " + _LOCKED,
        _product, "prd", "", Permission.EDIT_PRODUCTS,
    ),
    "location": RowKind(
        "locations",
        "SELECT r.id, r.custom, r.key, r.kind, r.country, r.region, r.priority, r.tags FROM locations r " + _LOCKED,
        _location, "loc", "location", Permission.ADJUST_STOCK,
    ),
}  # fmt: skip
