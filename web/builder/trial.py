"""One order tried: what is in force and what the drafts would make of it, side by side, with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from low_code.documents.errors import NotPublishable
from low_code.documents.queries import list_drafts
from low_code.registry import Configuration
from low_code.registry.samples import example_of
from oms.inventory.queries import list_locations
from oms.trial.decide import Decided
from oms.trial.recorded import RecordedOrder
from oms.trial.samples import read_order, sample_of, sample_subject
from oms.trial.simulate import Simulation, newest_recorded, recorded_order, simulate, would_be
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.builder.shown import ShownProblem, document_name, refusal_of, shown_problems
from web.builder.text import pretty, read_text
from web.http.access import requires
from web.http.errors import status_of
from web.http.formats import money
from web.http.work import current_work
from web.pages.navigation import CONFIGURATION, NavEntry
from web.pages.orders.why import TITLES, Why, explain
from web.pages.orders.why_names import Names

bp = Blueprint("builder_trial", __name__, url_prefix="/builder/try")
NAVIGATION = (
    NavEntry(N_("Try one order"), "test-pipe", "builder_trial.show", Permission.VIEW_CONFIG, 14, CONFIGURATION),
)

REFUSED: Mapping[str, str] = {
    "order_type": N_("Refused: there is no such order type"),
    "channel": N_("Refused: the order type does not take orders from this channel"),
    "credit": N_("Refused: credit"),
    "stock": N_("Refused: not enough stock"),
}
PLACED, HELD = N_("Placed"), N_("Placed, and held")
PLACEMENT = N_("Whether it is placed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SideShown:
    """What one configuration makes of the order."""

    title: str
    outcome: str
    tone: str
    total: str
    net: str
    why: list[Why]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """differs: names of the decisions that differ; [] where all are the same"""

    sides: tuple[SideShown, SideShown]
    differs: list[str]
    notes: list[str]


@dataclass(slots=True, kw_only=True)
class TrialPage:
    """number: of the recorded order that the sample is of, or ""; drafts: how many are on the way"""

    number: str
    text: str
    shown: Shown | None
    drafts: int
    head: int
    refusal: str = ""
    problems: list[ShownProblem] = field(default_factory=list)


@bp.get("")
@requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
def show() -> ResponseReturnValue:
    return _render(request.args.get("order", "").strip()[:100], None)


@bp.post("")
@requires(Permission.VIEW_CONFIG, Permission.VIEW_ORDERS)
def run() -> ResponseReturnValue:
    """Nothing is saved: the sample comes back with what would become of it."""
    return _render(request.form.get("order", "").strip()[:100], request.form.get("sample", ""))


def _render(number: str, text: str | None) -> ResponseReturnValue:
    status = 200
    with current_work() as work:
        page = TrialPage(
            number=number, text=text or "", shown=None, drafts=len(list_drafts(work)), head=work.tenant.head_release
        )
        try:
            _fill(work, page, text)
        except NotPublishable as error:
            page.refusal, status = (
                f"{_('The drafts have errors; mend them first.')} {refusal_of(error)}",
                status_of(error),
            )
        except DomainError as error:
            page.problems = shown_problems(error.problems)
            page.refusal, status = "" if page.problems else refusal_of(error), status_of(error)
            if not page.text:
                page.text = pretty(_example(work))
    return render_template("builder/try.html", page=page), status


def _fill(work: Work, page: TrialPage, text: str | None) -> None:
    order = recorded_order(work, page.number) if page.number else None
    if text is None:
        begun = order or newest_recorded(work)  # goods and a customer that people know
        page.text = pretty(sample_of(work, begun) if begun else _example(work))
        if order is None:
            return
    else:
        reading = read_text(text)
        if reading.body is None:
            page.problems = shown_problems(reading.problems, reading.lines)
            return
        order = read_order(work, reading.body, would_be(work), like=order)
    assert order is not None
    page.shown = shown_simulation(work, simulate(work, order))


def _example(work: Work) -> dict[str, Any]:
    """A sample to begin with, of an order type that is in force."""
    in_force = configuration(work)
    sample = example_of(sample_subject(in_force))
    key = next(iter(in_force.keys("order_type")), "standard")
    body = in_force.body("order_type", key) or {}
    line = {"sku": "A-1", "quantity": "1", "list_price": "10", "tax_rate": "0.19"}
    return {
        "order": {
            **{name: sample["order"][name] for name in ("customer",) if name in sample.get("order", {})},
            "order_type": key, "channel": next(iter(body.get("channels", ())), "portal"),
            "currency": work.tenant.currency, "lines": [line],
        },
        "credit": {"limit": "1000", "open_orders": "0"},
        "stock": {row.key: {"A-1": "5"} for row in list_locations(work)[:2]},
    }  # fmt: skip


def shown_simulation(
    work: Work,
    found: Simulation,
    titles: tuple[str, str] | None = None,
    documents: tuple[Configuration, Configuration] | None = None,
) -> Shown:
    """documents: those that decided, for their names; None for what is in force and the drafts"""
    before, after = documents or (configuration(work), would_be(work))
    one, other = titles or (_("In force now"), _("With the drafts"))
    return Shown(
        sides=(
            _side(work, one, found.before, found.order, before),
            _side(work, other, found.after, found.order, after),
        ),
        differs=[_(TITLES.get(name, PLACEMENT)) for name in found.what],
        notes=[*_notes(found), *_floor_note(found.order.order_type, (before, after))],
    )


def _notes(found: Simulation) -> list[str]:
    notes = []
    if any(not one.allocation_known for one in (found.before, found.after)):
        notes.append(_("No stock was recorded with this order, so the allocation is not decided."))
    if any(not one.credit and one.refused not in {"order_type", "channel"} for one in (found.before, found.after)):
        notes.append(_("No credit figures were recorded with this order, so credit is not checked."))
    return notes


def _floor_note(order_type: str, documents: tuple[Configuration, Configuration]) -> list[str]:
    """Floors are read as recorded (oms/trial): said where the two would set them differently."""
    one, other = (((each.body("order_type", order_type) or {}).get("prices") or {}).get("floor") for each in documents)
    return [] if one == other else [_("Another price floor is not tried: floors are those that were recorded.")]


def _side(work: Work, title: str, decided: Decided, order: RecordedOrder, documents: Configuration) -> SideShown:
    decisions = [
        SimpleNamespace(kind=kind, outcome=outcome, trace=trace, at=order.placed_at, release=documents.release)
        for kind, (outcome, trace) in decided.traces.items()
    ]
    outcome = REFUSED[decided.refused] if decided.refused else HELD if decided.holds else PLACED
    return SideShown(
        title=title,
        outcome=_(outcome),
        tone="bad" if decided.refused else "warn" if decided.holds else "ok",
        total=money(decided.total, order.currency),
        net=money(decided.net, order.currency),
        why=explain(decisions, order.currency, _names(work, documents)),
    )


def _names(work: Work, documents: Configuration) -> Names:
    def named(address: str, _release: int) -> str:
        kind, _slash, key = address.partition("/")
        return document_name(kind, key, documents.body(kind, key))

    locations = {row.key: name_in(row.names, current_locale()) for row in list_locations(work)}
    return Names(document=named, location=locations, price_list={})
