"""Slots and words: filled with every write, built for older rows, used by the list, and closed to who may not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.errors import Invalid
from low_code.field_index import filters
from low_code.field_index.build_index import INDEX, fill_batch, finish
from low_code.field_index.filters import FieldCondition, FieldFilter, FieldSort
from low_code.field_index.retirements import purge_retired
from low_code.field_index.run_batches import next_batch
from oms.fields.judge_values import entity_fields
from oms.orders.list_orders import OrderFilter, count_orders, list_orders
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tests.support.builders import a_customer, a_sku
from tests.support.custom_fields import field, option, publish_fields

RIGHT_AWAY = replace(INDEX, may_start=lambda work, entity: True)  # the test's own transaction is an older writer


@pytest.fixture(autouse=True)
def master_data(work: Work) -> None:
    a_sku(work, "TEA")
    a_customer(work, "C-1")


def order(work: Work, **custom: Any) -> UUID:
    command = PlaceOrder(
        order_type="standard", channel="api", customer_number="C-1",
        lines=(LineRequest(sku="TEA", quantity=Decimal(1)),), custom=custom,
    )  # fmt: skip
    return place(work, command).order_id


def where(work: Work, *conditions: tuple[str, str, Any], sort: str = "", descending: bool = False) -> OrderFilter:
    fields = entity_fields(work, "order")
    assert fields is not None
    made = tuple(FieldCondition(field=fields.fields[key], operator=op, value=value) for key, op, value in conditions)  # type: ignore[arg-type]
    order_by = FieldSort(field=fields.fields[sort], descending=descending) if sort else None
    return OrderFilter(fields=FieldFilter(conditions=made, sort=order_by))


def found(work: Work, wanted: OrderFilter) -> Sequence[UUID]:
    ids = [one.id for one in list_orders(work, wanted).orders]
    assert count_orders(work, wanted).tabs["all"] == len(ids)
    return ids


def build(work: Work) -> int:
    """Runs the whole index work and says in how many batches."""
    number = work.scalar("SELECT number FROM field_runs WHERE entity = 'order' AND work = 'index'")
    batches = 0
    while next_batch(work, "order", number, RIGHT_AWAY):
        batches += 1
    return batches


FIELDS = [
    field("po", slot=True),
    field("grade", "option", slot=True, options=[option("a"), option("b")]),
    field("weight", "decimal", slot=True),
    field("price", "money", slot=True),
    field("due", "date", slot=True),
    field("seen", "datetime", slot=True),
    field("gift", "bool", slot=True),
    field("note", search="text"),
    field("loose"),
]


def test_every_kind_of_value_is_found_by_its_slot(work: Work) -> None:
    publish_fields(work, order=FIELDS)
    first = order(
        work, po="PO-1", grade="a", weight="12.50", price={"amount": "9.90", "currency": "CNY"}, due="2026-11-22",
        seen="2026-11-22T09:30:00+08:00", gift=True, loose="x",
    )  # fmt: skip
    order(work, po="PO-2", grade="b", weight="12.51", price={"amount": "10", "currency": "CNY"}, due="2026-11-23")
    build(work)

    for condition in [
        ("po", "eq", "PO-1"), ("grade", "eq", "a"), ("weight", "eq", Decimal("12.5")), ("weight", "max", Decimal("12.505")),
        ("price", "max", {"amount": "9.95", "currency": "CNY"}), ("price", "eq", {"amount": "9.9", "currency": "CNY"}),
        ("due", "max", "2026-11-22"), ("seen", "min", "2026-11-22T01:30:00Z"), ("gift", "eq", True), ("loose", "eq", "x"),
        ("po", "max", "PO-1"),
    ]:  # fmt: skip
        assert found(work, where(work, condition)) == [first], condition
    assert (
        found(work, where(work, ("weight", "min", Decimal("12.500000001")), ("weight", "max", Decimal("12.505")))) == []
    )


def test_orders_that_were_there_before_are_filled_batch_by_batch(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_fields(work, order=[field("po"), field("weight", "decimal")])
    ids = [order(work, po=f"PO-{n}", weight=str(n)) for n in range(5)]
    publish_fields(work, order=[field("po", slot=True), field("weight", "decimal", slot=True)])
    monkeypatch.setenv("ORDERLOOM_FIELD_BATCH", "2")

    early = found(work, where(work, ("weight", "min", Decimal(3))))  # right before it is fast
    batches = build(work)

    assert sorted(early) == sorted(ids[3:]) == sorted(found(work, where(work, ("weight", "min", Decimal(3)))))
    assert batches == 3
    rows = work.rows("SELECT s1, n1 FROM orders ORDER BY id")
    assert [(row.s1, row.n1) for row in rows] == [(f"PO-{n}", n) for n in range(5)]
    run = work.row("SELECT state, rows_total, rows_done FROM field_runs WHERE work = 'index'")
    assert run is not None and tuple(run) == ("done", 5, 5)


def test_a_batch_that_was_done_twice_changes_nothing(work: Work) -> None:
    publish_fields(work, order=[field("po", slot=True)])
    order(work, po="PO-1")

    fill_batch(work, "order", None)
    fill_batch(work, "order", None)
    finish(work, "order")

    assert [row.s1 for row in work.rows("SELECT s1 FROM orders")] == ["PO-1"]


def test_a_cancelled_run_stops_and_another_one_takes_the_place_of_an_older(work: Work) -> None:
    publish_fields(work, order=[field("po", slot=True)])
    order(work, po="PO-1")
    work.execute("UPDATE field_runs SET cancel_requested = true WHERE entity = 'order'")

    assert not next_batch(work, "order", 1, RIGHT_AWAY)
    assert work.scalar("SELECT state FROM field_runs WHERE entity = 'order'") == "cancelled"
    publish_fields(work, order=[field("po", slot=True), field("n", "integer", slot=True)])
    assert not next_batch(work, "order", 1, RIGHT_AWAY), "an older message must not do the newer run's work"
    assert build(work) == 1


def test_a_field_keeps_its_slot_and_a_freed_one_holds_nothing_of_before(work: Work) -> None:
    publish_fields(work, order=[field("a", slot=True), field("b", slot=True)])
    order(work, a="from a", b="from b")
    build(work)
    publish_fields(work, order=[field("a"), field("b", slot=True), field("c", slot=True)])
    build(work)

    slots = {row.key: row.slot for row in work.rows("SELECT key, slot FROM field_slots WHERE entity = 'order'")}
    assert slots == {"b": "s2", "c": "s1"}
    assert [(row.s1, row.s2) for row in work.rows("SELECT s1, s2 FROM orders")] == [(None, "from b")]


def test_the_list_is_sorted_by_a_field_page_by_page_and_orders_without_a_value_come_last(work: Work) -> None:
    publish_fields(work, order=[field("weight", "decimal", slot=True)])
    given = {order(work, **({"weight": w} if w else {})): w for w in ("2", None, "10", "2", None, "0.5")}
    build(work)

    for descending in (False, True):
        seen: list[UUID] = []
        cursor = None
        for _ in range(6):
            page = list_orders(work, where(work, sort="weight", descending=descending), limit=2, after=cursor)
            seen += [one.id for one in page.orders]
            cursor = page.next
            if cursor is None:
                break
        values = [given[one] for one in seen]
        assert len(seen) == len(set(seen)) == 6
        numbers = [Decimal(one) for one in values if one is not None]
        assert numbers == sorted(numbers, reverse=descending)
        assert values[4:] == [None, None]


@pytest.fixture(params=[2_000, 0], ids=["words of few orders", "words of many orders"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few: the index names the orders. Many: they are found along the list. Which are found must be the same."""
    monkeypatch.setattr(filters, "MANY", request.param)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("text", "word", "hit"),
    [
        ("请周末送货到杭州仓库", "送货", True),
        ("请周末送货到杭州仓库", "杭", True),
        ("请周末送货到杭州仓库", "州仓", True),
        ("请周末送货到杭州仓库", "货送", False),
        ("请周末送货到杭州仓库", "周末 送货", False),
        ("Fragile GLASS inside", "glass", True),
        ("Fragile GLASS inside", "ile gl", True),
        ("Fragile GLASS inside", "gl", True),
        ("Fragile GLASS inside", "g", True),
        ("Fragile GLASS inside", "grass", False),
        ("ＡＢＣ１２ 型号", "abc12", True),
        ("型号A7", "号a", True),
        ("100% sure_thing", "0% s", True),
        ("100% sure_thing", "%", True),
        ("100% sure_thing", "sureXthing", False),
    ],
)
def test_words_are_found_chinese_ones_from_one_character_on(work: Work, text: str, word: str, hit: bool) -> None:
    publish_fields(work, order=[field("note", search="text")])
    first = order(work, note=text)
    order(work, note="其他 other notes")
    build(work)

    assert found(work, where(work, ("note", "contains", word))) == ([first] if hit else [])
    fields = entity_fields(work, "order")
    assert fields is not None
    everywhere = OrderFilter(search=word, fields=FieldFilter(words=(fields.fields["note"],)))
    assert found(work, everywhere) == ([first] if hit else [])


