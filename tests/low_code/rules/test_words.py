"""Tables say in words what each row does."""

from __future__ import annotations

import random

import pytest

from low_code.rules import Hit, check_table
from low_code.rules.words import MAX_TOLD, row_sentences

from ..order_subject import SUBJECT
from .test_sheets import TABLE
from .test_tables_at_random import random_table, read


def test_each_row_is_a_sentence() -> None:
    found = check_table({**TABLE, "key": "t"}, SUBJECT).table
    assert found

    first, rest = row_sentences(found, "en")

    assert first == (
        "If channel is one of our shop, Tmall and order total is at least 0 and order total is less than 5 and due date is"
        ' 2026-02-01 or after and note is none of “a, b”, “say "x"” and amount owed is at most 8 CNY and gift is yes'
        " and it is 2026-01-01 or later and it is 2026-12-31 or before: fee is 8 CNY and say is >= 5"
    )
    assert rest.endswith(": fee is 1.5 CNY × order total and say is nothing")
    assert row_sentences(found, "zh-CN")[1].startswith("如果")


@pytest.mark.parametrize("hit", Hit)
def test_any_table_can_be_said(hit: Hit) -> None:
    rng = random.Random(hit.value)
    for _ in range(10):
        found = read(random_table(rng, hit))
        for locale in ("en", "zh-CN"):
            said = row_sentences(found, locale)
            assert len(said) == min(len(found.rows), MAX_TOLD + 1)
            assert not any("{" in sentence for sentence in said)
