"""A kind is a folder: with `tests/support/kinds/greeting` and nothing else, all of the lifecycle is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from low_code.documents.bundles import ImportBundle, export_bundle, import_bundle
from low_code.documents.compare import compare_drafts
from low_code.documents.compiled import compiled, configuration
from low_code.documents.errors import NotPublishable, StillReferred
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.remove_document import RemoveDocument, remove_document
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.expressions import Environment
from low_code.registry import Sample, install, installed
from tests.support import kinds
from tests.support.low_code import build_registry

THANKS = {"text": "Thank you!", "when": {">": [{"var": "order.total"}, {"dec": "100"}]}, "unless": "standard"}
MOMENT = Environment(now=datetime(2026, 11, 22, tzinfo=UTC), today=date(2026, 11, 22))


@pytest.fixture(autouse=True)
def with_greetings(small_domain: None) -> Iterator[None]:
    before = installed()
    install(build_registry(kinds))
    yield
    install(before)


def publish(work: Work, **bodies: Any) -> int:
    for key, body in bodies.items():
        save_draft(work, SaveDraft(kind="greeting", key=key, body=body))
    return publish_drafts(work, PublishDrafts(base=work.tenant.head_release, notes="", accept_warnings=True)).number


def rules(work: Work) -> None:
    save_draft(work, SaveDraft(kind="review_rules", key="standard", body={"name": {"en": "Rules"}, "rules": []}))


def test_it_is_drafted_compared_published_and_run(work: Work) -> None:
    rules(work)
    save_draft(work, SaveDraft(kind="greeting", key="thanks", body=THANKS))
    (_, change) = sorted(compare_drafts(work, "en"), key=lambda each: each.kind, reverse=True)
    assert (change.kind, change.status) == ("greeting", "added")

    publish_drafts(work, PublishDrafts(base=work.tenant.head_release, notes=""))

    kind, document = installed().kinds["greeting"], compiled(work, "greeting", "thanks")
    found = kind.simulate(document, Sample(values={"order": {"total": Decimal(101)}}, moment=MOMENT))
    assert found == {"outcome": "Thank you!"}
    (sentence,) = kind.explain("thanks", THANKS, configuration(work), "en")
    assert sentence.endswith(": Thank you!")


def test_its_own_check_and_its_schema_s_words_are_heeded(work: Work) -> None:
    with pytest.raises(NotPublishable) as refused:
        publish(work, loud={**THANKS, "text": "THANKS", "when": {">": [{"var": "order.nothing"}, 1]}})

    assert {problem.code for problem in refused.value.problems} >= {"unknown_field", "reference_unknown"}


def test_what_it_names_cannot_be_taken_away(work: Work) -> None:
    rules(work)
    publish(work, thanks=THANKS)

    with pytest.raises(StillReferred):
        remove_document(work, RemoveDocument(kind="review_rules", key="standard"))


def test_it_travels_in_bundles(work: Work) -> None:
    rules(work)
    publish(work, thanks=THANKS)

    bundle = export_bundle(work, only=["greeting/thanks"])

    assert set(bundle) == {"greeting/thanks", "review_rules/standard"}
    assert import_bundle(work, ImportBundle(documents=bundle)).drafted == ()
