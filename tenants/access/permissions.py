"""What can be allowed. Roles and API keys are sets of these; every route names one."""

from __future__ import annotations

from enum import StrEnum

from kernel.i18n import N_


class Permission(StrEnum):
    """`<what>.<verb>`; stable, because roles, keys and bundles name them."""

    VIEW_ORDERS = "orders.view"
    PLACE_ORDERS = "orders.place"
    CHANGE_ORDERS = "orders.change"
    SET_PRICES = "orders.price"
    CANCEL_ORDERS = "orders.cancel"
    APPROVE_ORDERS = "orders.approve"
    RELEASE_HOLDS = "holds.release"
    ALLOCATE_ORDERS = "orders.allocate"
    VIEW_CUSTOMERS = "customers.view"
    EDIT_CUSTOMERS = "customers.edit"
    MERGE_CUSTOMERS = "customers.merge"
    GRADE_CUSTOMERS = "customers.grade"
    VIEW_CREDIT = "credit.view"
    EDIT_CREDIT = "credit.edit"
    RELEASE_CREDIT = "credit.release"
    POST_RECEIVABLES = "receivables.post"
    VIEW_PRODUCTS = "products.view"
    EDIT_PRODUCTS = "products.edit"
    VIEW_PRICES = "prices.view"
    EDIT_PRICES = "prices.edit"
    VIEW_STOCK = "stock.view"
    ADJUST_STOCK = "stock.adjust"
    TRANSFER_STOCK = "stock.transfer"
    COUNT_STOCK = "stock.count"
    APPROVE_COUNTS = "stock.approve_counts"
    RESERVE_STOCK = "stock.reserve"
    PLAN_STOCK = "stock.plan"
    IMPORT_ORDERS = "imports.run"
    VIEW_CONFIG = "config.view"
    EDIT_CONFIG = "config.edit"
    PUBLISH_CONFIG = "config.publish"
    MANAGE_USERS = "users.manage"
    MANAGE_API_KEYS = "api_keys.manage"
    VIEW_AUDIT = "audit.view"
    EDIT_SETTINGS = "settings.edit"
    USE_PORTAL = "portal.use"


PERMISSION_LABELS: dict[Permission, str] = {
    Permission.VIEW_ORDERS: N_("See orders"),
    Permission.PLACE_ORDERS: N_("Place orders"),
    Permission.CHANGE_ORDERS: N_("Change, split and merge placed orders"),
    Permission.SET_PRICES: N_("Agree prices of order lines by hand"),
    Permission.CANCEL_ORDERS: N_("Cancel orders and lines"),
    Permission.APPROVE_ORDERS: N_("Act on approvals"),
    Permission.RELEASE_HOLDS: N_("Release holds"),
    Permission.ALLOCATE_ORDERS: N_("Allocate and take allocations back"),
    Permission.VIEW_CUSTOMERS: N_("See customers"),
    Permission.EDIT_CUSTOMERS: N_("Change customers"),
    Permission.MERGE_CUSTOMERS: N_("Merge customers and take merges back"),
    Permission.GRADE_CUSTOMERS: N_("Grade customers by the rules"),
    Permission.VIEW_CREDIT: N_("See credit and receivables"),
    Permission.EDIT_CREDIT: N_("Change credit limits and policies"),
    Permission.RELEASE_CREDIT: N_("Release credit and payment holds"),
    Permission.POST_RECEIVABLES: N_("Book invoices, payments and credit notes"),
    Permission.VIEW_PRODUCTS: N_("See products"),
    Permission.EDIT_PRODUCTS: N_("Change products"),
    Permission.VIEW_PRICES: N_("See price lists"),
    Permission.EDIT_PRICES: N_("Change price lists"),
    Permission.VIEW_STOCK: N_("See stock"),
    Permission.ADJUST_STOCK: N_("Receive, adjust and transfer stock"),
    Permission.TRANSFER_STOCK: N_("Write, send and receive transfers"),
    Permission.COUNT_STOCK: N_("Count stock"),
    Permission.APPROVE_COUNTS: N_("Approve differences of counts"),
    Permission.RESERVE_STOCK: N_("Reserve stock and release reservations"),
    Permission.PLAN_STOCK: N_("Plan stock: expected goods, levels, rules of channels"),
    Permission.IMPORT_ORDERS: N_("Import orders from files"),
    Permission.VIEW_CONFIG: N_("See the configuration"),
    Permission.EDIT_CONFIG: N_("Change drafts of the configuration"),
    Permission.PUBLISH_CONFIG: N_("Publish and roll back the configuration"),
    Permission.MANAGE_USERS: N_("Manage users and roles"),
    Permission.MANAGE_API_KEYS: N_("Manage API keys"),
    Permission.VIEW_AUDIT: N_("See the audit log"),
    Permission.EDIT_SETTINGS: N_("Change the company's settings"),
    Permission.USE_PORTAL: N_("Order on the portal"),
}

# All that a portal user may ever do, whatever roles somebody gave him: he works for a customer, not for the tenant.
PORTAL_PERMISSIONS = frozenset({Permission.USE_PORTAL})
