"""Why an order was priced, held, approved and allocated as it was: the decision log as tables and sentences.

Traces are JSON that was written when the decision was made; one that is older or newer than this page lacks
something, and then only what is there is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import N_, _, current_locale
from oms.configuration import build_registry
from web.http.formats import money, quantity, unit_price
from web.http.problems import said
from web.pages.orders.why_allocation import circumstances, waits_for
from web.pages.orders.why_names import Names
from web.pages.orders.why_parts import WhyPart, WhyTable
from web.pages.orders.why_promotions import price_sentences, settled_parts
from web.pages.orders.why_regrouping import merge_parts, regrouped, split_parts
from web.pages.words import CREDIT_BUCKETS, PRICE_SCOPES

TITLES: Mapping[str, str] = {
    "price": N_("Price"),
    "review": N_("Review"),
    "duplicate": N_("Repeated orders"),
    "credit": N_("Credit"),
    "approval": N_("Approval"),
    "allocation": N_("Allocation"),
    "split": N_("Split"),
    "merge": N_("Merge"),
}
ICONS: Mapping[str, str] = {
    "price": "receipt-tax",
    "review": "eye",
    "duplicate": "copy",
    "credit": "credit-card",
    "approval": "checklist",
    "allocation": "building-warehouse",
    "split": "arrows-split",
    "merge": "arrows-join",
}
_VERDICTS: Mapping[str, tuple[str, str]] = {
    "pass": (N_("Passed"), "ok"),
    "warn": (N_("Passed with a warning"), "warn"),
    "hold": (N_("Held"), "warn"),
    "block": (N_("Refused"), "bad"),
}


@dataclass(slots=True, kw_only=True)
class Why:
    """One decision. document: the document that decided, "" for the product itself"""

    kind: str
    title: str
    icon: str
    outcome: str
    tone: str
    at: datetime
    release: int
    document: str
    parts: list[WhyPart] = field(default_factory=list)


def explain(decisions: Sequence[Any], currency: str, names: Names) -> list[Why]:
    """Newest first, as they come."""
    return [_explain(decision, currency, names) for decision in decisions]


def _explain(decision: Any, currency: str, names: Names) -> Why:
    trace = decision.trace if isinstance(decision.trace, Mapping) else {}
    document = trace.get("document") if isinstance(trace.get("document"), str) else ""
    trace, result = _named(trace, decision, names)
    outcome, tone = _outcome(decision.kind, result, trace, currency)
    shown = Why(
        kind=decision.kind,
        title=_(TITLES.get(decision.kind, decision.kind)),
        icon=ICONS.get(decision.kind, "info-circle"),
        outcome=outcome,
        tone=tone,
        at=decision.at,
        release=decision.release,
        document=names.document(document, decision.release) if document else "",
    )
    teller = _TELLERS.get(decision.kind)
    if teller is not None:
        shown.parts = teller(trace, currency)
    return shown


def _named(trace: Mapping[str, Any], decision: Any, names: Names) -> tuple[Mapping[str, Any], str]:
    """Trace and outcome with names for keys; a key that is gone stays as the decision wrote it."""
    if decision.kind == "approval":
        keys, started = [str(key) for key in trace.get("flows", ())], str(trace.get("started") or "")
        flows = {key: names.document(f"approval_flow/{key}", decision.release) for key in {*keys, started} if key}
        named = {**trace, "flows": [flows[key] for key in keys], "started": flows.get(started)}
        return named, flows.get(decision.outcome, decision.outcome)
    if decision.kind == "allocation":
        rounds = [
            {
                **_located(each, "chosen", names),
                "losers": [_located(loser, "location", names) for loser in _list(each, "losers")],
            }
            for each in _list(trace, "rounds")
        ]
        return {**trace, "rounds": rounds}, decision.outcome
    if decision.kind == "price":
        return {**trace, "lines": [_priced(line, decision, names) for line in _list(trace, "lines")]}, decision.outcome
    return trace, decision.outcome


def _priced(line: Mapping[str, Any], decision: Any, names: Names) -> dict[str, Any]:
    def listed(candidate: Mapping[str, Any]) -> dict[str, Any]:
        key = str(candidate.get("list", ""))
        return {**candidate, "list": names.price_list.get(key) or key}

    winner = line.get("winner")
    return {
        **line,
        "winner": listed(winner) if winner else None,
        "losers": [listed(each) for each in _list(line, "losers")],
        "adjustments": [
            {**step, "document": names.document(str(step.get("document", "")), decision.release)}
            for step in _list(line, "adjustments")
        ],
    }


def _located(place: Mapping[str, Any], key: str, names: Names) -> dict[str, Any]:
    found = names.location.get(str(place.get(key)))
    return {**place, "name": found} if found else dict(place)


def _outcome(kind: str, outcome: str, trace: Mapping[str, Any], currency: str) -> tuple[str, str]:
    if kind == "price":
        *code, amount = outcome.split(" ")  # a changed order was once written without its currency
        total = _number(amount)
        return (money(total, code[0] if code else currency) if total is not None else outcome), "info"
    if kind in {"split", "merge"}:
        return regrouped(kind, trace), "info"
    if kind == "duplicate":
        number = trace.get("order")
        return (_("Looks like order {number}", number=number), "warn") if number else (_("No order like it"), "ok")
    if kind == "approval":
        return (_("Asked: {flow}", flow=outcome), "special") if outcome != "none" else (_("None needed"), "ok")
    if kind == "allocation":
        chosen = sum(1 for each in _list(trace, "rounds") if each.get("chosen"))
        short = outcome.partition("short ")[2]
        if short:
            if chosen == 1:
                return _("One location, {short} short", short=short), "warn"
            facts = {"locations": chosen, "short": short}
            return (_("{locations} locations, {short} short", **facts) if chosen else _("Nothing to give"), "warn")
        return (_("One location") if chosen == 1 else _("{count} locations", count=chosen), "ok")
    label, tone = _VERDICTS.get(outcome, (outcome, "idle"))
    return _(label), tone


def _price(trace: Mapping[str, Any], currency: str) -> list[WhyPart]:
    return [*(_priced_line(line, currency) for line in _list(trace, "lines")), *settled_parts(trace, currency)]


def _priced_line(line: Mapping[str, Any], currency: str) -> WhyPart:
    sentences = []
    given = line.get("given")
    if given:
        sentences.append(
            _("The channel gave the line's amount: {amount}.", amount=_money(line.get("amount"), currency))
            if given == "amount"
            else _("The channel gave the price.")
        )
    winner = line.get("winner")
    tables = [_candidates(winner, _list(line, "losers"), currency)] if winner else []
    if winner and (_number(winner.get("from_quantity")) or 0) > 0:
        sentences.append(_("The tier from {count} units on holds.", count=_amount(winner.get("from_quantity"))))
    for step in _list(line, "adjustments"):
        facts = {"from_price": _price_text(step.get("from"), currency), "to": _price_text(step.get("to"), currency)}
        rows = ", ".join(str(row) for row in step.get("rows", ()))
        sentences.append(
            _("{document} (row {rows}): {from_price} becomes {to}.", document=step.get("document"), rows=rows, **facts)
        )
    sentences += price_sentences(line, currency)
    price = _price_text(line.get("unit_price"), currency)
    title = _("Line {line}, {sku}: {price}", line=line.get("line", ""), sku=line.get("sku", ""), price=price)
    return WhyPart(title=title, sentences=sentences, tables=tables)


def _candidates(winner: Mapping[str, Any], losers: Sequence[Mapping[str, Any]], currency: str) -> WhyTable:
    def row(candidate: Mapping[str, Any], because: str) -> list[str]:
        scope = str(candidate.get("scope", ""))
        return [
            str(candidate.get("list", "")), _(PRICE_SCOPES.get(scope, scope)), str(candidate.get("priority", "")),
            _amount(candidate.get("from_quantity")), _price_text(candidate.get("unit_price"), currency), because,
        ]  # fmt: skip

    return WhyTable(
        caption=_("Prices that could hold"),
        columns=[_("List"), _("Scope"), _("Priority"), _("From quantity"), _("Price"), _("Because")],
        rows=[
            row(winner, _("holds")), *(row(loser, _sentence(loser.get("because"))) for loser in losers)
        ],
        numbers=frozenset({2, 3, 4}),
        won=0,
    )  # fmt: skip


def _review(trace: Mapping[str, Any], _currency: str) -> list[WhyPart]:
    hits = _list(trace, "hits")
    if not hits:
        return [WhyPart(sentences=[_("No review rule applied.")])]
    parts = [_hit(hit) for hit in hits if hit.get("rule") != "risk" or hit.get("why")]
    if "score" in trace:
        parts.append(WhyPart(sentences=[_("Score: {points} points", points=trace["score"])]))
    return parts


def _duplicate(trace: Mapping[str, Any], _currency: str) -> list[WhyPart]:
    order = trace.get("order")
    told = _("Looks like order {number}", number=order) if order else _("No order like it")
    return [WhyPart(sentences=[told, _("Compared within {hours} hours.", hours=trace.get("window_hours", ""))])]


def _hit(hit: Mapping[str, Any]) -> WhyPart:
    outcomes = {"hold": _("puts the order on hold"), "note": _("leaves a note"), "pass": _("lets the order pass")}
    outcome = outcomes.get(str(hit.get("outcome")), str(hit.get("outcome", "")))
    if hit.get("outcome") == "score":
        outcome = f"+{hit.get('points', 0)}"
    read = _values_read(hit.get("why"))
    tables = []
    if read:
        tables = [WhyTable(caption=_("What it read"), columns=[_("Field"), _("Value")], rows=read)]
    return WhyPart(title=_("Rule {rule} {outcome}", rule=hit.get("rule", ""), outcome=outcome), tables=tables)


def _values_read(tree: Any) -> list[list[str]]:
    """The fields that a condition read, each once, with what stood there."""
    found: dict[str, str] = {}
    labels = build_registry().subjects["order"].all_fields()

    def walk(part: Any) -> None:
        if not isinstance(part, Mapping):
            return
        path = part.get("path")
        if isinstance(path, str) and "op" not in part:
            spec = labels.get(path)
            name = (spec.labels or {}).get(current_locale(), path) if spec else path
            is_hidden = part.get("hidden") and "value" not in part
            found.setdefault(name, _("Your roles do not show this value.") if is_hidden else _plain(part.get("value")))
        for operand in part.get("operands", ()):
            walk(operand)
        for row in part.get("of_rows", ()):
            walk(row)

    walk(tree)
    return [[name, value] for name, value in found.items()]


def _credit(trace: Mapping[str, Any], currency: str) -> list[WhyPart]:
    because = _sentence(trace.get("because"))
    sentences = [because[:1].upper() + because[1:] + "."] if because else []
    if "limit" not in trace:
        return [WhyPart(sentences=sentences)]
    rows = [
        [_(CREDIT_BUCKETS.get(name, name)), _money(value, currency, negative=name == "unapplied_payments")]
        for name, value in dict(trace.get("buckets", {})).items()
    ]
    rows += [
        [_("Exposure before"), _money(trace.get("exposure_before"), currency)],
        [_("This order"), _money(trace.get("order"), currency)],
        [_("Exposure with this order"), _money(trace.get("exposure_after"), currency)],
        [_("Limit"), _money(trace.get("limit"), currency)],
    ]
    caption = _("Credit account {account}", account=trace.get("account", ""))
    table = WhyTable(caption=caption, columns=[_("What counts"), _("Amount")], rows=rows, numbers=frozenset({1}))
    return [WhyPart(title=caption, sentences=sentences, tables=[table])]


def _approval(trace: Mapping[str, Any], _currency: str) -> list[WhyPart]:
    flows, started = [str(each) for each in trace.get("flows", ())], trace.get("started")
    if started:
        text = _("The order type asks the flows {flows} in turn; {started} wanted to see this order.",
                 flows=", ".join(flows), started=started)  # fmt: skip
    else:
        text = _("The order type asks the flows {flows}; none wanted to see this order.", flows=", ".join(flows))
    return [WhyPart(sentences=[text])]


def _allocation(trace: Mapping[str, Any], _currency: str) -> list[WhyPart]:
    rounds = [
        waits_for(each, _sentence(each.get("because"))) or _round(number, each)
        for number, each in enumerate(_list(trace, "rounds"), start=1)
    ]
    return [*circumstances(trace), *rounds]


def _round(number: int, each: Mapping[str, Any]) -> WhyPart:
    chosen, losers = each.get("chosen"), _list(each, "losers")
    ranks = _list(each, "ranks") or next((found for loser in losers if (found := _list(loser, "ranks"))), [])
    strategies = [_strategy(str(rank.get("strategy", ""))) for rank in ranks]
    rows = []
    if chosen:
        rows.append([_place(each, "chosen"), *_ranks(each, len(strategies)), _("chosen")])
    for loser in losers:
        because = _sentence(loser.get("because")) or _("ranks behind")
        rows.append([_place(loser, "location"), *_ranks(loser, len(strategies)), because])
    table = WhyTable(
        caption=_("Locations compared"),
        columns=[_("Location"), *strategies, _("Because")],
        rows=rows,
        numbers=frozenset(range(1, len(strategies) + 1)),
        won=0 if chosen else -1,
    )
    if not chosen:
        return WhyPart(title=_("Round {number}: no location could help", number=number), tables=[table] if rows else [])
    gives = ", ".join(f"{gift.get('sku')} × {_amount(gift.get('quantity'))}" for gift in _list(each, "gives"))
    title = _("Round {number}: {location} gives {units}", number=number, location=_place(each, "chosen"), units=gives)
    return WhyPart(title=title, tables=[table])


def _ranks(place: Mapping[str, Any], count: int) -> list[str]:
    """One text per strategy; a dash where it abstains, or where the location was not ranked at all."""
    ranks = [_amount(rank.get("rank")) if rank.get("rank") is not None else "–" for rank in _list(place, "ranks")]
    return ranks or ["–"] * count


def _place(place: Mapping[str, Any], key: str) -> str:
    return str(place.get("name") or place.get(key) or "")


def _strategy(name: str) -> str:
    term = build_registry().term("sourcing_strategies", name)
    return term.label(current_locale()) if term else name


_TELLERS = {
    "price": _price,
    "review": _review,
    "duplicate": _duplicate,
    "credit": _credit,
    "approval": _approval,
    "allocation": _allocation,
    "split": split_parts,
    "merge": merge_parts,
}


def _list(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def _sentence(message: Any) -> str:
    return said(str(message)) if message else ""


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _amount(value: Any) -> str:
    number = _number(value)
    return quantity(number) if number is not None else str(value or "")


def _money(value: Any, currency: str, *, negative: bool = False) -> str:
    number = _number(value)
    return money(-number if negative and number else number, currency)


def _price_text(value: Any, currency: str) -> str:
    number = _number(value)
    return unit_price(number.normalize(), currency) if number is not None else "–"


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return " ".join(str(each) for each in value.values())
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
