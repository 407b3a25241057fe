"""Templates: goods that are ordered again and again, kept under a name, for one customer or for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.ids import new_id, to_text
from oms.catalog.queries import find_skus
from oms.customers.errors import CustomerNotFound
from oms.intake.errors import (
    SKU_NOT_THERE,
    ContentTooLarge,
    TemplateEmpty,
    TemplateGoodsUnknown,
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
_UPDATE = """
UPDATE order_templates SET name = %(name)s, customer_id = %(customer)s, content = %(content)s::jsonb,
  updated_at = %(now)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_OTHER_OF_NAME = """
SELECT EXISTS (SELECT FROM order_templates WHERE tenant_id = %(tenant)s AND name = %(name)s AND id <> %(id)s)
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
    """The new template's id.

    raises  TemplateUnnamed, TemplateEmpty, TemplateGoodsUnknown by line, CustomerNotFound, ContentTooLarge,
            TemplateNameTaken
    """
    row = {**_checked(work, command), "id": new_id()}
    if not work.execute(_INSERT, row):
        raise TemplateNameTaken(name=row["name"])
    told = {"name": (None, row["name"]), "lines": (None, str(len(command.lines)))}
    audit(work, "order_template.save", "order_template", to_text("otp", row["id"]), told)
    return UUID(str(row["id"]))


def change_template(work: Work, template_id: UUID, command: SaveTemplate) -> None:
    """Puts another name, customer and goods in its place. Raises TemplateUnknown, and as save_template."""
    before = read_template(work, template_id)
    row = {**_checked(work, command), "id": template_id}
    if work.scalar(_OTHER_OF_NAME, row):
        raise TemplateNameTaken(name=row["name"])
    work.execute(_UPDATE, row)
    told = {"name": (before.name, row["name"]), "lines": (str(len(before.lines)), str(len(command.lines)))}
    audit(work, "order_template.change", "order_template", to_text("otp", template_id), told)


def _checked(work: Work, command: SaveTemplate) -> dict[str, Any]:
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
    known = find_skus(work, [line.sku for line in command.lines])
    unknown = [
        Problem(f"/lines/{index}/sku", "sku_unknown", SKU_NOT_THERE, {"sku": line.sku, "line": index + 1})
        for index, line in enumerate(command.lines)
        if line.sku not in known
    ]
    if unknown:
        raise TemplateGoodsUnknown(problems=unknown)
    lines = [
        {"sku": line.sku, "quantity": line.quantity, "unit": line.unit, "custom": dict(line.custom)}
        for line in command.lines
    ]
    content = dumps({"order_type": command.order_type, "lines": lines})
    if len(content) > MOST_CONTENT // 2:
        raise ContentTooLarge()
    return {
        "tenant": work.tenant_id, "name": name, "customer": command.customer_id, "content": content,
        "actor": work.actor.name, "now": work.now,
    }  # fmt: skip


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
