"""What happened to an order, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.i18n import N_, _
from oms.orders.cancel_order import CANCEL_REASONS, CancelReason
from web.http.formats import money, quantity
from web.http.problems import said
from web.pages.words import HOLD, word

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """sentence  facts -> what happened
    because   fact that says why, in the words of whoever did it; "" where there is none
    """

    icon: str
    tone: str
    sentence: Callable[[Facts], str]
    because: str = ""


def _placed(facts: Facts) -> str:
    total = _number(facts.get("total"))
    if total is None:
        return _("Order placed")
    return _("Order placed: {total}", total=money(total, str(facts.get("currency") or "XXX")))


def _held(facts: Facts) -> str:
    if facts.get("type") == "approval":
        return _("Approval asked for")
    return _("{hold} placed: {reason}", hold=_hold(facts), reason=said(str(facts.get("reason", ""))))


def _released(facts: Facts) -> str:
    if facts.get("type") == "approval":
        return _("Approved; the order goes on")
    return _("{hold} released", hold=_hold(facts))


def _allocated(facts: Facts) -> str:
    locations = facts.get("locations", 1)
    if locations == 1:
        return _("{count} units allocated at one location", count=_units(facts))
    return _("{count} units allocated at {locations} locations", count=_units(facts), locations=locations)


def _taken(facts: Facts) -> str:
    return _(
        "{count} units went to order {order}, which has a higher priority", count=_units(facts), order=facts.get("to")
    )


def _refused(facts: Facts) -> str:
    return _("{location} cannot ship {count} units", location=facts.get("location", ""), count=_units(facts))


def _prioritised(facts: Facts) -> str:
    day = facts.get("promise_on")
    if day:
        return _("Priority {number}, promised for {day}", number=facts.get("to", ""), day=day)
    return _("Priority {number}", number=facts.get("to", ""))


def _planned(facts: Facts) -> str:
    lines = facts.get("lines") or ()
    told = "; ".join(
        f"{line.get('sku', '')}: {', '.join(line.get('after') or ()) or _('at once')}" for line in lines[:20]
    )
    return _("Deliveries planned: {lines}", lines=told)


def _answered(facts: Facts) -> str:
    named = {"count": _units(facts), "sku": facts.get("sku", "")}
    if facts.get("answer") == "cancel":
        return _("The buyer cancels {count} units of {sku}", **named)
    if facts.get("answer") == "substitute":
        return _(
            "The buyer takes {other} instead of {count} units of {sku}", other=facts.get("substitute", ""), **named
        )
    return _("The buyer waits for {count} units of {sku}", **named)


def _cancelled(facts: Facts) -> str:
    reason = str(facts.get("reason", ""))
    label = CANCEL_REASONS[CancelReason(reason)] if reason in set(CancelReason) else reason
    return _("{count} units cancelled: {reason}", count=_units(facts), reason=_(label))


def _changed(facts: Facts) -> str:
    before, after, currency = (facts.get(name) for name in ("total_before", "total", "currency"))
    totals = _number(before), _number(after)
    if totals[0] is None or totals[1] is None:
        return _("Order changed")
    shown = [money(total, str(currency or "XXX")) for total in totals]
    return _("Order changed: {before} became {after}", before=shown[0], after=shown[1])


def _orders(facts: Facts) -> str:
    return ", ".join(str(number) for number in facts.get("orders") or ())


def _undone(facts: Facts) -> str:
    return _("Split undone") if facts.get("kind") == "split" else _("Merge undone")


def _assigned(facts: Facts) -> str:
    kind = word(HOLD, str(facts.get("type", "")))
    if not facts.get("to"):
        return _("Hold of type {type} assigned to nobody", type=kind)
    return _("Hold of type {type} assigned to {name}", type=kind, name=facts["to"])


_KINDS: Mapping[str, _Kind] = {
    "fields_changed": _Kind("edit", "info", lambda facts: _("Own fields changed")),
    "placed": _Kind("clipboard-check", "info", _placed),
    "noted": _Kind(
        "note", "idle", lambda facts: _("Note of the review: {reason}", reason=_(str(facts.get("reason") or " ")))
    ),
    "hold_placed": _Kind("hand-stop", "warn", _held),
    "hold_released": _Kind("player-play", "ok", _released, because="reason"),
    "hold_assigned": _Kind("user", "info", _assigned),
    "allocated": _Kind("package", "ok", _allocated),
    "backordered": _Kind(
        "hourglass", "warn", lambda facts: _("{count} units wait for stock", count=_units(facts))
    ),
    "deallocated": _Kind(
        "arrow-back-up", "idle", lambda facts: _("{count} allocated units taken back", count=_units(facts)),
        because="reason",
    ),
    "taken_by_priority": _Kind("arrow-up", "warn", _taken),
    "location_refused": _Kind("ban", "warn", _refused, because="reason"),
    "priority_set": _Kind("flag", "info", _prioritised, because="reason"),
    "buyer_asked": _Kind(
        "mail", "info", lambda facts: _("The buyer is asked about {skus}", skus=facts.get("skus", ""))
    ),
    "buyer_answered": _Kind("message", "info", _answered),
    "deliveries_planned": _Kind("calendar", "info", _planned),
    "follow_up_noted": _Kind("note", "idle", lambda _facts: _("Follow-up noted"), because="note"),
    "follow_up_done": _Kind("circle-check", "idle", lambda _facts: _("Follow-up done"), because="note"),
    "cancelled": _Kind("ban", "bad", _cancelled, because="note"),
    "changed": _Kind("edit", "info", _changed, because="reason"),
    "change_requested": _Kind("message", "info", lambda _facts: _("The buyer asks for a change"), because="reason"),
    "change_declined": _Kind("x", "idle", lambda _facts: _("The buyer's wish is declined"), because="reason"),
    "change_withdrawn": _Kind("x", "idle", lambda _facts: _("The change was dropped"), because="reason"),
    "split": _Kind(
        "arrows-split", "info", lambda facts: _("Split into: {orders}", orders=_orders(facts)), because="note"
    ),
    "split_from": _Kind(
        "arrows-split", "info", lambda facts: _("Split from {order}", order=facts.get("order", "")), because="note"
    ),
    "merged": _Kind(
        "arrows-join", "info", lambda facts: _("Merged in: {orders}", orders=_orders(facts)), because="note"
    ),
    "merged_into": _Kind(
        "arrows-join", "idle", lambda facts: _("Merged into {order}", order=facts.get("order", "")), because="note"
    ),
    "move_undone": _Kind("arrow-back-up", "idle", _undone, because="note"),
    "invoiced": _Kind("file-invoice", "info", lambda facts: _("Invoice {number}: {amount}", **_booked(facts))),
    "credited": _Kind("receipt-refund", "idle", lambda facts: _("Credit note {number}: {amount}", **_booked(facts))),
    "invoice_voided": _Kind(
        "ban", "warn", lambda facts: _("Invoice {invoice} taken back by {number}", **_booked(facts))
    ),
    "paid": _Kind("cash", "ok", lambda facts: _("Payment {number}: {amount}", **_booked(facts))),
    "refunded": _Kind("receipt-refund", "warn", lambda facts: _("Paid back: {amount}", **_booked(facts))),
    "approval_approve": _Kind("thumb-up", "ok", lambda _facts: _("Approved"), because="comment"),
    "approval_reject": _Kind("thumb-down", "bad", lambda _facts: _("Approval refused"), because="comment"),
    "approval_return": _Kind("arrow-back-up", "warn", lambda _facts: _("Sent back"), because="comment"),
    "approval_transfer": _Kind(
        "switch-horizontal", "idle", lambda _facts: _("Approval passed on to somebody else"), because="comment"
    ),
    "approval_withdrawn": _Kind(
        "arrow-back-up", "idle", lambda _facts: _("Withdrawn by the submitter"), because="comment"
    ),
    "approval_add_signers": _Kind("user-plus", "info", lambda _facts: _("Others asked too"), because="comment"),
    "approval_reminded": _Kind("bell", "info", lambda _facts: _("Approvers reminded")),
    "approval_commented": _Kind("message", "idle", lambda _facts: _("Remark on the approval"), because="comment"),
    "approval_edited": _Kind("edit", "info", lambda _facts: _("Changed while approving")),
    "approval_migrated": _Kind("versions", "idle", lambda _facts: _("Approval moved to the newest release")),
    "approval_resubmitted": _Kind("send", "info", lambda _facts: _("Submitted for approval again")),
}  # fmt: skip
EVENT_KINDS = frozenset(_KINDS)
SYSTEM_NAME = N_("The system")


def timeline(events: Sequence[Any], reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Entries for the macro `ui.timeline`, in the order of `events`.

    reasons  what rules said -> the same in the reader's language (`rule_words.reasons_in_words`)
    """
    return [_entry(event, reasons) for event in events]


