"""What several sessions may do to one tenant's configuration at once; committed to a tenant of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from low_code.documents.compiled import compiled
from low_code.documents.errors import DraftConflict, HeadMovedOn
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
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
