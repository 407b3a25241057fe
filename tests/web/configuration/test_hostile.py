"""Texts that mean harm, or no good: a clear sentence, nothing changed, and no error page."""

from __future__ import annotations

import io
import json

import pytest

from tests.web.configuration.conftest import MakeShop, Shop, etag_of, problems_of, text_of
from web.builder.places import lines_of, places
from web.builder.text import read_text

PATH = "/builder/numbering/standard"
DEEP = "[" * 20_000 + "]" * 20_000
HOSTILE = {
    "20,000 deep": ('{"name": ' + DEEP + "}", "nested more than 64 levels"),
    "20,000 open": ("[" * 20_000, "nested more than 64 levels"),
    "100 deep": ('{"name": ' + "[" * 100 + "]" * 100 + "}", "nested more than 64 levels"),
    "over 1 MB": (json.dumps({"name": {"en": "x" * 1_100_000}}), "A document has at most"),
    "over 2 MB": (json.dumps({"name": {"en": "x" * 2_200_000}}), "A document has at most"),
    "NUL, escaped": ('{"name": {"en": "a\\u0000b"}}', "A text must not contain NUL"),
    "NUL, as it is": ('{"name": {"en": "a\x00b"}}', "a control character stands in a text"),
    "half a character": ('{"name": {"en": "\\ud800"}}', "half a character"),
    "a name twice": ('{"pattern": "a",\n "pattern": "b"}', "“pattern” stands here twice"),
    "NaN": ('{"start": NaN}', "no exact JSON form"),
    "a huge exponent": ('{"start": 1e999999999}', "no exact JSON form"),
    "a hopeless exponent": ('{"start": 1e99999999999999999999}', "no exact JSON form"),
    "10,000 digits": ('{"start": ' + "9" * 10_000 + "}", "no exact JSON form"),
    "no object": ("[1]", "A document is a JSON object."),
    "nothing": ("   ", "There is nothing here yet"),
    "a comma too many": ('{"a": 1,}', "Line 1, column 9"),
    "an open text": ('{"a": "b', "a text begins here and never ends"),
    "something behind it": ("{} {}", "the document has ended before this"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_said_beside_the_text_and_nothing_is_changed(shop: Shop, name: str) -> None:
    text, sentence = HOSTILE[name]

    saved, checked = shop.save(PATH, text), shop.ada.post(f"{PATH}/check", {"body": text, "etag": ""})

    assert (saved.status_code, checked.status_code) == (422, 200)
    for answer in (saved, checked):
        assert any(sentence in said for _, _, said in problems_of(answer)), problems_of(answer)
    if "\x00" not in text:
        assert text_of(saved) == text  # what was typed stays
    assert shop.drafts() == [] and shop.head() == 1


def test_it_is_said_in_chinese_too(make_shop: MakeShop) -> None:
    shop = make_shop(locale="zh-CN")

    said = [problems_of(shop.save(PATH, text))[0][2] for text in ('{"a": 1,}', '{"a": 1, "a": 2}', DEEP)]

    assert "第 1 行第 9 列：" in said[0] and "（或多了一个逗号）" in said[0]
    assert "“a”在此重复出现" in said[1]
    assert "64" in said[2] and "nested" not in said[2]


def test_a_repeated_name_is_found_wherever_it_stands() -> None:
    reading = read_text('{"a": {"b/c": 1,\n "b/c": [{"x": 1,\n "\\u0078": 2}]}}')

    assert [(problem.pointer, problem.facts["name"]) for problem in reading.problems] == [
        ("/a/b~1c", "b/c"),
        ("/a/b~1c/0/x", "x"),
    ]


def test_lines_are_those_of_the_nearest_thing() -> None:
    text = '{\n "a": [\n  1,\n  {"b": 2}\n ]\n}'

    assert lines_of(text, {"", "/a", "/a/1", "/a/1/b", "/a/1/missing", "/z"}) == {
        "": 1, "/a": 2, "/a/1": 4, "/a/1/b": 4, "/a/1/missing": 4, "/z": 1,
    }  # fmt: skip
    assert [place.pointer for place in places("[[], {}]")] == ["", "/0", "/1"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "This file is not text in UTF-8."),
        (DEEP.encode(), "nested more than 64 levels"),
        (b"[]", "This is no configuration"),
        (b'{"numbering/standard": {}, "numbering/standard": {}}', "stands here twice"),
        (b'{"nothing/standard": {}}', "is not the name of a document"),
        (b'{"numbering/Bad Key": {}}', "is not the name of a document"),
        (b'{"numbering/a": {"x": "\\u0000"}, "numbering/b": 7}', "A text must not contain NUL"),
        (b'{"numbering/a": {"x": 1e999999999}}', "no exact JSON form"),
        (b"", "There is nothing here yet"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole(shop: Shop, content: bytes, sentence: str) -> None:
    answer = shop.ada.post("/builder/import", {"file": (io.BytesIO(content), "c.json")})

    assert answer.status_code == 422 and sentence in answer.text
    assert shop.drafts() == []


@pytest.mark.parametrize(
    "path",
    [
        "/builder/condition/a%00b",
        "/builder/decision_table/a%00b/rows",
        "/builder/backtests?order_type=%00",
        "/builder/review_rules/a%00b/rebase",
    ],
)
def test_half_a_text_in_an_address_is_no_fault_of_ours(shop: Shop, path: str) -> None:
    assert shop.ada.get(path).status_code < 500


def test_half_a_text_in_a_form_is_no_fault_of_ours(shop: Shop) -> None:
    path = "/builder/review_rules/standard"
    etag = etag_of(shop.ada.get(path))

    for name in ("body", "etag", "began_on"):
        assert shop.ada.post(path, {"body": "{}", "etag": etag, name: "a\x00b"}).status_code < 500
