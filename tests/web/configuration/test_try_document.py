"""One document on a sample, as it is in force and as the draft has it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from low_code.registry import installed
from oms.configuration import starter_documents
from tests.web.configuration.conftest import Shop

RULES = "/builder/review_rules/standard"
BIG = {
    "name": {"en": "Standard"},
    "rules": [{"id": "big", "name": {"en": "Big"}, "when": {">": [{"var": "order.total"}, 100]}, "outcome": {"do": "hold", "hold_type": "review", "reason": {"en": "look"}}}],
    "tests": [{"id": "t", "given": {"order": {"total": 101}}, "expect": {"hits": ["big"]}}],
}  # fmt: skip


def sample_on(page: TestResponse) -> Any:
    found = re.search(r'name="sample"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return json.loads(unescape(found[1]))


def test_draft_and_release_are_tried_side_by_side(shop: Shop) -> None:
    shop.save(RULES, BIG)
    form = shop.ada.get(f"{RULES}/try")

    page = shop.ada.post(f"{RULES}/try", {"sample": json.dumps(sample_on(form))})
    small = shop.ada.post(f"{RULES}/try", {"sample": '{"given": {"order": {"total": "1"}}}'})

    assert sample_on(form) == {"given": {"order": {"total": 101}}}
    assert f"{RULES}/try" in shop.ada.get(RULES).text
    said = unescape(page.text)
    assert '"big"' in said and "big: The condition holds." in said and "Both decide alike" not in said
    assert "Both decide alike" not in small.text or "does not hold" in small.text


def test_every_kind_can_be_tried_on_the_example_that_the_page_offers(shop: Shop) -> None:
    kinds = set()
    for name in starter_documents():
        form = shop.ada.get(f"/builder/{name}/try")
        page = shop.ada.post(f"/builder/{name}/try", {"sample": json.dumps(sample_on(form))})
        assert (form.status_code, page.status_code) == (200, 200), name
        kinds.add(name.partition("/")[0])
    assert kinds <= installed().kinds.keys() and len(kinds) >= 4


@pytest.mark.parametrize(
    "sample",
    ["", "[", "[]", "{", '{"given": 5}', '{"given": {"order": 5}}', '{"given": {"nope": 1}}', '{"today": "soon"}', '{"with": {"x": 1}}', '{"more": 1}', '{"today": 7}'],
)  # fmt: skip
def test_a_sample_that_is_none_is_answered_with_what_is_wrong(shop: Shop, sample: str) -> None:
    page = shop.ada.post(f"{RULES}/try", {"sample": sample})

    assert page.status_code == 422 and "problem-list" in page.text


def test_a_draft_with_errors_is_not_tried_and_what_is_not_there_is_not_found(shop: Shop) -> None:
    shop.save(RULES, {"rules": 5})

    assert "mend them first" in shop.ada.post(f"{RULES}/try", {"sample": "{}"}).text
    assert shop.ada.get(f"{RULES}/try").status_code == 200
    assert shop.ada.get("/builder/review_rules/nobody/try").status_code == 404
    assert shop.ada.get("/builder/nokind/x/try").status_code == 404
