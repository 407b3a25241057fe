"""Promotions, freight and floors made from documents, as an order type would bring them."""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from kernel.ids import new_id
from low_code.kinds.promotion.compile import Promotion
from low_code.registry import Configuration
from low_code.registry.checking import check_document
from oms.configuration.registry import build_registry
from oms.placement.policy import FreightPolicy
from oms.placement.price_tables import freight_table
from oms.promotions.models import Coupon


def a_promotion(key: str, do: str, /, *, effect: dict[str, Any] | None = None, **body: Any) -> Promotion:
    """The document `promotion/<key>`, checked and compiled. effect: what belongs beside `do`"""
    if do in {"amount", "fixed_price", "bundle"} or "amount" in body.get("budget", {}):
        body.setdefault("currency", "USD")
    document = {"name": {"en": key.title(), "zh-CN": f"促销{key}"}, "effect": {"do": do, **(effect or {})}, **body}
    configuration = Configuration(build_registry(), {f"promotion/{key}": document})
    assert check_document("promotion", key, document, configuration) == []
    compiled: Promotion = configuration.compiled("promotion", key)
    return compiled


def for_sku(*codes: str) -> dict[str, Any]:
    """The condition on a line that it is of one of these SKUs."""
    return {"in": [{"var": "line.sku"}, list(codes)]}


def from_total(amount: str) -> dict[str, Any]:
    return {">=": [{"var": "order.net_total"}, {"dec": amount}]}


def a_freight(*tiers: tuple[str, str], tax_class: str = "vat-0.19") -> FreightPolicy:
    """Freight by the net total of the goods: (from total, amount), the highest total first."""
    table = {
        "name": {"en": "Freight"},
        "subject": "order",
        "table": {
            "hit": "F",
            "inputs": [{"id": "i1", "expr": {"var": "order.net_total"}}],
            "outputs": [{"id": "o1", "name": "amount", "type": "number"}],
            "rows": [
                {"id": f"r{number}", "when": {"i1": {"ge": start}}, "then": {"o1": amount}}
                for number, (start, amount) in enumerate(tiers, start=1)
            ],
        },
    }
    configuration = Configuration(build_registry(), {"decision_table/freight": table})
    assert check_document("decision_table", "freight", table, configuration) == []
    compiled = configuration.compiled("decision_table", "freight")
    names = {"en": "Freight", "zh-CN": "运费"}
    return FreightPolicy(table=freight_table("freight", compiled), tax_class=tax_class, names=names)


def a_coupon(work: Work, code: str, promotion: str, **columns: Any) -> None:
    work.session.add(Coupon(tenant_id=work.tenant_id, id=new_id(), code=code, promotion=promotion, **columns))
    work.session.flush()
