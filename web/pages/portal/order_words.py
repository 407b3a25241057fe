"""An order as its buyer is told of it: plain words, and never what the supplier thinks of him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kernel.i18n import N_, _
from web.http.formats import quantity

TABS: Mapping[str, str] = {
    "all": N_("All"),
    "on_hold": N_("Waiting for approval"),
    "to_allocate": N_("Order received"),
    "backordered": N_("Waiting for stock"),
    "allocated": N_("Confirmed"),
    "cancelled": N_("Cancelled"),
}

# What a hold means to the buyer. The reason that a rule or a person gave is the supplier's own.
_HOLDS: Mapping[str, str] = {
    "credit": N_("Above your credit limit. Your supplier has been asked to approve it."),
    "approval": N_("Waiting for your supplier's approval."),
    "review": N_("Your supplier is checking the order."),
    "address": N_("Your supplier is checking the delivery address."),
    "stock": N_("Waiting until everything is in stock."),
    "payment": N_("Waiting for your payment."),
    "manual": N_("Your supplier has paused the order and will get in touch."),
}
# Where all holds are of one type, what the order waits for; else it is somebody's approval.
_WAITS: Mapping[str, str] = {"stock": N_("Waiting for stock"), "payment": N_("Waiting for payment")}
_FULFILMENT: Mapping[str, tuple[str, str, str]] = {
    "shipped": (N_("Shipped"), "ok", "truck"),
    "partially_shipped": (N_("Partly shipped"), "info", "truck"),
    "allocated": (N_("Confirmed, being prepared"), "ok", "circle-check"),
    "partially_allocated": (N_("Partly confirmed"), "info", "package"),
    "open": (N_("Order received"), "idle", "clock"),
}
# kind of event -> (sentence, tone, icon). What is not here is the supplier's own affair.
_EVENTS: Mapping[str, tuple[str, str, str]] = {
    "placed": (N_("Order placed"), "ok", "check"),
    "hold_released": (N_("A check is done, the order goes on"), "ok", "circle-check"),
    "approval_approve": (N_("Approved by your supplier"), "ok", "circle-check"),
    "approval_reject": (N_("Not approved by your supplier"), "bad", "circle-x"),
    "approval_return": (N_("Sent back to you with a question"), "warn", "alert-triangle"),
    "approval_withdrawn": (N_("Called off"), "idle", "ban"),
    "approval_resubmitted": (N_("Asked for approval again"), "info", "send"),
    "shipped": (N_("Goods are on their way"), "ok", "truck"),
}

_DONE_BY_PEOPLE = {"placed", "cancelled", "approval_withdrawn", "approval_resubmitted"}


def state_of(order: Any, hold_types: Sequence[str]) -> tuple[str, str, str]:
    """(words, tone, icon) of an order or a row of the list. hold_types: of the holds that stand"""
    if order.status == "cancelled":
        return _("Cancelled"), "idle", "ban"
    if order.status == "closed":
        return _("Completed"), "ok", "check"
    if order.open_holds:
        return _(_WAITS.get("".join(set(hold_types)), "Waiting for approval")), "warn", "hourglass"
    if order.backordered:
        return _("Waiting for stock"), "info", "clock"
    text, tone, icon = _FULFILMENT.get(order.fulfilment_status, _FULFILMENT["open"])
    return _(text), tone, icon


def hold_words(types: Sequence[str]) -> list[str]:
    """A sentence for each type of hold that stands, each once."""
    return [_(_HOLDS.get(each, _HOLDS["manual"])) for each in dict.fromkeys(types)]


def timeline_of(events: Sequence[Any]) -> list[dict[str, Any]]:
    """The buyer's part of the timeline, newest first. Own colleagues are named, the supplier's people are not."""
    entries = []
    for event in events:
        said = _event(event.kind, event.facts, own=event.actor_kind == "portal")
        if said:
            what, tone, icon = said
            who = event.actor_name if event.actor_kind == "portal" and event.kind in _DONE_BY_PEOPLE else ""
            entries.append({"at": event.at, "what": what, "tone": tone, "icon": icon, "who": who})
    return entries


def _event(kind: str, facts: Mapping[str, Any], *, own: bool) -> tuple[str, str, str] | None:
    if kind == "hold_placed":
        return hold_words([str(facts.get("type"))])[0], "warn", "hourglass"
    if kind == "allocated":
        return _("{count} confirmed from stock", count=_units(facts)), "ok", "package"
    if kind == "backordered":
        return _("{count} wait for stock", count=_units(facts)), "info", "clock"
    if kind == "deallocated":
        return _("{count} are no longer confirmed", count=_units(facts)), "warn", "clock"
    if kind == "cancelled":
        by_buyer = own or facts.get("reason") in {"customer", "withdrawn"}
        words = _("{count} cancelled at your wish") if by_buyer else _("{count} cancelled by your supplier")
        return words.replace("{count}", _units(facts)), "idle", "ban"
    found = _EVENTS.get(kind)
    return (_(found[0]), found[1], found[2]) if found else None


def _units(facts: Mapping[str, Any]) -> str:
    return quantity(Decimal(str(facts.get("quantity", 0))))
