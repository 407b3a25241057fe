"""Draft, validate, publish, roll back, on a real database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from low_code.documents.bundles import ImportBundle, bundle_text, export_bundle, import_bundle
from low_code.documents.compiled import compiled
from low_code.documents.delete_draft import DeleteDraft, delete_draft
from low_code.documents.errors import (
    DocumentUnfit,
    DraftConflict,
    HeadMovedOn,
    NothingToPublish,
    NotPublishable,
    StillReferred,
    TooManyDocuments,
    WarningsNotAccepted,
)
from low_code.documents.jobs import KEPT_DAYS, forget_versions
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.queries import (
    Release,
    head_document,
    head_referrers,
    history,
    list_drafts,
    read_draft,
    read_release,
)
from low_code.documents.remove_document import RemoveDocument, remove_document
from low_code.documents.roll_back import RollBack, roll_back
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import DocumentUnknown
from tests.support.low_code import MOMENT, above, hold_when, named, review_rules, starting_documents


def save(work: Work, name: str, body: Any) -> Any:
    kind, _, key = name.partition("/")
    current = next((draft.etag for draft in list_drafts(work) if draft.address == name), None)
    return save_draft(work, SaveDraft(kind=kind, key=key, body=body, etag=current))


def publish(work: Work, documents: dict[str, Any] | None = None, *, warnings: bool = False) -> Release:
    for name, body in (documents or {}).items():
        save(work, name, body)
    return publish_drafts(work, PublishDrafts(base=work.tenant.head_release, accept_warnings=warnings))


def test_a_draft_is_published_and_in_force(work: Work) -> None:
    save(work, "numbering/standard", {"name": named("N"), "pattern": "SO-{seq:4}"})

    release = publish(work)

    assert (release.number, release.parent, work.tenant.head_release) == (1, None, 1)
    assert compiled(work, "numbering", "standard").render(MOMENT.today, 7) == "SO-0007"
    assert list_drafts(work) == []


def test_publishing_writes_event_and_audit(work: Work) -> None:
    publish(work, {"numbering/standard": {"name": named("N"), "pattern": "SO-{seq:4}"}})

    event = work.row("SELECT payload FROM outbox_messages WHERE topic = 'config.published'")
    assert event is not None and event.payload["changed"] == ["numbering/standard"]
    actions = work.rows("SELECT action FROM audit_entries WHERE object_id = 'numbering/standard' ORDER BY id")
    assert [row.action for row in actions] == ["config.save_draft", "config.publish"]


def test_the_second_author_is_shown_what_the_first_saved(work: Work) -> None:
    first = save_draft(work, SaveDraft(kind="numbering", key="n", body={"pattern": "A-{seq:4}"}))

    with pytest.raises(DraftConflict) as refused:
        save_draft(work, SaveDraft(kind="numbering", key="n", body={"pattern": "B-{seq:4}"}))

    assert refused.value.facts["etag"] == first.etag
    assert refused.value.facts["body"] == {"pattern": "A-{seq:4}"}
    second = save_draft(work, SaveDraft(kind="numbering", key="n", body={"pattern": "B"}, etag=first.etag))
    with pytest.raises(DraftConflict):
        delete_draft(work, DeleteDraft(kind="numbering", key="n", etag=first.etag))
    delete_draft(work, DeleteDraft(kind="numbering", key="n", etag=second.etag))
    assert list_drafts(work) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"a": {"b": "nul\x00"}}, "/a/b"),
        ({"a": [1, 0.1]}, "/a/1"),
        ({"a": Decimal("NaN")}, "/a"),
        ({"a": 2**63}, "/a"),
        ({"a": "\ud800"}, "/a"),
    ],
)
def test_what_is_no_exact_json_cannot_even_be_a_draft(work: Work, body: Any, pointer: str) -> None:
    with pytest.raises(DocumentUnfit) as refused:
        save(work, "numbering/n", body)

    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_a_draft_may_be_wrong_but_not_be_published(work: Work) -> None:
    save(work, "numbering/standard", {"pattern": "SO-{seq}", "colour": "red"})
    save(work, "review_rules/r", review_rules(hold_when("r1", {">": [{"var": "order.totl"}, 1]})))

    found = validate_drafts(work).to_json("en")["problems"]

    assert {(problem["document"], problem["pointer"], problem["code"]) for problem in found} >= {
        ("numbering/standard", "", "schema_required"),
        ("numbering/standard", "/colour", "schema_additional_properties"),
        ("review_rules/r", "/rules/0/when/>/0", "unknown_field"),
    }
    with pytest.raises(NotPublishable) as refused:
        publish(work)
    assert len(refused.value.problems) == len(found)
    assert work.tenant.head_release == 0


def test_the_whole_configuration_is_checked_not_only_what_changed(work: Work) -> None:
    field = {"id": "f1", "key": "grade", "labels": named("Grade"), "type": "text"}
    publish(
        work,
        {
            "fields/order": {"fields": [field]},
            "review_rules/r": review_rules(hold_when("r1", {"==": [{"var": "order.cf.grade"}, "A"]})),
            "review_rules/s": review_rules(hold_when("r1", {"==": [{"var": "order.cf.grade"}, "B"]})),
        },
    )
    save(work, "fields/order", {"fields": []})

    found = validate_drafts(work).findings

    assert sorted(found) == ["fields/order", "review_rules/r", "review_rules/s"]
    assert [problem.code for problem in found["fields/order"]] == ["field_not_retired"]


def test_warnings_want_a_tick(work: Work) -> None:
    flow = {"name": named("F"), "subject": {"of": "order"}, "steps": []}

    with pytest.raises(WarningsNotAccepted):
        publish(work, {"approval_flow/f": flow})
    assert publish(work, warnings=True).checks["warnings"][0]["code"] == "nobody_asked"


def test_who_looked_at_an_older_release_does_not_publish(work: Work) -> None:
    publish(work, {"numbering/a": {"name": named("A"), "pattern": "A{seq:4}"}})
    save(work, "numbering/b", {"name": named("B"), "pattern": "B{seq:4}"})

    with pytest.raises(HeadMovedOn):
        publish_drafts(work, PublishDrafts(base=0))


def test_nothing_new_is_not_published(work: Work) -> None:
    body = {"name": named("A"), "pattern": "A{seq:4}"}
    publish(work, {"numbering/a": body})

    with pytest.raises(NothingToPublish):
        publish(work, {"numbering/a": body})


def test_only_some_drafts_are_published(work: Work) -> None:
    save(work, "numbering/a", {"name": named("A"), "pattern": "A{seq:4}"})
    save(work, "numbering/b", {"pattern": "not ready"})

    publish_drafts(work, PublishDrafts(base=0, only=["numbering/a"]))

    assert [draft.address for draft in list_drafts(work)] == ["numbering/b"]


def test_a_draft_begun_before_another_release_warns(work: Work) -> None:
    publish(work, {"numbering/a": {"name": named("A"), "pattern": "A{seq:4}"}})
    mine = save(work, "numbering/a", {"name": named("A"), "pattern": "MINE{seq:4}"})
    theirs = roll_forward(work, "numbering/a", {"name": named("A"), "pattern": "THEIRS{seq:4}"})
    assert theirs.number == 2

    found = validate_drafts(work).findings["numbering/a"]

    assert [(problem.code, problem.severity) for problem in found] == [("draft_outdated", "warning")]
    save_draft(
        work,
        SaveDraft(kind="numbering", key="a", body=mine.body, etag=read_draft(work, "numbering", "a").etag, rebase=True),
    )
    assert validate_drafts(work).findings == {}


def roll_forward(work: Work, name: str, body: Any) -> Release:
    """Publishes `body` while the present draft of the document stays as it is."""
    from low_code.documents.validate_drafts import validate_documents
    from low_code.documents.write_release import write_release

    return write_release(work, validate_documents(work, {name: body}), notes="")


def test_a_roll_back_is_a_new_release_with_the_old_content(work: Work) -> None:
    first = publish(work, {"numbering/a": {"name": named("A"), "pattern": "A{seq:4}"}})
    publish(work, {"numbering/a": {"name": named("A"), "pattern": "B{seq:4}"}})

    third = roll_back(work, RollBack(to=1, base=2, notes="B was wrong"))

    assert (third.number, third.parent, third.restores) == (3, 2, 1)
    assert third.manifest == first.manifest
    assert head_document(work, "numbering", "a")["pattern"] == "A{seq:4}"
    assert [release.number for release in history(work)] == [3, 2, 1]
    assert compiled(work, "numbering", "a", release=2).pattern == "B{seq:4}"


def test_a_roll_back_is_checked_against_the_roles_of_today(work: Work) -> None:
    add_role(work, "finance")
    flow = {
        "name": named("F"),
        "subject": {"of": "order"},
        "steps": [{"id": "n1", "type": "approve", "who": [{"role": "finance"}]}],
    }
    publish(work, {"approval_flow/f": flow})
    changed = {**flow, "steps": [{**flow["steps"][0], "who": [{"submitter": True}]}]}  # type: ignore[dict-item, index]
    publish(work, {"approval_flow/f": changed})
    work.execute("DELETE FROM roles WHERE tenant_id = %(t)s AND key = 'finance'", {"t": work.tenant_id})

    with pytest.raises(NotPublishable) as refused:
        roll_back(work, RollBack(to=1, base=2))

    assert [problem.pointer for problem in refused.value.problems] == ["/approval_flow/f/steps/0/who/0/role"]


def add_role(work: Work, key: str) -> None:
    work.execute(
        "INSERT INTO roles (tenant_id, id, key, names) VALUES (%(t)s, gen_random_uuid(), %(key)s, '{}')",
        {"t": work.tenant_id, "key": key},
    )


def test_a_document_that_is_referred_to_is_not_removed_and_all_referrers_are_named(work: Work) -> None:
    documents = starting_documents()
    documents["order_type/second"] = {**documents["order_type/standard"], "name": named("Second")}
    publish(work, documents)
    save(work, "order_type/third", {**documents["order_type/standard"], "name": named("Third")})

    with pytest.raises(StillReferred) as refused:
        remove_document(work, RemoveDocument(kind="numbering", key="standard"))

    assert [(found["key"], found["pointer"], found["in"]) for found in refused.value.facts["referrers"]] == [
        ("second", "/numbering", "release"),
        ("standard", "/numbering", "release"),
        ("third", "/numbering", "draft"),
    ]
    assert [found.from_key for found in head_referrers(work, "numbering", "standard")] == ["second", "standard"]


def test_a_document_that_nobody_needs_leaves_with_the_next_release(work: Work) -> None:
    publish(work, {f"numbering/{key}": {"name": named(key), "pattern": f"{key}{{seq:4}}"} for key in "ab"})

    remove_document(work, RemoveDocument(kind="numbering", key="a"))
    release = publish(work)

    assert list(release.manifest) == ["numbering/b"]
    with pytest.raises(DocumentUnknown):
        head_document(work, "numbering", "a")
    assert "numbering/a" in read_release(work, 1).manifest


def test_a_field_that_a_condition_reads_counts_as_a_reference(work: Work) -> None:
    field = {"id": "f1", "key": "grade", "labels": named("Grade"), "type": "text"}
    rule = review_rules(hold_when("r1", {"==": [{"var": "order.cf.grade"}, "A"]}))
    publish(work, {"fields/order": {"fields": [field]}, "review_rules/r": rule})

    (found,) = head_referrers(work, "fields", "order")

    assert (found.from_kind, found.pointer, found.to_member) == ("review_rules", "/rules/0/when", "grade")


def test_export_import_export_gives_the_same_bytes(work: Work) -> None:
    documents = starting_documents()
    documents["review_rules/standard"] = review_rules(hold_when("r1", above("1000.50")), hold_when("r2", above("9")))
    publish(work, documents)
    exported = export_bundle(work)

    again = import_bundle(work, ImportBundle(documents=exported))
    assert (again.drafted, again.removed) == ((), ())

    smaller = {name: body for name, body in exported.items() if not name.startswith("order_type/")}
    pruned = import_bundle(work, ImportBundle(documents=smaller, prune=True))
    assert pruned.removed == ("order_type/standard",)
    publish(work)
    import_bundle(work, ImportBundle(documents=exported))
    publish(work)

    assert bundle_text(export_bundle(work)) == bundle_text(exported)


def test_a_partial_export_takes_along_what_it_needs(work: Work) -> None:
    publish(work, starting_documents())

    partial = export_bundle(work, only=["order_type/standard"])

    assert set(partial) == {
        "order_type/standard",
        "numbering/standard",
        "allocation_rule/standard",
        "review_rules/standard",
    }


def test_a_bundle_of_unknown_kinds_is_refused_whole(work: Work) -> None:
    with pytest.raises(DocumentUnfit) as refused:
        import_bundle(
            work, ImportBundle(documents={"numbering/a": {"pattern": "x"}, "spaceship/b": {}, "numbering": {}})
        )

    assert len(refused.value.problems) == 2
    assert list_drafts(work) == []


def test_old_saves_are_forgotten_but_not_the_one_that_is_there(work: Work) -> None:
    save(work, "numbering/n", {"pattern": "A"})
    save(work, "numbering/n", {"pattern": "B"})
    work.now += timedelta(days=KEPT_DAYS + 1)
    forget_versions(work)

    kept = work.rows("SELECT etag FROM config_draft_versions WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert [row.etag for row in kept] == [read_draft(work, "numbering", "n").etag]


def test_the_number_of_documents_has_a_bound(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("low_code.documents.save_draft.MAX_DOCUMENTS", 2)
    body = {"name": {"en": "N"}, "pattern": "N-{seq:6}", "reset": "never"}
    first = save_draft(work, SaveDraft(kind="numbering", key="a", body=body))
    save_draft(work, SaveDraft(kind="numbering", key="b", body=body))

    with pytest.raises(TooManyDocuments):
        save_draft(work, SaveDraft(kind="numbering", key="c", body=body))
    save_draft(work, SaveDraft(kind="numbering", key="a", body=body, etag=first.etag))
