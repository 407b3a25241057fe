"""Dates in order, a currency wherever an amount is named, and limits that can be held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

NOT_A_DAY = N_("“{value}” is not a day of the calendar.")
NEVER = N_("It ends before it begins.")
NO_CURRENCY = N_("An amount needs a currency.")
NO_GROUP = N_("A waived charge takes part in no exclusion group: what it is worth is known only at the end.")
NO_LINES = N_("A set names its lines by its parts; name none here.")
WAIVES_NO_LINES = N_("A waived charge has no lines.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return [*_days(body), *_money(body), *_parts(body)]


def _days(body: Mapping[str, Any]) -> list[Diagnostic]:
    days, found = {}, []
    for name in ("from", "to"):
        if name in body:
            try:
                days[name] = date.fromisoformat(body[name])
            except ValueError:
                facts = {"value": body[name]}
                found.append(Diagnostic(pointer=f"/{name}", code="not_a_day", message=NOT_A_DAY, facts=facts))
    if len(days) == 2 and days["from"] >= days["to"]:
        found.append(Diagnostic(pointer="/to", code="never_valid", message=NEVER))
    return found


def _money(body: Mapping[str, Any]) -> list[Diagnostic]:
    amounts = body["effect"]["do"] in {"amount", "fixed_price", "bundle"} or "amount" in body.get("budget", {})
    if amounts and "currency" not in body:
        return [Diagnostic(pointer="/currency", code="currency_missing", message=NO_CURRENCY)]
    return []


def _parts(body: Mapping[str, Any]) -> list[Diagnostic]:
    effect = body["effect"]
    found = []
    if effect["do"] == "waive":
        if "group" in body:
            found.append(Diagnostic(pointer="/group", code="waiver_in_group", message=NO_GROUP))
        if "lines" in body:
            found.append(Diagnostic(pointer="/lines", code="waiver_with_lines", message=WAIVES_NO_LINES))
    if effect["do"] == "bundle":
        found += repeated_ids(effect["parts"], "/effect/parts")
        if "lines" in body:
            found.append(Diagnostic(pointer="/lines", code="set_with_lines", message=NO_LINES))
    return found