@pytest.mark.usefixtures("many")
def test_a_search_looks_only_into_fields_that_the_reader_may_see(work: Work) -> None:
    publish_fields(work, order=[field("note", search="text"), field("secret", search="text", view=["finance"])])
    order(work, note="open", secret="margin is thin")
    build(work)
    fields = entity_fields(work, "order")
    assert fields is not None

    seen = OrderFilter(search="margin", fields=FieldFilter(words=(fields.fields["note"],)))
    all_of_it = OrderFilter(search="margin", fields=FieldFilter(words=tuple(fields.fields.values())))

    assert len(found(work, seen)) == 0
    assert len(found(work, all_of_it)) == 1


@pytest.mark.usefixtures("many")
def test_a_search_finds_by_numbers_and_by_words_page_by_page(work: Work) -> None:
    publish_fields(work, order=[field("note", search="text"), field("po", slot=True)])
    wanted = [order(work, note=f"包装破损 {number}", po="x" if number else "y") for number in range(5)]
    order(work, note="包装完好", po="x")
    build(work)
    fields = entity_fields(work, "order")
    assert fields is not None
    words = FieldFilter(words=(fields.fields["note"],))
    number = work.scalar("SELECT number FROM orders WHERE tenant_id = %(t)s AND id = %(id)s",
                         {"t": work.tenant_id, "id": wanted[0]})  # fmt: skip
    first = list_orders(work, OrderFilter(search="破损", fields=words), limit=3)
    second = list_orders(work, OrderFilter(search="破损", fields=words), limit=3, after=first.next)

    assert [one.id for one in (*first.orders, *second.orders)] == wanted[::-1] and second.next is None
    assert found(work, OrderFilter(search=number, fields=words)) == [wanted[0]]
    assert found(work, where(work, ("note", "contains", "破损"), ("po", "eq", "y"))) == [wanted[0]]
    assert len(found(work, where(work, ("note", "contains", "破损"), ("note", "contains", "包装")))) == 5


