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
    "UnitPrice",
    "Work",
    "tenant_foreign_key",
    "tenant_unique",
]
