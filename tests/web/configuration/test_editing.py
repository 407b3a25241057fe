"""One document: its text, what is said about it, and two people at once."""

from __future__ import annotations

import json
from typing import Any

from low_code.registry import installed
from oms.configuration import starter_documents
from tests.web.configuration.conftest import MakeShop, Shop, etag_of, problems_of, text_of

NUMBERING = "/builder/numbering/standard"
RULES = "/builder/review_rules/standard"


def numbering(**changes: object) -> dict[str, Any]:
    return {"name": {"en": "Standard"}, "pattern": "SO-{yyyy}-{seq:6}", "reset": "year", **changes}


def test_every_document_is_listed_with_its_state_and_who_names_it(shop: Shop) -> None:
    shop.save(NUMBERING, numbering(name={"en": "Invoices"}))

    page = shop.ada.get("/builder").text

    assert "Order type “Standard”" in page  # names the numbering
    assert "Invoices" in page and "Changed in the draft" in page and "Pending drafts" in page
    for kind in installed().kinds:
        assert f"/builder/new/{kind}" in page


def test_every_starter_document_opens_without_problems_in_both_languages(make_shop: MakeShop) -> None:
    for locale in ("en", "zh-CN"):
        shop = make_shop(locale=locale)
        for name, body in starter_documents().items():
            page = shop.ada.get(f"/builder/{name}")
            assert page.status_code == 200 and problems_of(page) == [], name
            assert json.loads(text_of(page)) == body


def test_a_kind_is_explained_from_its_schema_in_both_languages(make_shop: MakeShop) -> None:
    english = make_shop().ada.get("/builder/order_type/standard").text
    chinese = make_shop(locale="zh-CN").ada.get("/builder/order_type/standard").text

    assert "Intake channels" in english and "<code>marketplace</code> Marketplace" in english
    assert "来源渠道" in chinese and "<code>marketplace</code> 电商平台" in chinese
    assert "Names a document: Numbering" in english and "without it: half_up" not in chinese


def test_a_flow_that_holds_flows_is_explained_to_an_end(shop: Shop) -> None:
    shop.ada.post("/builder/new/approval_flow", {"key": "big"})

    page = shop.ada.get("/builder/approval_flow/big")

    assert page.status_code == 200 and "As above." in page.text


def test_a_new_document_of_each_kind_begins_with_the_right_structure(shop: Shop) -> None:
    for name, kind in installed().kinds.items():
        assert shop.ada.get(f"/builder/new/{name}").status_code == 200
        made = shop.ada.post(f"/builder/new/{name}", {"key": "fresh"})
        assert made.status_code == 302, name
        body = json.loads(text_of(shop.ada.get(made.location)))
        assert kind.validator.is_valid(body), name


def test_a_new_document_may_begin_as_a_copy(shop: Shop) -> None:
    made = shop.ada.post("/builder/new/order_type", {"key": "presale", "source": "standard"})

    assert json.loads(text_of(shop.ada.get(made.location))) == starter_documents()["order_type/standard"]


def test_a_bad_or_taken_key_is_refused_beside_its_field(shop: Shop) -> None:
    for key, sentence in (("Not OK", "A key has small letters"), ("standard", "There is a document with this key")):
        answer = shop.ada.post("/builder/new/numbering", {"key": key})
        assert answer.status_code == 422 and sentence in answer.text and 'id="f-key-problem"' in answer.text
    assert shop.drafts() == []


def test_a_draft_is_saved_explained_compared_and_thrown_away(shop: Shop) -> None:
    saved = shop.save(NUMBERING, numbering(pattern="PO-{yyyy}-{seq:7}"))
    page = shop.ada.get(saved.location)

    assert saved.status_code == 302
    assert "Numbers look like PO-2026-0000001." in page.text
    assert "Pattern: “SO-{yyyy}{mm}-{seq:6}” became “PO-{yyyy}-{seq:7}”" in page.text
    assert "Draft by Ada" in page.text

    thrown = shop.ada.post(f"{NUMBERING}/discard", {"etag": etag_of(page)})
    assert thrown.status_code == 302 and shop.drafts() == []
    assert "SO-{yyyy}{mm}-{seq:6}" in text_of(shop.ada.get(NUMBERING))