def test_what_is_not_indexed_cannot_be_sorted_or_filtered_by_range(work: Work) -> None:
    publish_fields(work, order=[field("weight", "decimal"), field("note")])

    for wanted in (
        where(work, ("weight", "min", Decimal(1))),
        where(work, sort="weight"),
        where(work, ("note", "contains", "x")),
    ):
        with pytest.raises(Invalid):
            list_orders(work, wanted)


def test_another_company_finds_nothing_through_the_finders(work: Work) -> None:
    publish_fields(work, order=[field("po"), field("note", search="text")])
    order(work, po="PO-1", note="送货")
    words, value = (
        "SELECT count(*) FROM orders_with_words(ARRAY['送货'])",
        'SELECT count(*) FROM orders_with_value(\'{"po": "PO-1"}\')',
    )
    assert (work.scalar(words), work.scalar(value)) == (1, 1)

    work.execute("SET LOCAL app.tenant_id = '00000000-0000-7000-8000-000000000000'")
    assert (work.scalar(words), work.scalar(value)) == (0, 0)
    work.execute("SET LOCAL app.tenant_id = ''")
    assert (work.scalar(words), work.scalar(value)) == (0, 0)


def test_values_of_a_retired_field_are_purged_after_thirty_days_and_that_is_written_down(work: Work) -> None:
    publish_fields(work, order=[field("old"), field("kept")])
    order(work, old="x", kept="y")
    publish_fields(work, order=[field("old", retired=True), field("kept")])

    assert purge_retired(work) == 0
    work.execute("UPDATE field_retirements SET retired_at = now() - interval '31 days'")
    assert purge_retired(work) == 1
    assert purge_retired(work) == 0

    assert [row.custom for row in work.rows("SELECT custom FROM orders")] == [{"kept": "y"}]
    assert work.scalar("SELECT count(*) FROM audit_entries WHERE action = 'field.purge'") == 1


def test_a_field_that_is_used_again_is_not_purged(work: Work) -> None:
    publish_fields(work, order=[field("old")])
    order(work, old="x")
    publish_fields(work, order=[field("old", retired=True)])
    work.execute("UPDATE field_retirements SET retired_at = now() - interval '31 days'")
    publish_fields(work, order=[field("old")])

    assert purge_retired(work) == 0
