"""What happened to an order, as it leaves the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.ids import to_text


@dataclass(frozen=True, slots=True)
class OrderChangedEvent:
    """A fact about one order. `topic` is "order." and a past participle; facts are plain JSON values."""

    topic: str
    order_id: UUID
    number: str
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"order_id": to_text("ord", self.order_id), "number": self.number, **self.facts}
