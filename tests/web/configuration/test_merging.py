"""Two administrators at one document: nobody's work is lost, and what fits together is put together."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from tests.web.configuration.conftest import Shop, etag_of, text_of

RULES = "/builder/review_rules/standard"


def rule(rule_id: str, amount: str = "100", name: str | None = None) -> dict[str, Any]:
    return {
        "id": rule_id,
        "name": {"en": name or rule_id},
        "when": {">": [{"var": "order.total"}, {"dec": amount}]},
        "outcome": {"do": "hold", "hold_type": "review", "reason": {"en": "look"}},
    }


def rules(*given: dict[str, Any]) -> dict[str, Any]:
    return {"name": {"en": "Standard"}, "rules": list(given)}


def fields_of(page: TestResponse) -> dict[str, object]:
    """The hidden fields of the page's first form and of what belongs to it; dialogs come behind."""
    found: dict[str, object] = {}
    for name, value in re.findall(r'type="hidden" name="([a-z0-9_-]+)" value="([^"]*)"', page.text):
        found.setdefault(name, unescape(value))
    return found


def open_editor(shop: Shop, body: dict[str, Any], browser: Any) -> dict[str, object]:
    """What a second author's form holds after opening the page and typing `body`."""
    page = browser.get(RULES)
    began = re.search(r'name="began_on" value="([^"]*)"', page.text)
    assert began
    return {"etag": etag_of(page), "began_on": began[1], "body": json.dumps(body)}


def stored(shop: Shop) -> Any:
    draft = shop.draft("review_rules", "standard")
    assert draft is not None
    return draft.body


def test_changes_of_different_rules_are_saved_together(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a"), rule("b")))
    bo = shop.colleague()
    mine = open_editor(shop, rules(rule("a"), rule("b", "999"), rule("mine")), bo)
    shop.save(RULES, rules(rule("a", "555"), rule("b"), rule("theirs")))

    refused = bo.post(RULES, mine)
    merged = bo.post(f"{RULES}/merge", {**fields_of(refused), "body": mine["body"]})

    assert refused.status_code == 409 and "fit together" in refused.text
    assert json.loads(text_of(refused)) == json.loads(str(mine["body"]))
    assert merged.status_code == 302, merged.text
    body = stored(shop)
    assert [each["id"] for each in body["rules"]] == ["a", "b", "mine", "theirs"]
    assert [each["when"][">"][1]["dec"] for each in body["rules"][:2]] == ["555", "999"]


def test_a_rule_that_both_changed_is_asked_about_and_the_choice_holds(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a"), rule("b")))
    bo = shop.colleague()
    mine = open_editor(shop, rules(rule("a", "200"), rule("b", "7")), bo)
    shop.save(RULES, rules(rule("a", "300"), rule("b")))

    refused = bo.post(RULES, mine)
    hidden = fields_of(refused)
    unanswered = bo.post(f"{RULES}/merge", {**hidden, "body": mine["body"]})
    merged = bo.post(f"{RULES}/merge", {**hidden, "body": mine["body"], "side-0": "theirs"})

    assert hidden["place-0"] == "/rules/id=a/when"
    said = unescape(refused.text)
    assert "order total is more than 200" in said and "order total is more than 300" in said
    assert unanswered.status_code == 409 and "1 place was changed by both" in unanswered.text
    assert merged.status_code == 302
    assert [each["when"][">"][1]["dec"] for each in stored(shop)["rules"]] == ["300", "7"]


def test_a_third_save_between_page_and_merge_is_seen_again(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a"), rule("b")))
    bo = shop.colleague()
    mine = open_editor(shop, rules(rule("a"), rule("b", "999")), bo)
    shop.save(RULES, rules(rule("a", "555"), rule("b")))
    refused = bo.post(RULES, mine)
    shop.save(RULES, rules(rule("a", "777"), rule("b")))

    again = bo.post(f"{RULES}/merge", {**fields_of(refused), "body": mine["body"]})
    merged = bo.post(f"{RULES}/merge", {**fields_of(again), "body": mine["body"]})

    assert again.status_code == 409 and merged.status_code == 302
    assert [each["when"][">"][1]["dec"] for each in stored(shop)["rules"]] == ["777", "999"]


def test_a_draft_that_was_published_meanwhile_is_merged_with_what_is_in_force(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a"), rule("b")))
    bo = shop.colleague()
    mine = open_editor(shop, rules(rule("a", "1"), rule("b")), bo)
    shop.save(RULES, rules(rule("a"), rule("b", "2")))
    shop.publish()

    refused = bo.post(RULES, mine)
    bo.post(f"{RULES}/merge", {**fields_of(refused), "body": mine["body"]})

    assert refused.status_code == 409
    assert [each["when"][">"][1]["dec"] for each in stored(shop)["rules"]] == ["1", "2"]


def test_a_draft_begun_before_another_release_takes_that_in(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a"), rule("b")))
    shop.publish()
    shop.save(RULES, rules(rule("a", "1"), rule("b")))
    draft = shop.draft("review_rules", "standard")
    assert draft is not None
    shop.ada.post(f"{RULES}/discard", {"etag": draft.etag})
    shop.save(RULES, rules(rule("a"), rule("b", "2")))
    shop.publish()
    _put_back(shop, draft)

    page = shop.ada.get(RULES)
    form = shop.ada.get(f"{RULES}/rebase")
    done = shop.ada.post(f"{RULES}/rebase", fields_of(form))

    assert f"{RULES}/rebase" in page.text and "fit together" in form.text
    assert done.status_code == 302
    assert [each["when"][">"][1]["dec"] for each in stored(shop)["rules"]] == ["1", "2"]
    assert "draft was begun" not in shop.ada.get("/builder/publish").text


def test_a_rebase_of_a_draft_that_moved_on_is_refused(shop: Shop) -> None:
    shop.save(RULES, rules(rule("a")))
    form = fields_of(shop.ada.get(f"{RULES}/rebase"))
    shop.save(RULES, rules(rule("b")))

    assert shop.ada.post(f"{RULES}/rebase", form).status_code == 409
    assert shop.ada.post(f"{RULES}/rebase", {"etag": "x", "head": "y", "place-0": "/" * 3000}).status_code == 409


def _put_back(shop: Shop, draft: Any) -> None:
    """The draft as it was before the other release came."""
    from low_code.documents.save_draft import write_draft
    from tenants.scope import open_work

    with open_work(shop.engine, shop.company.id) as work:
        write_draft(work, draft.kind, draft.key, draft.body, draft.base_hash, None)
