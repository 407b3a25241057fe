"""The report of a backtest, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from low_code.backtests.queries import Backtest
from low_code.registry import installed
from oms.inventory.queries import list_locations
from tenants.access.queries import name_in
from web.builder.trial import REFUSED
from web.http.formats import money

CREDIT_UNKNOWN = N_("{count} orders were placed without a credit check, so their credit figures are not known.")
STOCK_UNKNOWN = N_("For {count} orders the stock of that moment was not recorded; their allocation is not compared.")


@dataclass(slots=True, kw_only=True)
class Figure:
    """One line of the report. moved: the value differs"""

    label: str
    before: str
    after: str
    moved: bool


def figures(work: Work, backtest: Backtest) -> list[Figure]:
    """The report, line by line: money per currency, rates, and counts by what was decided."""
    tallies = backtest.tallies
    places = place_names(work)

    def count(label: str, name: str) -> Figure:
        before, after = (int(tallies.get(name.format(side=side), 0)) for side in ("before", "after"))
        return Figure(label=label, before=str(before), after=str(after), moved=before != after)

    def rate(label: str, name: str, of: str) -> Figure:
        values = [
            _percent(int(tallies.get(f"{name}.{side}", 0)), int(tallies.get(f"{of}.{side}", 0)))
            for side in ("before", "after")
        ]
        return Figure(label=label, before=values[0], after=values[1], moved=values[0] != values[1])

    shown = []
    for currency in _named(tallies, "money"):
        before, after = (Decimal(tallies.get(f"money.{side}.{currency}", "0")) for side in ("before", "after"))
        shown.append(
            Figure(
                label=_("Total of placed orders, {currency}", currency=currency),
                before=money(before, currency), after=money(after, currency), moved=before != after,
            )
        )  # fmt: skip
    shown.append(count(_("Orders placed"), "placed.{side}"))
    shown += [count(_(REFUSED[why]), f"refused.{{side}}.{why}") for why in _named(tallies, "refused") if why in REFUSED]
    shown.append(rate(_("Held, of those placed"), "held", "placed"))
    holds = _named(tallies, "holds")
    words = installed().vocabulary("hold_types").terms
    for kind in holds:
        label = words[kind].label(current_locale()) if kind in words else _("Approval") if kind == "approval" else kind
        shown.append(count(_("On hold: {type}", type=label), f"holds.{{side}}.{kind}"))
    shown.append(count(_("Waiting for approval"), "approval.{side}"))
    shown.append(count(_("Promised stock"), "allocated.{side}"))
    shown.append(rate(_("Split over locations, of those"), "split", "allocated"))
    shown.append(count(_("Some units short"), "short.{side}"))
    shown += [
        count(_("Shipped from {location}", location=places.get(key, key)), f"location.{{side}}.{key}")
        for key in _named(tallies, "location")
    ]
    return shown


def _named(tallies: Mapping[str, Any], group: str) -> list[str]:
    """Last parts of the names `group.side.last`, sorted."""
    parts = (name.split(".", 2) for name in tallies)
    return sorted({each[2] for each in parts if len(each) == 3 and each[0] == group})


def _percent(part: int, whole: int) -> str:
    return f"{Decimal(part) * 100 / whole:.1f} % ({part})" if whole else "–"


def place_names(work: Work) -> dict[str, str]:
    """What locations are called, by key."""
    return {row.key: name_in(row.names, current_locale()) for row in list_locations(work)}


def notes(backtest: Backtest) -> list[str]:
    """Of how many orders something was not recorded."""
    said = []
    if unknown := backtest.tallies.get("unknown.credit"):
        said.append(_(CREDIT_UNKNOWN, count=unknown))
    if unknown := backtest.tallies.get("unknown.allocation"):
        said.append(_(STOCK_UNKNOWN, count=unknown))
    return said
