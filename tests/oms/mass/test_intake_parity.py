"""Duplicates, scores and documents as received: a file gives what one order at a time gives."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.intake.mapped import mapped_fields
from oms.intake.received import received_of
from oms.orders.read_order import read_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from oms.placement.policy import DuplicatePolicy, OrderPolicy, ReviewHit
from tests.oms.mass.test_place_chunk import HEADER, run
from tests.support.builders import a_customer, a_location, a_policy, a_sku, stock

ROWS = (("A", "C-1", "TEA", "2"), ("A", "C-1", "CUP", "1"), ("B", "C-1", "CUP", "1"), ("C", "C-2", "TEA", "2"),
        ("D", "C-1", "CUP", "1"), ("E", "C-1", "CUP", "1.0"))  # fmt: skip


class Scores:
    """Two points for each unit; five are held, as a document would say it."""

    source = "review_rules/standard"

    def evaluate(self, values: Any, *, now: Any, today: Any) -> list[ReviewHit]:
        points = int(values["order"]["quantity"]) * 2
        hits = [ReviewHit(rule_id="units", outcome="score", points=points)]
        if points > 5:
            hits.append(ReviewHit(rule_id="risk", outcome="hold", hold_type="review", reason="risky", points=points))
        return hits


def shop(work: Work) -> OrderPolicy:
    for code in ("TEA", "CUP"):
        a_sku(work, code, price="10.00", tax_rate="0")
        stock(work, code, at=a_location(work, f"ham-{code.lower()}"), on_hand="50")
    for number in ("C-1", "C-2"):
        a_customer(work, number, limit="100000")
    same = frozenset({"buyer", "goods", "amount"})
    duplicates = DuplicatePolicy(window=timedelta(hours=24), same=same, hold=True)
    return a_policy(duplicates=duplicates, review=Scores())


def decided(work: Work) -> dict[str, tuple[int, str, list[tuple[str, str, str | None]]]]:
    rows = work.rows(
        "SELECT o.outside_number, o.risk_score, o.goods_key, h.type, h.reason, d.outside_number AS other"
        " FROM orders o LEFT JOIN order_holds h ON h.tenant_id = o.tenant_id AND h.order_id = o.id"
        " LEFT JOIN orders d ON d.tenant_id = o.tenant_id AND d.id = h.other_order_id"
        " WHERE o.tenant_id = %(t)s ORDER BY o.outside_number, h.id",
        {"t": work.tenant_id},
    )
    found: dict[str, tuple[int, str, list[tuple[str, str, str | None]]]] = {}
    for row in rows:
        of_order = found.setdefault(row.outside_number, (row.risk_score, row.goods_key, []))
        if row.type:
            of_order[2].append((row.type, row.reason, row.other))
    return found


def test_a_file_finds_the_duplicates_and_scores_that_single_orders_find(work: Work) -> None:
    policy = shop(work)
    savepoint = work.connection.begin_nested()
    run(work, HEADER + "".join(f"{','.join(row)},,\n" for row in ROWS), policy)
    by_file = decided(work)
    savepoint.rollback()

    for number in dict.fromkeys(row[0] for row in ROWS):
        lines = tuple(LineRequest(sku=row[2], quantity=Decimal(row[3])) for row in ROWS if row[0] == number)
        buyer = next(row[1] for row in ROWS if row[0] == number)
        command = PlaceOrder(
            order_type="standard", channel="file", outside_number=number, lines=lines, customer_number=buyer
        )
        place_order(work, command, policy)

    assert by_file == decided(work)
    assert [other for _type, _reason, other in by_file["E"][2]] == ["D"]
    assert [other for _type, _reason, other in by_file["D"][2]] == ["B"]


def test_each_order_of_a_file_keeps_its_rows_as_they_were_read(work: Work) -> None:
    policy = shop(work)

    run(work, HEADER + "".join(f"{','.join(row)},,\n" for row in ROWS), policy)

    rows = work.rows(
        "SELECT outside_number, origin, body FROM channel_documents WHERE tenant_id = %(t)s ORDER BY 1",
        {"t": work.tenant_id},
    )
    assert [(row.outside_number, row.origin) for row in rows] == [(one, "orders.csv") for one in "ABCDE"]
    first = json.loads(bytes(rows[0].body))
    assert [(row["row"], row["values"]["sku"]) for row in first] == [(2, "TEA"), (3, "CUP")]


def test_the_rows_of_a_file_are_mapped_to_the_order_that_they_became(work: Work) -> None:
    policy = shop(work)
    run(work, HEADER + "".join(f"{','.join(row)},,\n" for row in ROWS[:2]), policy)
    order = work.scalar("SELECT id FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    detail = read_order(work, order, with_history=False)

    found = mapped_fields(received_of(work, order)[0], detail)

    assert [(one.at, one.line, one.now) for one in found if one.field == "sku"] == [
        ("2:sku", 1, "TEA"), ("3:sku", 2, "CUP"),
    ]  # fmt: skip
    assert [one.at for one in found if one.field == "customer_number"] == ["2:customer_number"]
    assert not any(one.differs for one in found)
