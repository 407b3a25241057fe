"""Who may see, edit and publish; and what belongs to another company."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kernel.db import Actor
from low_code.registry import installed
from tenants.access.create_role import CreateRole, create_role
from tenants.scope import open_work
from tests.support.web import Browser, make_user, sign_in
from tests.web.configuration.conftest import MakeShop, Shop, etag_of
from web.builder import islands

NUMBERING = "/builder/numbering/standard"
READS = ("/builder", NUMBERING, "/builder/publish", "/builder/history", "/builder/history/1", "/builder/export.json",
         "/builder/schemas/numbering.json")  # fmt: skip
EDIT_READS = ("/builder/new/numbering", "/builder/import")
EDITS = ("/builder/new/numbering", NUMBERING, f"{NUMBERING}/check", f"{NUMBERING}/discard", f"{NUMBERING}/remove", "/builder/import")  # fmt: skip
PUBLISHES = ("/builder/publish", "/builder/history/1/roll-back")


def someone(shop: Shop, *permissions: str) -> Browser:
    with open_work(shop.engine, shop.company.id, Actor(kind="system", id=None, name="test")) as work:
        key = "only_" + "_".join(name.rpartition(".")[2] for name in permissions)
        create_role(work, CreateRole(names={"en": key}, permissions=frozenset(permissions), key=key))
    return sign_in(shop.app, shop.company, make_user(shop.engine, shop.company, key))


def test_who_may_only_look_changes_nothing(shop: Shop) -> None:
    reader = someone(shop, "config.view")

    assert {path: reader.get(path).status_code for path in READS} == dict.fromkeys(READS, 200)
    assert {path: reader.post(path).status_code for path in EDITS + PUBLISHES} == dict.fromkeys(EDITS + PUBLISHES, 403)
    assert {path: reader.get(path).status_code for path in EDIT_READS} == dict.fromkeys(EDIT_READS, 403)
    page = reader.get(NUMBERING).text
    assert "readonly" in page and "Save draft" not in page and 'data-dialog="remove"' not in page
    assert "New document" not in reader.get("/builder").text


def test_who_may_edit_does_not_publish(shop: Shop) -> None:
    editor = someone(shop, "config.view", "config.edit")
    assert shop.save(NUMBERING, {"name": {"en": "Mine"}, "pattern": "{seq:6}"}, editor).status_code == 302

    page = editor.get("/builder/publish").text

    assert "Your role may not publish" in page and "Publish release" not in page
    assert {path: editor.post(path).status_code for path in PUBLISHES} == dict.fromkeys(PUBLISHES, 403)
    assert editor.get("/builder/history/1/roll-back").status_code == 403


def test_without_the_permission_there_is_nothing_to_see(shop: Shop) -> None:
    nobody = someone(shop, "orders.view")

    assert {nobody.get(path).status_code for path in READS} == {403}
    assert "/builder" not in nobody.get("/profile").text


def test_drafts_and_releases_of_another_company_are_not_there(make_shop: MakeShop) -> None:
    shop, rival = make_shop(), make_shop()
    rival.ada.post("/builder/new/numbering", {"key": "secret"})
    rival.save("/builder/numbering/secret", {"name": {"en": "Rival's"}, "pattern": "R-{seq:6}"})
    draft = rival.draft("numbering", "secret")
    assert draft is not None
    assert shop.ada.get("/builder/numbering/secret").status_code == 404
    assert shop.ada.post("/builder/numbering/secret/discard", {"etag": draft.etag}).status_code == 404
    assert shop.ada.post("/builder/numbering/secret/remove", {"etag": draft.etag}).status_code == 404
    assert rival.publish().status_code == 302

    for path in ("/builder/history/2", "/builder/history/2/roll-back", "/builder/numbering/secret"):
        assert shop.ada.get(path).status_code == 404, path
    assert shop.ada.post("/builder/history/2/roll-back", {"base": "1"}).status_code == 404
    assert "Rival" not in shop.ada.get("/builder").text and "secret" not in shop.ada.get("/builder/export.json").text
    assert (shop.head(), rival.head()) == (1, 2)


@pytest.mark.parametrize(
    "path",
    ["/builder/nothing/standard", "/builder/numbering/nothing", "/builder/new/nothing", "/builder/schemas/nothing.json",
     "/builder/history/99", "/builder/history/99/roll-back", "/builder/history/0", "/builder/history/99999999999999999999"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(shop: Shop, path: str) -> None:
    assert shop.ada.get(path).status_code == 404


def test_a_document_at_an_impossible_address_is_refused(shop: Shop) -> None:
    answer = shop.ada.post("/builder/numbering/NO%20KEY", {"body": "{}", "etag": ""})

    assert answer.status_code == 422 and "A key has small letters" in answer.text
    assert shop.drafts() == []


def test_schemas_are_served_for_editors_elsewhere(shop: Shop) -> None:
    for name, kind in installed().kinds.items():
        answer = shop.ada.get(f"/builder/schemas/{name}.json")
        assert answer.mimetype == "application/schema+json" and json.loads(answer.data)["title"] == kind.schema["title"]


def test_what_tenants_write_is_text_wherever_it_is_shown(shop: Shop) -> None:
    evil = "</textarea><script>alert(1)</script>'\"&#39;"
    body: dict[str, Any] = {"name": {"en": evil}, "pattern": "{seq:6}"}
    shop.save(NUMBERING, body)
    pages = [shop.ada.get(path).text for path in ("/builder", NUMBERING, "/builder/publish", f"{NUMBERING}?at={evil}")]
    shop.publish(notes=evil)
    pages += [
        shop.ada.get(path).text for path in ("/builder/history", "/builder/history/2", "/builder/history/1/roll-back")
    ]

    for page in pages:
        assert "<script>alert" not in page


def test_the_island_is_named_by_its_build_with_the_pages_nonce(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    built = {"json-editor/main.tsx": {"file": "json-editor-abc.js", "css": ["json-editor-abc.css"]}}
    monkeypatch.setattr(islands, "built", lambda path: built)

    answer = shop.ada.get(NUMBERING)

    nonce = answer.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert f'<script type="module" nonce="{nonce}" src="/static/' in answer.text
    assert "/dist/json-editor-abc.js" in answer.text and "/dist/json-editor-abc.css" in answer.text
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_without_a_build_the_page_is_a_plain_form(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(islands, "built", lambda path: {})

    page = shop.ada.get(NUMBERING)

    assert "/dist/" not in page.text and "<textarea" in page.text and etag_of(page) == ""


def test_a_manifest_that_is_not_there_or_broken_is_no_build(tmp_path: Any) -> None:
    broken = tmp_path / "manifest.json"
    assert islands.built(broken) == {}
    broken.write_text("[")
    islands.built.cache_clear()
    assert islands.built(broken) == {}