def test_numbers_stay_exact_and_names_stand_in_the_schemas_order(shop: Shop) -> None:
    text = '{"rules": [{"outcome": {"do": "pass"}, "when": {">": [{"var": "order.line_count"}, 12345678901234.10]}, "name": {"en": "N"}, "id": "r1"}], "name": {"en": "Rules"}}'
    shop.save(RULES, text)

    stored = text_of(shop.ada.get(RULES))

    assert "12345678901234.1\n" in stored
    assert stored.index('"name"') < stored.index('"rules"')
    assert stored.index('"id"') < stored.index('"when"') < stored.index('"outcome"')


def test_an_invalid_document_says_every_problem_with_its_place(make_shop: MakeShop) -> None:
    body = {
        "name": {"en": "Rules"},
        "rules": [
            {"id": "a", "name": {"en": "A"}, "when": {"==": [{"var": "order.nothing"}, "x"]}, "outcome": {"do": "hold", "hold_type": "nope", "reason": {"en": "?"}}},
            {"id": "a", "name": {"en": "B"}, "when": True, "outcome": {"do": "pass"}},
        ],
    }  # fmt: skip
    english, chinese = make_shop(), make_shop(locale="zh-CN")

    saved = english.save(RULES, body)  # a draft may be wrong
    found = problems_of(english.ada.get(saved.location))
    said = problems_of(chinese.ada.post(f"{RULES}/check", {"body": json.dumps(body), "etag": ""}))

    places = [(severity, pointer) for severity, pointer, _ in found]
    assert ("error", "/rules/0/when/==/0") in places and ("error", "/rules/0/outcome/hold_type") in places
    assert any(pointer.startswith("/rules/1") for _, pointer in places)
    assert [pointer for _, pointer, _ in said] == [pointer for _, pointer, _ in found]
    assert any("“nope” is not one of" in sentence for _, _, sentence in found)
    assert any("“nope”不在可选范围内" in sentence for _, _, sentence in said)
    assert chinese.drafts() == []  # checking saves nothing


def test_wrong_structure_is_said_at_once_for_all_of_it(shop: Shop) -> None:
    page = shop.ada.post(f"{NUMBERING}/check", {"body": '{\n"pattern": 7,\n"extra": 1,\n"reset": "never"}', "etag": ""})

    found = {pointer for _, pointer, _ in problems_of(page)}
    assert {"", "/pattern", "/extra"} <= found
    assert 'data-pointer="/extra" data-severity="error" data-line="3"' in page.text


def test_of_two_who_edit_at_once_the_second_sees_the_first_and_both_ways_out(shop: Shop) -> None:
    bo = shop.colleague()
    opened_by_ada, opened_by_bo = etag_of(shop.ada.get(NUMBERING)), etag_of(bo.get(NUMBERING))
    first = bo.post(NUMBERING, {"body": json.dumps(numbering(pattern="BO-{yyyy}-{seq:6}")), "etag": opened_by_bo})
    mine = json.dumps(numbering(pattern="ADA-{yyyy}-{seq:6}"))

    second = shop.ada.post(NUMBERING, {"body": mine, "etag": opened_by_ada})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Bo changed this draft meanwhile" in second.text and "BO-{yyyy}-{seq:6}" in second.text
    assert json.loads(text_of(second)) == json.loads(mine)  # what was typed stays
    assert "Overwrite theirs with mine" in second.text and "Take what is there now" in second.text
    draft = shop.draft("numbering", "standard")
    assert draft is not None and draft.body["pattern"].startswith("BO")

    again = shop.ada.post(NUMBERING, {"body": mine, "etag": opened_by_ada})
    knowingly = shop.ada.post(NUMBERING, {"body": mine, "etag": opened_by_ada, "overwrite": draft.etag})

    assert (again.status_code, knowingly.status_code) == (409, 302)
    draft = shop.draft("numbering", "standard")
    assert draft is not None and draft.body["pattern"].startswith("ADA")


