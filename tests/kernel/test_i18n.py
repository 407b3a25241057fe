from __future__ import annotations

from decimal import Decimal
from string import Formatter

import pytest

from kernel.i18n import _ as said
from kernel.i18n import catalogue, speaking, translate


@pytest.mark.parametrize("one", [1, "1", Decimal("1.0000")])
def test_english_counts_one_in_the_singular(one: object) -> None:
    assert said("{count} orders", count=one).endswith(" order")
    assert translate("{days} days overdue", "en", {"days": one}) == f"{one} day overdue"


@pytest.mark.parametrize("many", [0, 2, "11", None])
def test_english_counts_others_in_the_plural(many: object) -> None:
    assert said("{count} orders", count=many) == f"{many} orders"


def test_the_first_number_decides() -> None:
    assert said("{count} units allocated, {short} short", count=2, short=1) == "2 units allocated, 1 short"


def test_chinese_has_one_sentence_for_all_numbers() -> None:
    with speaking("zh-CN"):
        assert said("{count} orders", count=1) == said("{count} orders", count=2).replace("2", "1")


def test_what_is_said_of_one_belongs_to_sentences_of_the_product() -> None:
    def holes(sentence: str) -> set[str]:
        return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name}

    ones = catalogue("en")

    assert ones and not set(ones) - set(catalogue("zh-CN"))
    assert all(holes(many) == holes(one) for many, one in ones.items())
