"""Compiled releases in this process: as many as memory bears, and never a wrong one."""

from __future__ import annotations

import pytest

from kernel.db import Work
from low_code.documents import compiled as cache
from low_code.documents.compiled import configuration, forget_all
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.save_draft import SaveDraft, save_draft
from tests.support.low_code import named


def release(work: Work, key: str) -> int:
    save_draft(
        work, SaveDraft(kind="numbering", key=key, body={"name": named(key), "pattern": f"{key.upper()}-{{seq:4}}"})
    )
    return publish_drafts(work, PublishDrafts(base=work.tenant.head_release)).number


def kept(work: Work) -> list[int]:
    return [number for tenant, number in cache._recent if tenant == work.tenant_id]


@pytest.fixture
def three(work: Work) -> list[int]:
    """Releases of one, two and three documents, as another unit of work would find them."""
    numbers = [release(work, key) for key in ("a", "b", "c")]
    cache._uncommitted.clear()
    forget_all()
    return numbers


def test_what_nobody_asked_for_the_longest_is_forgotten_first(
    work: Work, three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_RELEASES", 2)
    first, second, third = three

    for number in (first, second, first, third):
        configuration(work, number)

    assert kept(work) == [first, third]


def test_large_configurations_push_out_more(work: Work, three: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_DOCUMENTS", 4)

    for number in three:
        configuration(work, number)

    assert kept(work) == [three[2]]
    monkeypatch.setattr(cache, "MAX_DOCUMENTS", 0)
    assert len(configuration(work, three[1]).documents) == 2 and kept(work) == [three[1]]


def test_a_pinned_release_stays_what_it_was_after_others_and_after_being_forgotten(
    work: Work, three: list[int]
) -> None:
    pinned = configuration(work, three[0])
    forget_all()

    again = configuration(work, three[0])

    assert again is not pinned and again.documents == pinned.documents
    assert pinned.compiled("numbering", "a").pattern == "A-{seq:4}"
