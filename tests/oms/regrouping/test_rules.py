"""What split and merge rules make of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from oms.kinds.split_rules.compile import compile_document
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.regrouping.errors import OrderSealed
from oms.regrouping.jobs import merge_by_rule, split_by_rules
from oms.regrouping.offer_split import offer_split
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.suggest_split import SplitFacts, groups_of, suggest_split
from oms.regrouping.write_moves import open_promises
from tests.oms.regrouping.test_split_and_merge import goods, lines_of, order, proof
from tests.support.builders import sku_id
from tests.support.configuration import an_order_type, publish_defaults


def rules(work: Work, *by: dict[str, Any], **more: Any) -> Any:
    body = {
        "name": {"en": "Test"},
        "rules": [{"id": f"r{n}", "name": {"en": f"R{n}"}, "by": one} for n, one in enumerate(by)],
        **more,
    }
    return compile_document("test", body, configuration(work))


def facts(work: Work, order_id: UUID) -> SplitFacts:
    locked = lock_order(work, order_id)
    return SplitFacts(
        values=order_values(work, order_id), lines=locked.lines, promises=open_promises(work, order_id),
        weights={sku_id(work, "TEA"): Decimal(250), sku_id(work, "CUP"): Decimal(400)}, names={},
    )  # fmt: skip


def shape(work: Work, order_id: UUID, by: dict[str, Any]) -> list[dict[str, int]]:
    """sku -> units of each group."""
    known = facts(work, order_id)
    [rule] = rules(work, by).rules
    skus = {line.id: line.sku for line in known.lines}
    of_promise = {promise.id: promise.line_id for promise in known.promises}
    found = []
    for group in groups_of(rule, known, Environment(now=work.now, today=work.today)):
        units: dict[str, int] = {}
        for line, count in [*group.units.items(), *((of_promise[key], n) for key, n in group.promised.items())]:
            units[skus[line]] = units.get(skus[line], 0) + int(count)
        found.append(units)
    return found


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ({"how": "location"}, [{"TEA": 1}, {"TEA": 4, "CUP": 4}, {"TEA": 5}]),
        ({"how": "quantity", "most": 6}, [{"TEA": 6}, {"TEA": 4, "CUP": 2}, {"CUP": 2}]),
        ({"how": "weight", "most": 1}, [{"TEA": 4}, {"TEA": 4}, {"TEA": 2, "CUP": 1}, {"CUP": 2}, {"CUP": 1}]),
        ({"how": "amount", "most": 3}, [{"TEA": 1}] * 10 + [{"CUP": 4}]),
        ({"how": "value", "value": {"var": "line.sku"}}, [{"TEA": 10}, {"CUP": 4}]),
    ],
)
def test_each_way_to_split(work: Work, by: dict[str, Any], groups: list[dict[str, int]]) -> None:
    goods(work)
    placed = order(work, ("TEA", "10"), ("CUP", "4"))
    found = shape(work, placed.order_id, by)
    assert sorted(found, key=str) == sorted(groups, key=str)


@pytest.mark.parametrize("by", [{"how": "location"}, {"how": "quantity", "most": 3}, {"how": "weight", "most": 0.7}])
def test_what_a_rule_suggests_can_be_done(work: Work, by: dict[str, Any]) -> None:
    goods(work)
    placed = order(work, ("TEA", "10"), ("CUP", "4"))
    suggestion = suggest_split(rules(work, by), facts(work, placed.order_id), now=work.now, today=work.today)
    assert suggestion is not None
    offered = offer_split(work, placed.order_id, suggestion.leaving)
    done = split_order(work, SplitOrder(order_id=placed.order_id, groups=suggestion.leaving))
    assert [one.total for one in offered.preview] == [done.total, *(one.total for one in done.orders)]
    assert sum(one.total for one in offered.preview) == placed.total
    assert sum(line.ordered for one in done.orders for line in lines_of(work, one.id)) < 14
    proof(work)


def test_the_first_rule_that_splits_decides_and_never_means_never(work: Work) -> None:
    goods(work)
    placed = order(work, ("TEA", "2"), ("CUP", "4"))
    known = facts(work, placed.order_id)
    by = ({"how": "quantity", "most": 100}, {"how": "value", "value": {"var": "line.sku"}})
    suggestion = suggest_split(rules(work, *by), known, now=work.now, today=work.today)
    assert suggestion is not None
    assert suggestion.rule.id == "r1"
    never = {"when": {">": [{"var": "order.total"}, 1]}, "reason": {"en": "No"}}
    assert suggest_split(rules(work, *by, never=never), known, now=work.now, today=work.today) is None


def test_rules_act_by_themselves_once_nothing_holds_the_order(work: Work) -> None:
    by_sku = {"id": "sku", "name": {"en": "By SKU"}, "by": {"how": "value", "value": {"var": "line.sku"}}}
    publish_defaults(
        work,
        {
            "order_type/standard": an_order_type(split_rules="parts", merge_rules="same"),
            "split_rules/parts": {"name": {"en": "Parts"}, "automatic": True, "rules": [by_sku]},
            "merge_rules/same": {"name": {"en": "Same"}, "automatic": True, "within_hours": 2},
        },
    )
    goods(work)
    lines = (LineRequest(sku="TEA", quantity=Decimal(1)), LineRequest(sku="CUP", quantity=Decimal(1)))
    command = PlaceOrder(order_type="standard", channel="api", lines=lines, customer_number="C-1")
    alone = place(work, command)
    assert not merge_by_rule(work, alone.order_id)
    twin = place(work, command)
    assert merge_by_rule(work, twin.order_id)
    assert not merge_by_rule(work, twin.order_id), "once"
    assert split_by_rules(work, alone.order_id)
    assert not split_by_rules(work, alone.order_id), "once"
    found = work.rows(
        "SELECT number, status, total FROM orders WHERE tenant_id = %(t)s ORDER BY number", {"t": work.tenant_id}
    )
    assert [row.status for row in found] == ["placed", "placed", "closed"]
    assert sum(row.total for row in found) == alone.total + twin.total
    proof(work)


def test_rules_seal_orders_against_hands_too(work: Work) -> None:
    never = {"when": {"in": ["cod", {"var": "order.tags"}]}, "reason": {"en": "Cash on delivery"}}
    publish_defaults(
        work,
        {
            "order_type/standard": an_order_type(split_rules="parts"),
            "split_rules/parts": {"name": {"en": "Parts"}, "never": never, "rules": []},
        },
    )
    goods(work)
    lines = (LineRequest(sku="TEA", quantity=Decimal(2)),)
    command = PlaceOrder(order_type="standard", channel="api", lines=lines, customer_number="C-1", tags=("cod",))
    placed = place(work, command)
    half = SplitOff(units={lines_of(work, placed.order_id)[0].id: Decimal(1)})
    with pytest.raises(OrderSealed) as refused:
        split_order(work, SplitOrder(order_id=placed.order_id, groups=(half,)))
    assert refused.value.facts["because"] == "Cash on delivery"
