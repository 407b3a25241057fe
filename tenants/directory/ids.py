"""Text ids of tenants."""

from __future__ import annotations

from uuid import UUID

from kernel.ids import to_text


def tenant_text(tenant_id: UUID) -> str:
    return to_text("ten", tenant_id)