def _entry(event: Any, reasons: Mapping[str, str]) -> dict[str, Any]:
    kind = _KINDS.get(event.kind)
    who = event.actor_name if event.actor_kind != "system" else _(SYSTEM_NAME)
    if kind is None:  # newer than this page
        return {"at": event.at, "who": who, "what": event.kind, "icon": "point", "tone": "idle"}
    because = said(str(event.facts.get(kind.because) or "")) if kind.because else ""
    if event.facts.get("type") == "approval":  # said by the approval's own entry
        because = ""
    reason = str(event.facts.get("reason") or "")
    what = kind.sentence({**event.facts, "reason": reasons[reason]} if reason in reasons else event.facts)
    return {
        "at": event.at,
        "who": who,
        "what": _of(event, _("{what}: {because}", what=what, because=because) if because else what),
        "icon": kind.icon,
        "tone": kind.tone,
    }


def _of(event: Any, what: str) -> str:
    """Says which order it happened to, where that was another one."""
    other = getattr(event, "of", None)
    return _("{order}: {what}", order=other, what=what) if other else what


def _booked(facts: Facts) -> dict[str, str]:
    """Number and amount of what was booked, and the invoice that it is about."""
    amount = _number(facts.get("amount"))
    return {
        "number": str(facts.get("number", "")),
        "invoice": str(facts.get("invoice", "")),
        "amount": "–" if amount is None else money(amount, str(facts.get("currency") or "XXX")),
    }


def _hold(facts: Facts) -> str:
    return str(word(HOLD, str(facts.get("type", ""))))


def _units(facts: Facts) -> str:
    return quantity(_number(facts.get("quantity")))


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
