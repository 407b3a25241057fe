"""The database: base of rows, connections, the unit of work. See README.md."""

from kernel.db.base import (
    Amount,
    Base,
    Currency,
    Day,
    Instant,
    Json,
    Quantity,
    Rate,
    TenantModel,
    TenantRow,
    UnitPrice,
    tenant_foreign_key,
    tenant_unique,
)
from kernel.db.work import SYSTEM, Actor, Event, TenantFacts, Work

__all__ = [
    "SYSTEM",
    "Actor",
    "Amount",
    "Base",
    "Currency",
    "Day",
    "Event",
    "Instant",
    "Json",
    "Quantity",
    "Rate",
    "TenantFacts",
    "TenantModel",
    "TenantRow",
    "UnitPrice",
    "Work",
    "tenant_foreign_key",
    "tenant_unique",
]
