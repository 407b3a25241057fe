"""Releasing and assigning holds of the queue, one or many."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text
from oms.review.assign_holds import AssignHolds, assign_holds
from oms.review.errors import AssigneeUnfit, HoldsGone
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.problems import said
from web.http.release_holds import release_open_hold
from web.http.work import in_current_work
from web.pages.review.blueprint import review
from web.pages.run_once import run_once

MOST = 200
CHOOSE = N_("Choose at least one hold.")
REASON_MISSING = N_("Say why: the reason is kept with each order.")


@review.post("/release")
@requires(Permission.RELEASE_HOLDS)
def release() -> ResponseReturnValue:
    """Each in a transaction of its own: one that was released meanwhile does not keep the others. Sent twice, the
    second finds nothing to release."""
    sent = Form.sent()
    holds, reason = _chosen(sent), sent.value("reason").strip()[:500]
    if not holds or not reason:
        flash(_(CHOOSE) if not holds else _(REASON_MISSING), "bad")
        return _back(sent)
    done, refused = 0, []
    for hold_id in holds:
        try:
            in_current_work(lambda work, key=hold_id: release_open_hold(work, key, reason))  # type: ignore[misc]
            done += 1
        except DomainError as error:
            refused.append(said(error.message, error.facts))
    if done:
        flash(_("{count} holds are released.", count=done), "ok")
    if refused:
        reasons = " ".join(dict.fromkeys(refused))
        flash(_("{count} holds stand as they were: {reasons}", count=len(refused), reasons=reasons), "warn")
    return _back(sent)


@review.post("/assign")
@requires(Permission.RELEASE_HOLDS)
def assign() -> ResponseReturnValue:
    sent = Form.sent()
    holds = _chosen(sent)
    if not holds:
        flash(_(CHOOSE), "bad")
        return _back(sent)

    def run(work: Work) -> tuple[str, str]:
        count = assign_holds(work, AssignHolds(hold_ids=tuple(holds), user_id=_assignee(sent)))
        return _("{count} holds are assigned.", count=count), _target(sent)

    try:
        return run_once(run)
    except (HoldsGone, AssigneeUnfit) as error:
        flash(said(error.message, error.facts), "bad")
        return _back(sent)


def _assignee(sent: Form) -> UUID | None:
    """me: the reader himself; nobody: takes it back. Raises AssigneeUnfit"""
    to = sent.value("to")
    if to in {"me", "nobody"}:
        return signed_in().id if to == "me" else None
    found = from_text("usr", to)
    if found is None:
        raise AssigneeUnfit()
    return found


def _chosen(sent: Form) -> list[UUID]:
    found = (from_text("hld", text) for text in sent.values_of("hold")[:MOST])
    return list(dict.fromkeys(key for key in found if key is not None))


def _target(sent: Form) -> str:
    query = sent.value("back")[:500]
    return url_for("review.index") + (f"?{query}" if query and "\n" not in query and "\r" not in query else "")


def _back(sent: Form) -> ResponseReturnValue:
    return redirect(_target(sent), 303 if request.method == "POST" else 302)
