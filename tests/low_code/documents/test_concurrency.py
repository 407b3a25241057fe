"""What several sessions may do to one tenant's configuration at once; committed to a tenant of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from sqlalchemy import Engine, text

from low_code.documents.compiled import compiled, configuration
from low_code.documents.errors import DraftConflict, DraftsMovedOn, HeadMovedOn
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.queries import drafts_digest, find_draft, list_drafts
from low_code.documents.save_draft import SaveDraft, save_draft
from tenants.scope import open_work
from tests.support.low_code import named
from tests.support.tenants import TestTenant, create_test_tenant


@pytest.fixture(scope="module")
def busy_tenant(system_engine: Engine) -> TestTenant:
    return create_test_tenant(system_engine, "busy-config")


def numbering(prefix: str) -> dict[str, object]:
    return {"name": named(prefix), "pattern": f"{prefix}-{{seq:4}}"}


def test_of_those_who_publish_at_once_one_wins_and_the_cache_follows(engine: Engine, busy_tenant: TestTenant) -> None:
    with open_work(engine, busy_tenant.id) as work:
        save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("FIRST")))
        base = work.tenant.head_release
    together = Barrier(4)

    def publish(_: int) -> bool:
        together.wait()
        try:
            with open_work(engine, busy_tenant.id) as work:
                publish_drafts(work, PublishDrafts(base=base))
            return True
        except HeadMovedOn:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(publish, range(4))) == [False, False, False, True]

    with open_work(engine, busy_tenant.id) as work:
        assert compiled(work, "numbering", "n").pattern == "FIRST-{seq:4}"
        save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("SECOND")))
        publish_drafts(work, PublishDrafts(base=base + 1))
    with open_work(engine, busy_tenant.id) as work:
        assert compiled(work, "numbering", "n").pattern == "SECOND-{seq:4}"


def test_a_publish_that_is_rolled_back_leaves_nothing_in_the_cache(engine: Engine, system_engine: Engine) -> None:
    tenant = create_test_tenant(system_engine, "undone-config")
    with pytest.raises(ZeroDivisionError), open_work(engine, tenant.id) as work:
        save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("UNDONE")))
        publish_drafts(work, PublishDrafts(base=0))
        assert compiled(work, "numbering", "n").pattern == "UNDONE-{seq:4}"
        raise ZeroDivisionError

    with open_work(engine, tenant.id) as work:
        save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("KEPT")))
        publish_drafts(work, PublishDrafts(base=0))
    with open_work(engine, tenant.id) as work:
        assert compiled(work, "numbering", "n").pattern == "KEPT-{seq:4}"


def test_of_two_who_make_the_same_draft_at_once_one_is_told(engine: Engine, busy_tenant: TestTenant) -> None:
    together = Barrier(2)

    def save(prefix: str) -> bool:
        together.wait()
        try:
            with open_work(engine, busy_tenant.id) as work:
                save_draft(work, SaveDraft(kind="numbering", key="twins", body=numbering(prefix)))
            return True
        except DraftConflict:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ["A", "B"])) == [False, True]


def waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(connection.scalar(text(waiting)))


def until_somebody_waits(engine: Engine, done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done() or waits_for_a_lock(engine):
            return
        sleep(0.01)


@pytest.mark.parametrize("key", ["known", "fresh"])
def test_what_is_saved_while_somebody_publishes_is_in_force_or_still_a_draft(
    engine: Engine, system_engine: Engine, key: str
) -> None:
    tenant = create_test_tenant(system_engine, f"saving-{key}")
    with open_work(engine, tenant.id) as work:
        known = save_draft(work, SaveDraft(kind="numbering", key="known", body=numbering("FIRST")))

    def publish() -> None:
        with open_work(engine, tenant.id) as work:
            publish_drafts(work, PublishDrafts(base=0))

    with ThreadPoolExecutor(1) as pool:
        with open_work(engine, tenant.id) as work:
            etag = known.etag if key == "known" else None
            save_draft(work, SaveDraft(kind="numbering", key=key, body=numbering("SECOND"), etag=etag))
            publishing = pool.submit(publish)
            until_somebody_waits(engine, publishing.done)
        publishing.result()

    with open_work(engine, tenant.id) as work:
        left = find_draft(work, "numbering", key)
        in_force = configuration(work).body("numbering", key)
    assert (left.body if left else in_force) == numbering("SECOND")


def test_drafts_that_change_after_they_were_looked_at_are_not_published(engine: Engine, system_engine: Engine) -> None:
    tenant = create_test_tenant(system_engine, "seen-config")
    with open_work(engine, tenant.id) as work:
        saved = save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("SEEN")))
        seen = drafts_digest(work)

    def publish() -> None:
        with open_work(engine, tenant.id) as work:
            publish_drafts(work, PublishDrafts(base=0, seen=seen))

    with ThreadPoolExecutor(1) as pool:
        with open_work(engine, tenant.id) as work:
            save_draft(work, SaveDraft(kind="numbering", key="n", body=numbering("UNSEEN"), etag=saved.etag))
            publishing = pool.submit(publish)
            until_somebody_waits(engine, publishing.done)
        with pytest.raises(DraftsMovedOn):
            publishing.result()

    with open_work(engine, tenant.id) as work:
        assert work.tenant.head_release == 0
        assert [draft.body for draft in list_drafts(work)] == [numbering("UNSEEN")]
