"""Of an allocation: where the order stood in the queue, who came before it, and what weighed in the least cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import _
from web.http.formats import quantity
from web.pages.orders.why_parts import WhyPart, WhyTable


def circumstances(trace: Mapping[str, Any]) -> list[WhyPart]:
    """What stands above the rounds; nothing for an order that was allocated by itself."""
    sentences = [*_queue(trace.get("queue")), *_moved(trace), *_mode(trace)]
    tables = [*_before(trace.get("queue")), *_costs(trace)]
    return [WhyPart(sentences=sentences, tables=tables)] if sentences or tables else []


def waits_for(each: Mapping[str, Any], because: str) -> WhyPart | None:
    """A round that says why nothing, or a line, goes: what the rule does not let go in part."""
    if each.get("chosen") or not because:
        return None
    skus = ", ".join(str(sku) for sku in each.get("skus", ()))
    title = _("Kept back: {because}", because=because)
    return WhyPart(title=title, sentences=[_("Waiting: {skus}", skus=skus)] if skus else [])


def _queue(queue: Any) -> list[str]:
    if not isinstance(queue, Mapping) or int(queue.get("of") or 1) < 2:
        return []
    return [_("Served as number {position} of {count} orders.", position=queue["position"], count=queue["of"])]


def _moved(trace: Mapping[str, Any]) -> list[str]:
    said = []
    for taken in trace.get("taken_from") or ():
        facts = {"count": _units(taken), "order": taken.get("order", "")}
        said.append(_("{count} units came from order {order}, which has a lower priority.", **facts))
    lost = trace.get("lost_to")
    if isinstance(lost, Mapping):
        facts = {"order": lost.get("order", ""), "priority": lost.get("priority", "")}
        said.append(_("Units went to order {order} of priority {priority}; this is what is left.", **facts))
    refused = trace.get("refused")
    if isinstance(refused, Mapping):
        said.append(_("{location} could not ship.", location=refused.get("location", "")))
    return said


def _mode(trace: Mapping[str, Any]) -> list[str]:
    if trace.get("mode") != "optimise":
        return []
    if trace.get("changed_since"):
        return [_("The plan of least cost no longer fitted the stock; the rule decided.")]
    return [_("Planned together with the other orders at the least cost.")]


def _before(queue: Any) -> list[WhyTable]:
    rows = [
        [str(one.get("order", "")), str(one.get("sku", "")), _units(one)]
        for one in (queue.get("before") or () if isinstance(queue, Mapping) else ())
    ]
    if not rows:
        return []
    columns = [_("Order"), _("SKU"), _("Units")]
    return [WhyTable(caption=_("Who came before and got it"), columns=columns, rows=rows, numbers=frozenset({2}))]


def _costs(trace: Mapping[str, Any]) -> list[WhyTable]:
    best, rules = trace.get("cost"), trace.get("cost_by_rules")
    if not isinstance(best, Mapping) or not isinstance(rules, Mapping):
        return []
    names = {
        "freight": _("Freight"), "split": _("Further locations"), "unfilled": _("Units not served"),
        "total": _("In all"),
    }  # fmt: skip
    return [
        WhyTable(
            caption=_("What it costs"),
            columns=[_("Part"), _("At the least cost"), _("By the rules")],
            rows=[[label, str(best.get(part, "")), str(rules.get(part, ""))] for part, label in names.items()],
            numbers=frozenset({1, 2}),
        )
    ]


def _units(each: Mapping[str, Any]) -> str:
    try:
        return quantity(Decimal(str(each.get("quantity", 0))))
    except InvalidOperation:
        return str(each.get("quantity"))
