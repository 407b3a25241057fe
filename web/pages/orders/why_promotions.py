"""Promotions, freight and floors in the trace of a price, as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import _, current_locale, translate
from tenants.access.queries import name_in
from web.http.formats import money, unit_price
from web.pages.orders.why_parts import WhyPart, WhyTable


def settled_parts(trace: Mapping[str, Any], currency: str) -> list[WhyPart]:
    """What promotions took off and why others did not, and what is charged beside the goods."""
    parts = []
    promotions = [one for one in trace.get("promotions", ()) if isinstance(one, Mapping)]
    if promotions:
        parts.append(WhyPart(title=_("Promotions"), tables=[_promotions(promotions, currency)]))
    sentences = [_charge(one, currency) for one in trace.get("charges", ()) if isinstance(one, Mapping)]
    if sentences:
        parts.append(WhyPart(title=_("Charges"), sentences=sentences))
    return parts


def price_sentences(line: Mapping[str, Any], currency: str) -> list[str]:
    """How the price of a list came to one of a base unit, whether it was kept, and its floor."""
    found = []
    winner = line.get("winner")
    if isinstance(winner, Mapping) and "stated" in winner:
        stated = _number(winner["stated"])
        code = str(winner.get("currency") or currency)
        text = unit_price(stated, code) if stated is not None else str(winner["stated"])
        if "unit" in winner:
            found.append(_("The list prices one {unit} at {price}.", unit=winner["unit"], price=text))
        if "rate" in winner:
            facts = {"price": text, "rate": winner["rate"], "currency": code}
            found.append(_("The list is in {currency} ({price}), converted at {rate}.", **facts))
    if line.get("kept"):
        found.append(_("The price that was agreed before is kept."))
    floor = _number(line.get("below_floor"))
    if floor is not None:
        found.append(_("It is below the floor of {price}.", price=unit_price(floor, currency)))
    return found


def _promotions(promotions: list[Mapping[str, Any]], currency: str) -> WhyTable:
    rows = []
    for one in sorted(promotions, key=lambda each: not each.get("applied")):
        amount = _number(one.get("amount"))
        lines = one.get("lines")
        where = ", ".join(str(line) for line in lines) if isinstance(lines, Mapping) else ""
        if one.get("waives"):
            where = _("freight")
        rows.append(
            [
                _name(one), str(one.get("coupon", "")), money(amount, currency) if amount is not None else "", where,
                translate(str(one.get("because", "")), current_locale(), {}),
            ]
        )  # fmt: skip
    return WhyTable(
        caption=_("Promotions"),
        columns=[_("Promotion"), _("Coupon"), _("Takes off"), _("Lines"), _("Because")],
        rows=rows,
        numbers=frozenset({2}),
        won=0 if promotions and any(one.get("applied") for one in promotions) else -1,
    )


def _name(one: Mapping[str, Any]) -> str:
    names = one.get("names")
    found = name_in(names, current_locale()) if isinstance(names, Mapping) else ""
    return found or str(one.get("promotion", ""))


def _charge(one: Mapping[str, Any], currency: str) -> str:
    price = _number(one.get("price")) or Decimal(0)
    source, _hash, rows = str(one.get("source", "")).partition("#")
    facts = {
        "name": _name(one), "price": money(price, currency), "document": source.partition("/")[2],
        "rows": rows.replace("#", ", ") or "–",
    }  # fmt: skip
    if one.get("waived_by"):
        by = str(one["waived_by"]).partition("/")[2]
        return _("{name}: {price} by {document} (row {rows}), waived by {by}.", by=by, **facts)
    return _("{name}: {price} by {document} (row {rows}).", **facts)


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
