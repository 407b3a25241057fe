"""Templates: goods that are ordered again and again, kept under a name, for one customer or for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from oms.customers.errors import CustomerNotFound
from oms.intake.errors import (
    ContentTooLarge,
    TemplateEmpty,
    TemplateNameTaken,
    TemplateUnknown,
    TemplateUnnamed,
)
from oms.intake.models import MOST_CONTENT
from tenants.access.audit import audit

_INSERT = """
INSERT INTO order_templates (tenant_id, id, name, customer_id, content, created_by_name, created_at, updated_at)
VALUES (%(tenant)s, %(id)s, %(name)s, %(customer)s, %(content)s::jsonb, %(actor)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, name) DO NOTHING
"""
_LIST = """
SELECT t.id, t.name, t.content, t.created_by_name, t.updated_at, t.customer_id, c.number AS customer_number,
  c.name AS customer_name
FROM order_templates t LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = t.customer_id
WHERE t.tenant_id = %(tenant)s AND (%(id)s::uuid IS NULL OR t.id = %(id)s)
  AND (%(customers)s::uuid[] IS NULL OR t.customer_id IS NULL OR t.customer_id = ANY(%(customers)s))
ORDER BY t.name LIMIT 500
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    """quantity: in `unit`, "" for the SKU's base unit; as text, as it was typed"""

    sku: str
    quantity: str
    unit: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveTemplate:
    """customer_id: whose it is; None: for all. order_type: "" leaves it open"""

    name: str
    lines: tuple[TemplateLine, ...]
    customer_id: UUID | None = None
    order_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """content: {"order_type", "lines": [{"sku", "quantity", "unit", "custom"}]}"""

    id: UUID
    name: str
    content: Mapping[str, Any]
    created_by_name: str
    updated_at: datetime
    customer_id: UUID | None
    customer_number: str | None
    customer_name: str | None

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.content.get("lines", ())
        return found


def save_template(work: Work, command: SaveTemplate) -> UUID:
    """The new template's id. Raises TemplateUnnamed, TemplateEmpty, ContentTooLarge, TemplateNameTaken."""
    name = command.name.strip()
    if not name or len(name) > 120:
        raise TemplateUnnamed()
    if not command.lines:
        raise TemplateEmpty()
    if command.customer_id is not None:
        found = work.actor.may_see("customer", command.customer_id) and work.scalar(
            "SELECT EXISTS (SELECT FROM customers WHERE tenant_id = %(tenant)s AND id = %(id)s)",
            {"tenant": work.tenant_id, "id": command.customer_id},
        )
        if not found:
            raise CustomerNotFound()
    lines = [
        {"sku": line.sku, "quantity": line.quantity, "unit": line.unit, "custom": dict(line.custom)}
        for line in command.lines
    ]
    content = dumps({"order_type": command.order_type, "lines": lines})
    if len(content) > MOST_CONTENT // 2:
        raise ContentTooLarge()
    template_id = new_id()
    made = work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": template_id, "name": name, "customer": command.customer_id,
            "content": content, "actor": work.actor.name, "now": work.now,
        },
    )  # fmt: skip
    if not made:
        raise TemplateNameTaken(name=name)
    audit(work, "order_template.save", "order_template", to_text("otp", template_id), {"name": (None, name)})
    return template_id


def list_templates(work: Work) -> list[TemplateRow]:
    """By name: those for all customers, and those of customers within the actor's reach."""
    return [TemplateRow(**row) for row in work.mappings(_LIST, _parameters(work, None))]


def read_template(work: Work, template_id: UUID) -> TemplateRow:
    """Raises TemplateUnknown."""
    rows = work.mappings(_LIST, _parameters(work, template_id))
    if not rows:
        raise TemplateUnknown()
    return TemplateRow(**rows[0])


def remove_template(work: Work, template_id: UUID) -> None:
    """Raises TemplateUnknown."""
    found = read_template(work, template_id)
    work.execute(
        "DELETE FROM order_templates WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": template_id},
    )
    audit(work, "order_template.remove", "order_template", to_text("otp", template_id), {"name": (found.name, None)})


def _parameters(work: Work, template_id: UUID | None) -> dict[str, Any]:
    return {"tenant": work.tenant_id, "id": template_id, "customers": work.actor.reach_list("customer")}
