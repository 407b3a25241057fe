"""Money that is shared out, and ids in their two forms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import from_text, new_id, to_text
from kernel.money import Money, apportion, smallest_unit

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)
CENTS = st.integers(-(10**9), 10**9)


@given(cents=CENTS, weights=WEIGHTS, currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_shares_sum_to_the_amount_and_lie_beside_their_exact_part(
    cents: int, weights: list[int], currency: str
) -> None:
    cent = smallest_unit(currency)
    amount = cents * cent

    shares = apportion(Money(amount, currency), weights)

    assert sum(share.amount for share in shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.amount - amount * weight / sum(weights)) < cent
        assert weight or not share.amount


def test_a_tie_goes_to_the_earlier_share_even_where_no_decimal_can_say_how_much_is_left() -> None:
    shares = apportion(Money(3, "JPY"), [8, Decimal("133.0"), 23, 1])  # 2 69/165 and 69/165

    assert [share.amount for share in shares] == [0, 3, 0, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_share_nothing_are_a_bug(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        apportion(Money("1.00", "USD"), weights)


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="USD"):
        Money(1, "EUR") + Money(1, "USD")
    assert Money("0.10", "USD") + Money("0.20", "USD") == Money(Decimal("0.30"), "USD")


@given(key=st.uuids())
def test_an_id_survives_its_text(key: object) -> None:
    from uuid import UUID

    assert isinstance(key, UUID)
    text = to_text("ord", key)

    assert from_text("ord", text) == key
    assert from_text("loc", text) is None


@given(text=st.text(max_size=40))
def test_no_text_breaks_the_reading_of_ids(text: str) -> None:
    found = from_text("ord", text)

    assert found is None or to_text("ord", found) == text


@given(one=st.uuids(), other=st.uuids())
def test_texts_sort_as_their_ids(one: object, other: object) -> None:
    assert (one < other) == (to_text("x", one) < to_text("x", other))  # type: ignore[operator,arg-type]


def test_ids_of_many_threads_are_distinct_and_rise_in_each() -> None:
    def make(_: int) -> list[object]:
        return [new_id() for _ in range(2_000)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))

    assert len({key for keys in made for key in keys}) == 8_000
    assert all(keys == sorted(keys) for keys in made)  # type: ignore[type-var]
