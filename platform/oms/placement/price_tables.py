"""A `price_rule` document as placement asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from low_code.expressions import Environment
from oms.placement.policy import PriceAdjustment, PriceTable


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    table: Any

    def adjust(self, values: Mapping[str, Any], *, now: datetime, today: date) -> PriceAdjustment | None:
        decision = self.table.decide(values, Environment(now=now, today=today))
        outputs = decision.outputs
        if not outputs:
            return None
        return PriceAdjustment(
            source=self.source, discount_percent=_number(outputs.get("discount_percent")),
            unit_price=_number(outputs.get("unit_price")), surcharge=_number(outputs.get("surcharge")),
            rows=tuple(decision.rows),
        )  # fmt: skip


def price_table(compiled: Any) -> PriceTable:
    return _Table(source=f"price_rule/{compiled.key}", table=compiled)


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
