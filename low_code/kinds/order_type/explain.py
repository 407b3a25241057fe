"""An order type in words: a sentence for each thing that the document settles, in the order of an order's life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration

CHANNELS = N_("Orders come in through: {channels}.")
NUMBERED = N_("Numbers are made by “{numbering}”.")
BUYERS = {
    "refuse": N_("Orders of buyers whom nobody knows are refused."),
    "create": N_("Buyers whom nobody knows are made known by their order."),
}
REPEATED = {
    "hold": N_("It is held where an order of the {hours} hours before has the same: {same}."),
    "note": N_("It is noted where an order of the {hours} hours before has the same: {same}."),
}
SAME = {"buyer": N_("buyer"), "goods": N_("goods"), "amount": N_("amount"), "address": N_("address")}
REVIEWED = N_("Reviewed by “{review_rules}”.")
PRICED = N_("Prices come from: {source}.")
PRICE_RULES = N_("Price rules: {rules}.")
PROMOTIONS = N_("Promotions: {promotions}.")
CONVERTED = N_("Price lists in other currencies hold too, at the rate of the day.")
FLOOR = {
    "hold": N_("It is held where a price lies more than {percent} % below the list price."),
    "note": N_("It is noted where a price lies more than {percent} % below the list price."),
}
FREIGHT = N_("Freight is reckoned by “{table}”.")
CHANGED = {
    "keep": N_("Agreed prices stay when the order is changed."),
    "reprice": N_("It is priced anew when the order is changed."),
}
TAX = {True: N_("Prices include tax."), False: N_("Tax comes on top of prices.")}
ROUNDED = {
    "unit": N_("Rounded per unit first."),
    "line": N_("Rounded per line."),
    "total": N_("Rounded on the total."),
}
CREDIT = N_("Credit: {policy}; checked at: {points}.")
TERMS = N_("Invoices are due after {days} days.")
PREPAID = N_("{percent} % of the total is paid before it is processed.")
APPROVED = N_("The first that applies of these flows must approve: {flows}.")
ALLOCATED = N_("Stock is allocated by “{rule}”, {when}.")
AT_ONCE, BY_HAND = N_("at once"), N_("when somebody asks for it")
DAYS_AHEAD = N_("Planned deliveries are promised stock {days} days before their day.")
ON_THE_DAY = N_("Planned deliveries are promised stock on their day.")
BACKORDERS = N_("Orders may wait for stock.")
NO_BACKORDERS = N_("Orders may not wait for stock.")
SPLIT, MERGED = N_("Split by “{rules}”."), N_("Merged by “{rules}”.")
BUYER_CHANGES = N_("Buyers may ask for a change until it is {until}.")
BUYER_CANCELS = {
    "ask": N_("Buyers may ask to cancel it until it is {until}."),
    "at_once": N_("Buyers may cancel it until it is {until}."),
}
UNTIL = {"allocated": N_("allocated"), "shipped": N_("shipped")}
WITHIN = N_("For that they have {hours} hours from when it is placed.")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    def labels(vocabulary: str, ids: list[str]) -> str:
        terms = [configuration.registry.term(vocabulary, term_id) for term_id in ids]
        shown = [term.label(locale) if term else term_id for term, term_id in zip(terms, ids, strict=True)]
        return ", ".join(shown) or "—"

    def say(sentence: str, **facts: object) -> str:
        return translate(sentence, locale, facts)

    policy, points = body["credit"]["policy"], body["credit"].get("check_at", [])
    when = translate(AT_ONCE if body.get("auto_allocate", True) else BY_HAND, locale)
    return [
        say(CHANNELS, channels=labels("channels", body["channels"])),
        say(NUMBERED, numbering=body["numbering"]),
        *(say(sentence, **facts) for sentence, facts in _intake(body, locale)),
        *(say(sentence, **facts) for sentence, facts in _prices(body, labels)),
        *([say(APPROVED, flows=", ".join(body["approvals"]))] if body.get("approvals") else []),
        say(CREDIT, policy=labels("credit_policies", [policy]), points=labels("check_points", points)),
        *(say(sentence, **facts) for sentence, facts in _money(body)),
        say(ALLOCATED, rule=body["allocation_rule"], when=when),
        *(say(sentence, **facts) for sentence, facts in _later(body, locale)),
    ]


_Said = Iterator[tuple[str, Mapping[str, object]]]


def _intake(body: Mapping[str, Any], locale: str) -> _Said:
    if "unknown_buyers" in body:
        yield BUYERS[body["unknown_buyers"]], {}
    if (repeated := body.get("duplicates")) is not None:
        same = ", ".join(translate(SAME[one], locale) for one in repeated.get("same", ("buyer", "goods")))
        yield REPEATED[repeated.get("then", "hold")], {"hours": repeated["window_hours"], "same": same}
    if "review_rules" in body:
        yield REVIEWED, {"review_rules": body["review_rules"]}


def _prices(body: Mapping[str, Any], labels: Any) -> _Said:
    prices = body.get("prices", {})
    if prices.get("source"):
        yield PRICED, {"source": labels("price_sources", [prices["source"]])}
    if body.get("price_rules"):
        yield PRICE_RULES, {"rules": ", ".join(body["price_rules"])}
    if body.get("promotions"):
        yield PROMOTIONS, {"promotions": ", ".join(body["promotions"])}
    if prices.get("convert"):
        yield CONVERTED, {}
    floor = prices.get("floor", {})
    if "below_list_percent" in floor and floor.get("then"):
        yield FLOOR[floor["then"]], {"percent": floor["below_list_percent"]}
    if (table := body.get("freight", {}).get("table")) is not None:
        yield FREIGHT, {"table": table}
    if "on_change" in prices:
        yield CHANGED[prices["on_change"]], {}
    yield TAX[bool(body["tax"]["prices_include_tax"])], {}
    yield ROUNDED[body["rounding"]["level"]], {}


def _money(body: Mapping[str, Any]) -> _Said:
    if body.get("payment_terms_days") is not None:
        yield TERMS, {"days": body["payment_terms_days"]}
    if body.get("prepayment_percent"):
        yield PREPAID, {"percent": body["prepayment_percent"]}


def _later(body: Mapping[str, Any], locale: str) -> _Said:
    ahead = body.get("allocate_days_ahead", 0)
    yield (DAYS_AHEAD, {"days": ahead}) if ahead else (ON_THE_DAY, {})
    yield BACKORDERS if body.get("allow_backorder") else NO_BACKORDERS, {}
    for name, sentence in (("split_rules", SPLIT), ("merge_rules", MERGED)):
        if name in body:
            yield sentence, {"rules": body[name]}
    if (asked := body.get("buyer_requests")) is None:
        return
    until = {"until": translate(UNTIL[asked.get("until", "allocated")], locale)}
    if asked.get("change") == "ask":
        yield BUYER_CHANGES, until
    if (cancel := asked.get("cancel", "at_once")) in BUYER_CANCELS:
        yield BUYER_CANCELS[cancel], until
    if "within_hours" in asked:
        yield WITHIN, {"hours": asked["within_hours"]}
