"""`price_rule` documents, and the table of freight, as placement asks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from low_code.expressions import Environment
from low_code.rules import TableResult
from oms.placement.policy import FreightTable, PriceAdjustment, PriceTable


class CompiledTable(Protocol):
    """What `low_code.rules` compiles a table to, as far as it is asked here."""

    def evaluate(self, values: Mapping[str, Any], moment: Environment, /) -> TableResult: ...


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    table: CompiledTable

    def adjust(self, values: Mapping[str, Any], *, now: datetime, today: date) -> PriceAdjustment | None:
        result = self.table.evaluate(values, Environment(now=now, today=today))
        outputs = result.outputs
        if not isinstance(outputs, Mapping) or not any(value is not None for value in outputs.values()):
            return None
        return PriceAdjustment(
            source=self.source, discount_percent=_number(outputs.get("discount_percent")),
            unit_price=_number(outputs.get("unit_price")), surcharge=_number(outputs.get("surcharge")),
            rows=tuple(result.row_ids),
        )  # fmt: skip


def price_table(key: str, table: CompiledTable) -> PriceTable:
    """The table of the document `price_rule/<key>`."""
    return _Table(source=f"price_rule/{key}", table=table)


@dataclass(frozen=True, slots=True)
class _Freight:
    source: str
    table: CompiledTable

    def cost(self, values: Mapping[str, Any], *, now: datetime, today: date) -> tuple[Decimal | None, Sequence[str]]:
        result = self.table.evaluate(values, Environment(now=now, today=today))
        amount = result.outputs.get("amount") if isinstance(result.outputs, Mapping) else None
        return _number(amount), tuple(result.row_ids)


def freight_table(key: str, table: CompiledTable) -> FreightTable:
    """The table of the document `decision_table/<key>`."""
    return _Freight(source=f"decision_table/{key}", table=table)


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
