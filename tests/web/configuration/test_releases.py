"""From drafts to a release and back."""

from __future__ import annotations

import io
import json
import re
import threading
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from low_code.documents.queries import read_release
from oms.configuration import starter_documents
from tenants.scope import open_work
from tests.web.configuration.conftest import MakeShop, Shop, seen_on

NUMBERING = "/builder/numbering/standard"
RULES = "/builder/review_rules/standard"
WRONG = {
    "name": {"en": "Rules"},
    "rules": [
        {"id": "a", "name": {"en": "A"}, "when": {"==": [{"var": "order.nothing"}, "x"]}, "outcome": {"do": "pass"}},
        {"id": "b", "name": {"en": "B"}, "when": {"==": [{"var": "order.never"}, "x"]}, "outcome": {"do": "pass"}},
    ],
}


def numbering(pattern: str) -> dict[str, Any]:
    return {"name": {"en": "Standard"}, "pattern": pattern, "reset": "year"}


def test_what_would_be_published_is_said_in_sentences_per_document(make_shop: MakeShop) -> None:
    for locale, sentence in (
        ("en", "Counting starts again: “month” became “year”"),
        ("zh-CN", "重新计数：由“month”改为“year”"),
    ):
        shop = make_shop(locale=locale)
        shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
        shop.ada.post("/builder/new/numbering", {"key": "spare"})

        page = shop.ada.get("/builder/publish").text

        assert sentence in page
        assert "/builder/numbering/spare" in page and "Ada" in page


def test_a_release_is_published_with_notes_and_stands_in_the_history(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))

    done = shop.publish(notes="New numbers from 2027 on")
    release, listed = shop.ada.get(done.location).text, shop.ada.get("/builder/history").text

    assert done.status_code == 302 and done.location.endswith("/builder/history/2")
    assert shop.head() == 2 and shop.drafts() == []
    assert "New numbers from 2027 on" in release and "Ada" in release and "became “PO-{yyyy}-{seq:7}”" in release
    assert "New numbers from 2027 on" in listed and "Starter documents" in listed
    assert f'class="num">{len(starter_documents())}</td>' in listed


def test_errors_are_all_listed_with_a_way_to_their_place_and_stop_the_release(make_shop: MakeShop) -> None:
    for locale, sentence in (("en", "There is no field order.nothing"), ("zh-CN", "没有字段 order.nothing")):
        shop = make_shop(locale=locale)
        shop.save(RULES, WRONG)

        page = shop.ada.get("/builder/publish")
        answer = shop.ada.post("/builder/publish", seen_on(page))

        assert sentence in page.text and "order.never" in page.text
        assert "/builder/review_rules/standard?at=/rules/1/when/%3D%3D/0" in page.text
        assert answer.status_code == 422 and shop.head() == 1 and len(shop.drafts()) == 1


def test_warnings_want_a_tick(shop: Shop) -> None:
    shop.ada.post("/builder/new/order_type", {"key": "presale", "source": "standard"})  # the same name twice

    refused, published = shop.publish(notes="Kept text"), None
    assert refused.status_code == 422 and 'id="f-accept_warnings-problem"' in refused.text
    assert "Kept text" in refused.text and shop.head() == 1

    published = shop.publish(accept_warnings="1")
    assert published.status_code == 302 and shop.head() == 2


