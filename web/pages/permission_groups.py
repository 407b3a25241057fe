"""Permissions as people choose them: grouped by what they are about."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.i18n import N_, _
from tenants.access.permissions import PERMISSION_LABELS, Permission

_HEADINGS = {
    "orders": N_("Orders"),
    "holds": N_("Orders"),
    "imports": N_("Orders"),
    "customers": N_("Customers and credit"),
    "credit": N_("Customers and credit"),
    "receivables": N_("Customers and credit"),
    "products": N_("Products and prices"),
    "prices": N_("Products and prices"),
    "stock": N_("Stock"),
    "config": N_("Configuration"),
    "portal": N_("Customer portal"),
}
_OTHERS = N_("Company and access")


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """options: (permission, label) each, in the reader's language"""

    heading: str
    options: list[tuple[str, str]]


def permission_groups(without: frozenset[Permission] = frozenset()) -> list[PermissionGroup]:
    """All permissions but `without`, in the order in which they are declared."""
    groups: dict[str, PermissionGroup] = {}
    for permission in Permission:
        if permission in without:
            continue
        heading = _HEADINGS.get(permission.value.partition(".")[0], _OTHERS)
        group = groups.setdefault(heading, PermissionGroup(_(heading), []))
        group.options.append((permission.value, _(PERMISSION_LABELS[permission])))
    return list(groups.values())


def permission_label(name: str) -> str:
    """In the reader's language; a permission of another version stands as it is."""
    return _(PERMISSION_LABELS[Permission(name)]) if name in set(Permission) else name