def test_overwriting_knowingly_does_not_overwrite_a_third_version(shop: Shop) -> None:
    shop.save(NUMBERING, numbering())
    seen = shop.draft("numbering", "standard")
    assert seen is not None
    shop.save(NUMBERING, numbering(pattern="C-{yyyy}-{seq:6}"), shop.colleague())

    answer = shop.ada.post(NUMBERING, {"body": json.dumps(numbering()), "etag": "", "overwrite": seen.etag})

    assert answer.status_code == 409


def test_a_draft_that_was_published_meanwhile_is_a_conflict_too(shop: Shop) -> None:
    shop.save(NUMBERING, numbering())
    opened = etag_of(shop.ada.get(NUMBERING))
    shop.publish(shop.colleague())
    mine = json.dumps(numbering(pattern="ADA-{yyyy}-{seq:6}"))

    refused = shop.ada.post(NUMBERING, {"body": mine, "etag": opened})
    saved = shop.ada.post(NUMBERING, {"body": mine, "etag": opened, "overwrite": ""})

    assert refused.status_code == 409 and "The draft that you began with is gone" in refused.text
    assert saved.status_code == 302


def test_a_draft_of_which_a_newer_release_came_warns_until_its_author_has_looked(shop: Shop) -> None:
    shop.save(NUMBERING, numbering())
    shop.publish()
    shop.save(NUMBERING, numbering(pattern="NEW-{yyyy}-{seq:6}"))
    shop.ada.post("/builder/history/1/roll-back", {"base": "2"})

    page = shop.ada.get(NUMBERING)
    assert "I have looked: keep my version" in page.text
    assert ("warning", "") in [(severity, pointer) for severity, pointer, _ in problems_of(page)]

    shop.save(NUMBERING, numbering(pattern="NEW-{yyyy}-{seq:6}"), rebase="1")
    assert problems_of(shop.ada.get(NUMBERING)) == []


def test_the_island_gets_the_findings_and_the_new_etag_without_a_page_around_them(shop: Shop) -> None:
    form: dict[str, object] = {"body": json.dumps(numbering()), "etag": ""}

    saved = shop.ada.post(NUMBERING, dict(form), headers={"HX-Request": "true"})
    lost = shop.ada.post(NUMBERING, dict(form), headers={"HX-Request": "true"})

    draft = shop.draft("numbering", "standard")
    assert draft is not None and f'data-etag="{draft.etag}"' in saved.text
    assert saved.status_code == 200 and "<html" not in saved.text and 'id="document-state"' in saved.text
    assert lost.status_code == 409 and "<html" in lost.text


def test_the_island_is_told_why_a_text_was_not_saved(shop: Shop) -> None:
    refused = shop.ada.post(NUMBERING, {"body": '{"a": }', "etag": ""}, headers={"HX-Request": "true"})

    assert refused.status_code == 422 and "<html" not in refused.text
    assert [pointer for _, pointer, _ in problems_of(refused)] == [""] and shop.drafts() == []


def test_a_document_is_removed_with_the_next_release(shop: Shop) -> None:
    made = shop.ada.post("/builder/new/numbering", {"key": "spare"})
    shop.save(made.location, numbering(name={"en": "Spare"}))
    assert shop.publish().status_code == 302

    removed = shop.ada.post("/builder/numbering/spare/remove", {"etag": ""})
    page = shop.ada.get(removed.location)

    assert removed.status_code == 302 and "Goes with the next release" in page.text
    assert shop.publish().status_code == 302
    assert shop.ada.get("/builder/numbering/spare").status_code == 404


def test_removal_is_refused_with_all_who_name_the_document(shop: Shop) -> None:
    shop.ada.post("/builder/new/order_type", {"key": "presale", "source": "standard"})  # a draft names it too

    refused = shop.ada.post(f"{NUMBERING}/remove", {"etag": ""})

    assert refused.status_code == 409 and "2 places still refer to Numbering" in refused.text
    shown = refused.text.partition('role="alert"')[2].partition("</section>")[0]
    assert shown.count("/numbering</span>") == 2 and "in a draft" in shown
    assert (
        "/builder/order_type/presale?at=/numbering" in shown and "/builder/order_type/standard?at=/numbering" in shown
    )
    assert [draft.key for draft in shop.drafts()] == ["presale"]