def test_who_publishes_second_is_told_what_is_in_force_now(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    seen = seen_on(shop.ada.get("/builder/publish"))
    bo = shop.colleague()
    assert shop.publish(bo, notes="Bo was first").status_code == 302
    shop.save(RULES, {"name": {"en": "Renamed"}, "rules": []}, bo)

    lost = shop.ada.post("/builder/publish", {**seen, "notes": "Mine"})

    assert lost.status_code == 409
    assert "Release 2 was published meanwhile" in lost.text and "release 2 by Bo" in lost.text
    assert "Bo was first" in lost.text and "Mine" in lost.text
    assert "against release 2" in lost.text and "Renamed" in lost.text
    assert seen_on(lost)["base"] == "2" and shop.head() == 2


def test_drafts_that_changed_while_one_looked_are_not_published_unseen(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    seen = seen_on(shop.ada.get("/builder/publish"))
    shop.save(NUMBERING, numbering("EVIL-{yyyy}-{seq:7}"), shop.colleague())

    refused = shop.ada.post("/builder/publish", seen)

    assert refused.status_code == 409 and "Somebody changed drafts while you looked" in refused.text
    assert "EVIL-" in refused.text and shop.head() == 1


def test_of_two_who_publish_at_the_same_moment_one_wins(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    browsers = [shop.ada, shop.colleague()]
    seen = seen_on(shop.ada.get("/builder/publish"))
    answers: list[int] = []
    ready = threading.Barrier(len(browsers))

    def publish(browser: Any) -> None:
        ready.wait()
        answers.append(browser.post("/builder/publish", dict(seen)).status_code)

    threads = [threading.Thread(target=publish, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [302, 409] and shop.head() == 2


def test_nothing_to_publish_is_said(shop: Shop) -> None:
    assert "Nothing to publish" in shop.ada.get("/builder/publish").text
    assert shop.ada.post("/builder/publish", {"base": "1", "seen": "x"}).status_code == 409
    assert shop.ada.post("/builder/publish", {"base": "no", "seen": "x"}).status_code == 409
    assert shop.head() == 1


def test_going_back_shows_what_changes_and_makes_a_new_release(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    shop.publish()
    shop.save(RULES, {"name": {"en": "Renamed"}, "rules": []})

    page = shop.ada.get("/builder/history/1/roll-back")
    done = shop.ada.post("/builder/history/1/roll-back", {"base": "2", "notes": "It was wrong"})

    assert "“PO-{yyyy}-{seq:7}” became “SO-{yyyy}{mm}-{seq:6}”" in page.text and "1 draft is on the way" in page.text
    assert done.status_code == 302 and shop.head() == 3 and len(shop.drafts()) == 1
    with open_work(shop.engine, shop.company.id) as work:
        assert read_release(work, 3).manifest == read_release(work, 1).manifest
    listed = shop.ada.get("/builder/history").text
    assert "Back to release 1" in listed and "It was wrong" in listed


def test_going_back_from_another_release_than_was_seen_is_refused(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    shop.publish()

    refused = shop.ada.post("/builder/history/1/roll-back", {"base": "1"})

    assert refused.status_code == 409 and "Release 2 was published meanwhile" in refused.text
    assert 'name="base" value="2"' in refused.text and shop.head() == 2


def test_an_old_release_is_checked_against_today(shop: Shop) -> None:
    """Fields that came since may hold values, so a release from before them cannot come back."""
    field = {"id": "f1", "key": "gift", "labels": {"en": "Gift"}, "type": "text"}
    shop.save("/builder/fields/order", {"fields": [field]})
    assert shop.publish(accept_warnings="1").status_code == 302

    page = shop.ada.get("/builder/history/1/roll-back")
    refused = shop.ada.post("/builder/history/1/roll-back", {"base": "2", "accept_warnings": "1"})

    assert "Retire it first" in page.text and "no longer fits" in page.text
    assert refused.status_code == 422 and shop.head() == 2


def test_the_history_pages(shop: Shop) -> None:
    for number in range(26):
        shop.save(NUMBERING, numbering(f"P{number}-{{yyyy}}-{{seq:7}}"))
        assert shop.publish().status_code == 302

    first, second = shop.ada.get("/builder/history").text, shop.ada.get("/builder/history?before=3").text

    assert 'rel="next" href="/builder/history?before=3"' in first and "Starter documents" not in first
    assert "Starter documents" in second and 'rel="prev"' in second
    assert shop.ada.get("/builder/history?before=nonsense").status_code == 200


def bundle_on(preview: TestResponse) -> dict[str, object]:
    """What the preview's form sends on."""
    found = re.search(r'<textarea name="bundle" hidden>\n(.*?)</textarea>', preview.text, re.DOTALL)
    assert found, preview.text[:2000]
    prune = {"prune": "1"} if 'name="prune" value="1"' in preview.text else {}
    return {"bundle": unescape(found[1]), **prune}


def test_names_that_are_unknown_here_are_asked_for(shop: Shop) -> None:
    step = {"id": "a", "type": "approve", "name": {"en": "A"}, "who": [{"role": "elsewhere"}], "mode": "any"}
    flow = {"name": {"en": "F"}, "subject": {"of": "order"}, "steps": [step]}
    file = (io.BytesIO(json.dumps({"approval_flow/f": flow}).encode()), "c.json")

    preview = shop.ada.post("/builder/import", {"file": file})
    answered = {"map-0-set": "roles", "map-0-from": "elsewhere", "map-0-to": "admin"}
    shop.ada.post("/builder/import", {**bundle_on(preview), **answered})

    assert "elsewhere" in preview.text and "/approval_flow/f/steps/0/who/0/role" in preview.text
    (draft,) = shop.drafts()
    assert draft.body["steps"][0]["who"] == [{"role": "admin"}]


def test_some_documents_are_exported_with_what_they_need(shop: Shop) -> None:
    page = shop.ada.get("/builder/export")
    part = json.loads(shop.ada.get("/builder/export.json?only=order_type/standard").text)

    assert "needs: " in page.text and page.status_code == 200
    assert "numbering/standard" in part and "fields/customer" not in part


def test_what_is_exported_is_imported_as_drafts(make_shop: MakeShop) -> None:
    source, target = make_shop(), make_shop()
    source.save(NUMBERING, numbering("PO-{yyyy}-{seq:7}"))
    source.publish()

    exported = source.ada.get("/builder/export.json")
    bundle = json.loads(exported.text)
    preview = target.ada.post("/builder/import", {"file": (io.BytesIO(exported.data), "c.json")})
    assert preview.status_code == 200 and "PO-{yyyy}-{seq:7}" in preview.text and target.drafts() == []
    imported = target.ada.post("/builder/import", bundle_on(preview))

    assert "attachment" in exported.headers["Content-Disposition"] and bundle.keys() == starter_documents().keys()
    assert imported.status_code == 302 and target.head() == 1
    assert [draft.address for draft in target.drafts()] == ["numbering/standard"]
    assert "1 drafts made, 0 to be removed" in target.ada.get(imported.location).text
    assert target.publish().status_code == 302
    assert target.ada.get("/builder/export.json").data == exported.data


def test_an_import_removes_what_the_file_leaves_out_only_where_that_is_ticked(shop: Shop) -> None:
    without = {name: body for name, body in starter_documents().items() if name != "fields/customer"}

    def send(**more: object) -> None:
        file = (io.BytesIO(json.dumps(without).encode()), "c.json")
        shop.ada.post("/builder/import", bundle_on(shop.ada.post("/builder/import", {"file": file, **more})))

    send()
    assert shop.drafts() == []
    send(prune="1")
    assert [(draft.address, draft.body) for draft in shop.drafts()] == [("fields/customer", None)]


def test_no_file_is_refused_beside_its_field(shop: Shop) -> None:
    answer = shop.ada.post("/builder/import", {})

    assert answer.status_code == 422 and 'id="f-file-problem"' in answer.text
