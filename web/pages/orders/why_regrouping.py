"""Why an order was split or merged: the rule or the hand that did it, what went where, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import _
from web.http.formats import money, quantity
from web.pages.orders.why_parts import WhyPart, WhyTable


def regrouped(kind: str, trace: Mapping[str, Any]) -> str:
    """kind: split or merge. The outcome in one sentence."""
    if kind == "split":
        return _("Into {count} orders", count=len(_items(trace, "groups")) + 1)
    return _("{count} orders in one", count=len(_items(trace, "orders")) + 1)


def split_parts(trace: Mapping[str, Any], currency: str) -> list[WhyPart]:
    """One table a new order, and what stays."""
    parts = [
        WhyPart(
            title=_(
                "To order {number}: {total}",
                number=group.get("order", ""), total=_money(group.get("total"), currency),
            ),
            sentences=[str(group["label"])] if group.get("label") else [],
            tables=[
                WhyTable(
                    caption=_("Units that go to new orders"), columns=[_("SKU"), _("Units")],
                    rows=[
                        [str(line.get("sku", "")), _units(line.get("units"))]
                        for line in _items(group, "lines")
                    ],
                    numbers=frozenset({1}),
                )
            ],
        )
        for group in _items(trace, "groups")
    ]  # fmt: skip
    stays = WhyPart(sentences=[_("What stays here: {total}", total=_money(trace.get("stays"), currency))])
    return [*parts, stays, *_by_hand(trace)]


def merge_parts(trace: Mapping[str, Any], currency: str) -> list[WhyPart]:
    orders = trace.get("orders")
    numbers = ", ".join(str(each) for each in orders) if isinstance(orders, list | tuple) else ""
    told = _("Takes over {orders}: {total} in all", orders=numbers, total=_money(trace.get("total"), currency))
    return [WhyPart(sentences=[told]), *_by_hand(trace)]


def _by_hand(trace: Mapping[str, Any]) -> list[WhyPart]:
    return [] if trace.get("document") else [WhyPart(sentences=[_("By hand")])]


def _items(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    return list(found) if isinstance(found, list | tuple) else []


def _units(value: Any) -> str:
    number = _number(value)
    return str(value or "") if number is None else quantity(number)


def _money(value: Any, currency: str) -> str:
    return money(_number(value), currency)


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
