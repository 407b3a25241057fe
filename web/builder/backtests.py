"""Drafts against the tenant's own history: start, watch, read the sums, look at each order that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from low_code.backtests.queries import (
    Backtest,
    FoundDifference,
    list_backtests,
    list_differences,
    read_backtest,
    read_difference,
)
from low_code.backtests.run_backtest import would_be
from low_code.backtests.start_backtest import PREFIX, StartBacktest, cancel_backtest, start_backtest
from low_code.documents.compiled import configuration
from low_code.documents.queries import list_drafts
from low_code.registry import installed
from oms.placement.policy_for import order_types
from oms.trial.decide import DECISIONS
from oms.trial.history import DEFAULT_ORDERS, MOST_ORDERS, PlacedOrders, Scope
from oms.trial.simulate import recorded_order_by_id, simulate
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.builder.backtest_report import Figure, figures, notes, place_names
from web.builder.shown import DocumentLink, link_to, refusal_of
from web.builder.trial import PLACEMENT, REFUSED, Shown, shown_simulation
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work
from web.pages.navigation import CONFIGURATION, NavEntry
from web.pages.orders.why import TITLES
from web.pages.row_ids import id_in

bp = Blueprint("builder_backtests", __name__, url_prefix="/builder/backtests")
NAVIGATION = (
    NavEntry(N_("Backtests"), "history", "builder_backtests.index", Permission.VIEW_CONFIG, 16, CONFIGURATION),
)
_PAGE_SIZE = 50
BAD_DAY = N_("This is not a day (yyyy-mm-dd).")
BAD_NUMBER = N_("This is not a whole number.")
STATES: Mapping[str, tuple[str, str]] = {
    "queued": (N_("Waits for a worker"), "idle"),
    "running": (N_("Running"), "info"),
    "done": (N_("Done"), "ok"),
    "cancelled": (N_("Stopped"), "warn"),
    "failed": (N_("Failed"), "bad"),
}


@dataclass(slots=True, kw_only=True)
class ListedBacktest:
    id: str
    backtest: Backtest
    state: str
    tone: str


@dataclass(slots=True, kw_only=True)
class BacktestsPage:
    """types: (key, name) of order types; drafts: how many are on the way"""

    rows: list[ListedBacktest]
    form: Form
    types: list[tuple[str, str]]
    drafts: int
    most: int
    may_start: bool
    newest_url: str | None
    older_url: str | None


@dataclass(slots=True, kw_only=True)
class ListedDifference:
    label: str
    what: list[str]
    before: str
    after: str
    url: str


@dataclass(slots=True, kw_only=True)
class BacktestPage:
    """what: the decision that the list is narrowed to, or ""; tabs: (decision, label, orders)"""

    id: str
    backtest: Backtest
    state: str
    tone: str
    percent: int
    watching: bool
    changed: list[DocumentLink]
    scope: list[tuple[str, str]]
    figures: list[Figure]
    notes: list[str]
    tabs: list[tuple[str, str, int]]
    what: str
    differences: list[ListedDifference]
    next_url: str | None
    may_cancel: bool


@dataclass(slots=True, kw_only=True)
class DifferencePage:
    id: str
    label: str
    order_url: str
    shown: Shown
    previous_url: str | None
    next_url: str | None


@bp.get("")
@requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
def index() -> ResponseReturnValue:
    return _render_index(Form.of(limit=str(DEFAULT_ORDERS)))


@bp.post("")
@requires(Permission.EDIT_CONFIG, Permission.VIEW_ORDERS)
def start() -> ResponseReturnValue:
    sent = Form.sent()
    limit, first, last = _whole(sent, "limit"), _day(sent, "from"), _day(sent, "to")
    if sent.refused:
        return _render_index(sent)

    def use_case(work: Work) -> UUID:
        scope = Scope(
            limit=limit or 0, until=work.now, placed_from=first, placed_to=last,
            order_type=sent.value("order_type") or None,
        )  # fmt: skip
        scope.check()
        return start_backtest(work, StartBacktest(scope=scope.to_json()), PlacedOrders())

    try:
        backtest_id = in_current_work(use_case)
    except DomainError as error:
        return _render_index(sent.refuse(error, {"bad_limit": "limit", "days_crossed": "from"}))
    flash(_("The backtest runs in the background. You may leave this page."), "ok")
    return redirect(url_for("builder_backtests.show", backtest_id=to_text(PREFIX, backtest_id)), 303)


@bp.get("/<backtest_id>")
@requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
def show(backtest_id: str) -> ResponseReturnValue:
    """htmx asks for the progress alone."""
    with current_work() as work:
        page = _page(work, id_in(PREFIX, backtest_id))
    if request.headers.get("HX-Request"):
        response = render_template("builder/_backtest_progress.html", page=page)
        return response, 200, {} if page.watching else {"HX-Refresh": "true"}
    return render_template("builder/backtest.html", page=page)


@bp.post("/<backtest_id>/cancel")
@requires(Permission.EDIT_CONFIG)
def cancel(backtest_id: str) -> ResponseReturnValue:
    key = id_in(PREFIX, backtest_id)
    try:
        in_current_work(lambda work: cancel_backtest(work, key))
    except DomainError as error:
        if error.code != "backtest_over":
            raise
        flash(refusal_of(error), "warn")
    else:
        flash(_("The backtest stops. What it found so far stays."), "ok")
    return redirect(url_for("builder_backtests.show", backtest_id=backtest_id), 303)


@bp.get("/<backtest_id>/<int(max=2147483647):position>")
@requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
def difference(backtest_id: str, position: int) -> ResponseReturnValue:
    """Both explanations of one order, decided again by the two configurations that the backtest is pinned to."""
    key = id_in(PREFIX, backtest_id)
    with current_work() as work:
        backtest, found = read_backtest(work, key), read_difference(work, key, position)
        documents = configuration(work, backtest.head), would_be(work, dict(backtest.manifest))
        simulation = simulate(work, recorded_order_by_id(work, found.subject_id), *documents)
        titles = _("Release {number}", number=backtest.head), _("With the drafts")
        page = DifferencePage(
            id=backtest_id,
            label=found.label,
            order_url=url_for("orders.show", order_id=to_text("ord", found.subject_id)),
            shown=shown_simulation(work, simulation, titles, documents),
            previous_url=_difference_url(backtest_id, position - 1) if position > 1 else None,
            next_url=_difference_url(backtest_id, position + 1) if position < backtest.differing else None,
        )
    return render_template("builder/backtest_difference.html", page=page)


def _difference_url(backtest_id: str, position: int) -> str:
    return url_for("builder_backtests.difference", backtest_id=backtest_id, position=position)


def _whole(sent: Form, name: str) -> int | None:
    text = sent.value(name).strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    sent.refuse_field(name, _(BAD_NUMBER))
    return None


def _day(sent: Form, name: str) -> date | None:
    text = sent.value(name).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        sent.refuse_field(name, _(BAD_DAY))
        return None


def _render_index(form: Form) -> ResponseReturnValue:
    text = request.args.get("before", "")
    before = id_in(PREFIX, text) if text else None
    with current_work() as work:
        found = list_backtests(work, before=before, limit=_PAGE_SIZE + 1)
        types = order_types(work)
        page = BacktestsPage(
            rows=[_listed(one) for one in found[:_PAGE_SIZE]],
            form=form,
            types=[("", _("All")), *((key, name_in(names, current_locale())) for key, names in types.items())],
            drafts=len(list_drafts(work)),
            most=MOST_ORDERS,
            may_start=may(Permission.EDIT_CONFIG),
            newest_url=url_for("builder_backtests.index") if before else None,
            older_url=url_for("builder_backtests.index", before=to_text(PREFIX, found[_PAGE_SIZE - 1].id))
            if len(found) > _PAGE_SIZE
            else None,
        )
    return render_template("builder/backtests.html", page=page), form.status


def _listed(one: Backtest) -> ListedBacktest:
    state, tone = STATES[one.state]
    return ListedBacktest(id=to_text(PREFIX, one.id), backtest=one, state=_(state), tone=tone)


def _page(work: Work, key: UUID) -> BacktestPage:
    backtest = read_backtest(work, key)
    text_id, what = to_text(PREFIX, key), request.args.get("what", "")
    what = what if what in DECISIONS else ""
    after = request.args.get("after", default=0, type=int)
    found = list_differences(work, key, what=what or None, after=max(0, min(after, 2**31 - 1)), limit=_PAGE_SIZE + 1)
    more = len(found) > _PAGE_SIZE
    known = configuration(work).documents
    state, tone = STATES[backtest.state]
    places = place_names(work)
    return BacktestPage(
        id=text_id,
        backtest=backtest,
        state=_(state),
        tone=tone,
        percent=backtest.done * 100 // max(backtest.total, 1),
        watching=not backtest.is_over,
        changed=[link_to(name, known) for name in backtest.changed],
        scope=_scope(work, backtest),
        figures=figures(work, backtest),
        notes=notes(backtest),
        tabs=[
            (name, _decision(name), int(backtest.tallies.get(f"what.{name}", 0)))
            for name in DECISIONS
            if backtest.tallies.get(f"what.{name}")
        ],
        what=what,
        differences=[_shown(text_id, one, places) for one in found[:_PAGE_SIZE]],
        next_url=url_for(
            "builder_backtests.show", backtest_id=text_id, what=what or None, after=found[_PAGE_SIZE - 1].position
        )
        if more
        else None,
        may_cancel=not backtest.is_over and not backtest.cancel_requested and may(Permission.EDIT_CONFIG),
    )


def _decision(name: str) -> str:
    return _(TITLES.get(name, PLACEMENT))


def _scope(work: Work, backtest: Backtest) -> list[tuple[str, str]]:
    scope = backtest.scope
    types = order_types(work)
    key = scope.get("order_type")
    named = name_in(types[key], current_locale()) if key in types else key
    return [
        (_("Orders, newest first"), str(scope["limit"])),
        (_("Placed from"), scope.get("from") or "–"),
        (_("Placed until"), scope.get("to") or "–"),
        (_("Order type"), named or _("All")),
    ]


def _shown(text_id: str, one: FoundDifference, places: Mapping[str, str]) -> ListedDifference:
    return ListedDifference(
        label=one.label,
        what=[_decision(name) for name in one.what],
        before=_in_short(one.before, places),
        after=_in_short(one.after, places),
        url=_difference_url(text_id, one.position),
    )


def _in_short(decided: Mapping[str, Any], places: Mapping[str, str]) -> str:
    """Total, holds and locations in one line."""
    refused = REFUSED.get(decided["refused"])
    if refused:
        return _(refused)
    words = installed().vocabulary("hold_types").terms
    parts = [str(decided["total"])]
    parts += [words[kind].label(current_locale()) if kind in words else _("Approval") for kind in decided["holds"]]
    if decided["picks"]:
        parts.append(" + ".join(dict.fromkeys(places.get(pick[1], pick[1]) for pick in decided["picks"])))
    return " · ".join(parts)
