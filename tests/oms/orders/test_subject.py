"""The three ways to an order's values (placement, stored order, SQL) agree on every field of the subject."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.db import Work
from low_code.expressions import Environment, Kind, check, compile_closure, compile_sql
from oms.orders.order_values import order_values
from oms.orders.subject import ORDER, ORDER_SOURCE, ORDER_SQL
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from tests.support.builders import a_customer, a_group, a_policy, a_price, a_sku


def test_a_stored_order_reads_as_placement_saw_it_and_as_sql_sees_it(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", category="drinks")
    a_sku(work, "MUG", price="4.50", category="ware")
    a_customer(work, group=a_group(work), limit="1000")
    a_price(work, "TEA", "8.00", from_quantity="10")
    seen: dict[str, Any] = {}

    class Spy:
        source = "review_rules/spy"

        def evaluate(self, values: Any, *, now: Any, today: Any) -> list[Any]:
            seen.update(values)
            return []

    lines = (LineRequest(sku="TEA", quantity=Decimal(12)), LineRequest(sku="MUG", quantity=Decimal(3)))
    command = PlaceOrder(
        order_type="standard", channel="web", customer_number="C-1", lines=lines, outside_number="W-1",
        buyer_note="ring twice", tags=("gift",), requested_on=work.today,
    )  # fmt: skip
    placed = place_order(work, command, a_policy(review=Spy(), allocation=None))
    stored = order_values(work, placed.order_id)
    env = Environment(now=work.now, today=work.today)

    for path, spec in ORDER.fields.items():
        if spec.type.kind is Kind.ROWS:
            continue
        checked = check({"var": path}, ORDER, spec.type).checked
        assert checked is not None, path
        evaluate = compile_closure(checked)
        sql = compile_sql(checked, ORDER_SQL, prefix="x")
        (found,) = work.driver.execute(  # type: ignore[call-overload]
            f"SELECT {sql.text} FROM {ORDER_SOURCE} WHERE o.tenant_id = %(tenant)s AND o.id = %(id)s",
            {**sql.params, **env.params(), "tenant": work.tenant_id, "id": placed.order_id},
        ).fetchone()
        from_stored, from_seen = evaluate(stored, env), evaluate(seen, env)
        expected = tuple(found) if isinstance(found, list) else found
        assert from_stored == from_seen == expected, path

    for fields in ("net", "gross", "amount", "discount_percent", "quantity", "unit_price"):
        expression = {"sum": [{"var": "order.lines"}, {"var": fields}]}
        checked = check(expression, ORDER, ORDER.fields["order.total"].type).checked
        assert checked is not None
        sql = compile_sql(checked, ORDER_SQL, prefix="x")
        (found,) = work.driver.execute(  # type: ignore[call-overload]
            f"SELECT {sql.text} FROM {ORDER_SOURCE} WHERE o.tenant_id = %(tenant)s AND o.id = %(id)s",
            {**sql.params, "tenant": work.tenant_id, "id": placed.order_id},
        ).fetchone()
        evaluate = compile_closure(checked)
        assert evaluate(stored, env) == evaluate(seen, env) == found, fields
