"""Indexes of own fields: which there are, how far their building is, and stopping or resuming it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from low_code.field_index.errors import RunUnknown
from low_code.field_index.steer_runs import cancel_run, list_runs, list_slots, resume_run
from low_code.registry import installed
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.principals import may
from web.http.work import current_work
from web.pages.navigation import CONFIGURATION, NavEntry
from web.pages.run_once import run_once

bp = Blueprint("builder_fields", __name__, url_prefix="/builder/indexes")
NAVIGATION = (NavEntry(N_("Indexes"), "search", "builder_fields.index", Permission.VIEW_CONFIG, 60, CONFIGURATION),)
WORKS: Mapping[str, str] = {"index": N_("Building the index"), "compute": N_("Computing fields anew")}
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waiting"), "idle"), "running": (N_("Running"), "info"), "done": (N_("Done"), "ok"),
    "cancelled": (N_("Cancelled"), "warn"), "failed": (N_("Failed"), "bad"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """percent of the rows that were there when it began, at most 100"""

    run: Any
    entity: str
    work: str
    state: str
    tone: str
    percent: int
    cancel_url: str
    resume_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSlot:
    entity: str
    field: str
    use: str
    ready: bool
    values: str


@dataclass(slots=True, kw_only=True)
class IndexesPage:
    """running: some work is under way, so the page looks again by itself"""

    runs: Sequence[ShownRun]
    slots: Sequence[ShownSlot]
    running: bool


@bp.get("")
@requires(Permission.VIEW_CONFIG)
def index() -> ResponseReturnValue:
    with current_work() as work:
        runs, slots, in_force = list_runs(work), list_slots(work), configuration(work)
    page = IndexesPage(
        runs=[_run(run) for run in runs],
        slots=[_slot(slot, in_force) for slot in slots],
        running=any(run.state in {"waiting", "running"} for run in runs),
    )
    fragment = bool(request.headers.get("HX-Request"))
    return render_template("builder/_indexes.html" if fragment else "builder/indexes.html", page=page)


@bp.post("/<entity>/<any(index, compute):field_work>/cancel")
@requires(Permission.VIEW_CONFIG, Permission.PUBLISH_CONFIG)
def cancel(entity: str, field_work: str) -> ResponseReturnValue:
    def stop(work: Any) -> tuple[str, str]:
        _known(entity)
        cancel_run(work, entity, field_work)
        return _("It stops after the rows that are under way."), url_for("builder_fields.index")

    return run_once(stop)


@bp.post("/<entity>/<any(index, compute):field_work>/resume")
@requires(Permission.VIEW_CONFIG, Permission.PUBLISH_CONFIG)
def resume(entity: str, field_work: str) -> ResponseReturnValue:
    def go_on(work: Any) -> tuple[str, str]:
        _known(entity)
        resume_run(work, entity, field_work)
        return _("It goes on where it stopped."), url_for("builder_fields.index")

    return run_once(go_on)


def _known(entity: str) -> None:
    if entity not in installed().entities:
        raise RunUnknown()


def _run(run: Any) -> ShownRun:
    state, tone = STATES[run.state]
    open_run, may_steer = run.state in {"waiting", "running"}, may(Permission.PUBLISH_CONFIG)
    total, names = max(run.rows_total, 1), {"entity": run.entity, "field_work": run.work}
    state_ended = run.state in {"cancelled", "failed"}
    return ShownRun(
        run=run, entity=_entity(run.entity), work=_(WORKS[run.work]), state=_(state), tone=tone,
        percent=100 if run.state == "done" else min(run.rows_done * 100 // total, 99),
        cancel_url=url_for("builder_fields.cancel", **names) if open_run and may_steer else "",
        resume_url=url_for("builder_fields.resume", **names) if not open_run and may_steer and state_ended else "",
    )  # fmt: skip


def _slot(slot: Any, in_force: Any) -> ShownSlot:
    body = in_force.sound_body("fields", slot.entity) or {"fields": ()}
    labels: Mapping[str, str] = next((one["labels"] for one in body["fields"] if one["key"] == slot.key), {})
    values = _("{count} different values in the newest {rows} rows", count=slot.distinct_values, rows=slot.sampled)
    return ShownSlot(
        entity=_entity(slot.entity), field=name_in(labels, current_locale()) or slot.key,
        use=_("Words") if slot.slot == "words" else _("Filter and sort"), ready=slot.ready,
        values=values if slot.sampled else "",
    )  # fmt: skip


def _entity(key: str) -> str:
    entity = installed().entities.get(key)
    return name_in(entity.labels, current_locale()) if entity else key
