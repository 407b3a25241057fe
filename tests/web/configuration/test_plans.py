"""Planning releases through the pages: two people, an hour, and a draft that changes in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.web.configuration.conftest import Shop, seen_on

NUMBERING = "/builder/numbering/standard"


def numbering(name: str) -> dict[str, Any]:
    return {"name": {"en": name}, "pattern": "SO-{yyyy}-{seq:6}", "reset": "year"}


@pytest.fixture
def two(shop: Shop) -> Shop:
    """A company where releases need two people, with a draft."""
    assert shop.ada.post("/builder/plans/rules", {"four_eyes": "1"}).status_code == 303
    shop.save(NUMBERING, numbering("Invoices"))
    return shop


def propose(shop: Shop, **more: object) -> str:
    """The address of the plan."""
    page = shop.ada.get("/builder/publish")
    assert ("Propose release" in page.text) is ("publish_at" not in more)
    answer = shop.ada.post("/builder/publish", {**seen_on(page), "notes": "new names", **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_one_proposes_and_another_agrees(two: Shop) -> None:
    head = two.head()
    where = propose(two)
    own, bo = two.ada.get(where), two.colleague()
    alone = two.ada.post(f"{where}/approve")
    seen = bo.get(where)
    agreed = bo.post(f"{where}/approve", {"note": "fine"})

    assert "somebody else has to decide" in own.text and f"{where}/approve" not in own.text
    assert alone.status_code == 403
    assert "Invoices" in seen.text and "Agree and publish" in seen.text
    assert agreed.status_code == 303 and two.head() == head + 1
    release = bo.get(str(agreed.headers["Location"])).text
    assert "Agreed to by" in release and "Bo" in release
    assert "Published" in bo.get("/builder/plans").text


def test_a_refusal_needs_a_reason_and_is_shown(two: Shop) -> None:
    where, bo = propose(two), two.colleague()

    silent = bo.post(f"{where}/refuse")
    refused = bo.post(f"{where}/refuse", {"note": "not on a Friday"})

    assert silent.status_code == 422 and "Say why" in silent.text
    assert refused.status_code == 303 and "not on a Friday" in two.ada.get(where).text
    assert bo.post(f"{where}/approve").status_code == 409


def test_a_changed_draft_voids_the_proposal_for_all_to_see(two: Shop) -> None:
    where, bo, head = propose(two), two.colleague(), two.head()
    two.save(NUMBERING, numbering("Other"))

    page, answer = bo.get(where), bo.post(f"{where}/approve")

    assert "propose it again" in page.text and "Void" in page.text
    assert answer.status_code == 409 and two.head() == head


def test_an_hour_is_set_seen_and_called_off(shop: Shop) -> None:
    shop.save(NUMBERING, numbering("Invoices"))
    at = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:30")
    where = propose(shop, publish_at=at)

    page = shop.ada.get(where)
    called_off = shop.ada.post(f"{where}/cancel")

    assert "Scheduled" in page.text and "planned releases are open" not in page.text
    assert called_off.status_code == 303 and "Called off" in shop.ada.get(where).text
    assert shop.ada.post(f"{where}/cancel").status_code == 409


@pytest.mark.parametrize("at", ["yesterday", "2001-01-01T10:00", "9999-01-01T10:00"])
def test_an_hour_that_is_none_is_refused_beside_its_field(shop: Shop, at: str) -> None:
    shop.save(NUMBERING, numbering("Invoices"))

    page = shop.ada.post("/builder/publish", {**seen_on(shop.ada.get("/builder/publish")), "publish_at": at})

    assert page.status_code == 422 and 'id="f-publish_at-problem"' in page.text


def test_going_back_is_proposed_where_two_are_asked_for(two: Shop) -> None:
    bo = two.colleague()
    bo.post(f"{propose(two)}/approve")
    head = two.head()
    form = two.ada.get(f"/builder/history/{head - 1}/roll-back")

    answer = two.ada.post(f"/builder/history/{head - 1}/roll-back", {"base": str(head)})
    agreed = bo.post(f"{answer.headers['Location']}/approve")

    assert "Propose release" in form.text
    assert answer.status_code == 303 and agreed.status_code == 303 and two.head() == head + 1


def test_who_may_not_publish_decides_nothing(two: Shop) -> None:
    where, reader = propose(two), two.colleague("operator")

    assert reader.post(f"{where}/approve").status_code == 403
    assert reader.post(f"{where}/cancel").status_code == 403
    assert reader.post("/builder/plans/rules").status_code == 403


def test_what_is_no_plan_is_not_found(shop: Shop) -> None:
    for where in ("x", "pln_x", "pln_01jg000000e008000000000001"):
        assert shop.ada.get(f"/builder/plans/{where}").status_code == 404
        for action in ("approve", "refuse", "cancel"):
            assert shop.ada.post(f"/builder/plans/{where}/{action}").status_code == 404
