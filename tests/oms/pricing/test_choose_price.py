"""Price resolution, case by case: (list, scope, priority, from quantity, price), newest list last."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.pricing.models import SCOPES
from oms.pricing.plan import (
    LOST_OLDER,
    LOST_PRIORITY,
    LOST_SCOPE,
    LOST_TIER,
    NO_TIER,
    PriceCandidate,
    choose_price,
    next_tier,
)

Row = tuple[str, str, int, str, str]


def candidates(*rows: Row) -> list[PriceCandidate]:
    made = {key: UUID(int=number) for number, key in enumerate(dict.fromkeys(row[0] for row in rows), start=1)}
    return [
        PriceCandidate(made[key], key, scope, priority, Decimal(least), Decimal(price))
        for key, scope, priority, least, price in rows
    ]


@pytest.mark.parametrize(
    ("rows", "quantity", "price", "reasons"),
    [
        ([], "1", None, []),
        ([("base", "base", 0, "0", "10")], "1", "10", []),
        ([("base", "base", 0, "5", "10")], "4.9999", None, [NO_TIER]),
        ([("base", "base", 0, "5", "10")], "5", "10", []),
        ([("base", "base", 0, "0", "10"), ("base", "base", 0, "10", "8")], "10", "8", [LOST_TIER]),
        ([("base", "base", 0, "0", "10"), ("base", "base", 0, "10", "8")], "9", "10", [NO_TIER]),
        # the narrower list wins, even where it is dearer
        ([("base", "base", 9, "0", "10"), ("mine", "customer", 0, "0", "12")], "1", "12", [LOST_SCOPE]),
        ([("c", "contract", 0, "0", "7"), ("mine", "customer", 9, "0", "6")], "1", "7", [LOST_SCOPE]),
        ([("g", "customer_group", 0, "0", "7"), ("ch", "channel", 9, "0", "6")], "1", "7", [LOST_SCOPE]),
        # a narrower list that has no tier for the quantity is out
        ([("base", "base", 0, "0", "10"), ("mine", "customer", 0, "5", "6")], "1", "10", [NO_TIER]),
        ([("one", "base", 1, "0", "10"), ("two", "base", 2, "0", "11")], "1", "11", [LOST_PRIORITY]),
        ([("old", "base", 1, "0", "10"), ("new", "base", 1, "0", "11")], "1", "11", [LOST_OLDER]),
    ],
)  # fmt: skip
def test_which_price_holds(rows: list[Row], quantity: str, price: str | None, reasons: list[str]) -> None:
    choice = choose_price(candidates(*rows), Decimal(quantity))

    assert (choice.winner.unit_price if choice.winner else None) == (None if price is None else Decimal(price))
    assert [because for _, because in choice.losers] == reasons


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.sampled_from(SCOPES), st.integers(0, 2),
        st.sampled_from(["0", "1", "5", "10"]), st.sampled_from(["1", "2", "3"]),
    ),
    max_size=10, unique_by=lambda row: (row[0], row[3]),
)  # fmt: skip


@given(rows=ROWS, quantity=st.integers(1, 12))
def test_every_candidate_wins_or_has_a_reason_in_whatever_order_they_come(rows: list[Row], quantity: int) -> None:
    of_list = {row[0]: (row[1], row[2]) for row in rows}
    found = candidates(*((key, *of_list[key], least, price) for key, _, _, least, price in rows))

    choice, backwards = choose_price(found, Decimal(quantity)), choose_price(found[::-1], Decimal(quantity))

    assert choice.winner == backwards.winner
    assert len(choice.losers) + (choice.winner is not None) == len(found)
    assert (choice.winner is None) == all(candidate.min_quantity > quantity for candidate in found)
    cheaper = next_tier(found, choice, Decimal(quantity))
    if cheaper is not None and choice.winner is not None:
        assert cheaper.list_id == choice.winner.list_id and cheaper.unit_price < choice.winner.unit_price
