"""What would settle a hold: links to what is there already, by the hold's type and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from kernel.i18n import _
from kernel.ids import to_text
from oms.placement.screen import BELOW_FLOOR
from oms.review.queue import QueuedHold
from tenants.access.permissions import Permission
from web.http.formats import day, money
from web.http.principals import may


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """advice: what to do; links: (label, icon, url) each, only those that the reader may use"""

    advice: str
    links: tuple[tuple[str, str, str], ...]


def fix_for(queued: QueuedHold) -> Fix:
    """Never empty-handed: at least the order is one click away."""
    hold = queued.hold
    order_url = url_for("orders.show", order_id=to_text("ord", hold.order_id))
    if hold.other_order_id is not None:
        return _duplicate(hold)
    teller = {"credit": _credit, "payment": _payment, "address": _address, "stock": _stock, "approval": _approval}
    found = teller[hold.type](queued, order_url) if hold.type in teller else _review(hold, order_url)
    return found


def _duplicate(hold: Any) -> Fix:
    return Fix(
        advice=_("Compare it with order {number}; cancel this one if it was sent twice.", number=hold.other_number),
        links=(
            (_("Compare"), "columns", url_for("review.compare", hold_id=to_text("hld", hold.id))),
            *_links(
                Permission.CANCEL_ORDERS, _("Cancel"), "ban",
                url_for("orders.show", order_id=to_text("ord", hold.order_id)) + "#cancel",
            ),
        ),
    )  # fmt: skip


def _credit(queued: QueuedHold, _order_url: str) -> Fix:
    hold = queued.hold
    if not may(Permission.VIEW_CREDIT) or hold.account_number is None or hold.credit_limit is None:
        return Fix(advice=_("Finance decides: release it with a reason, or ask for payment."), links=())
    return Fix(
        advice=_(
            "{used} of {limit} are used. Ask for payment, raise the limit for some days, or release it with a reason.",
            used=money(hold.exposure, hold.currency), limit=money(hold.credit_limit, hold.currency),
        ),
        links=(
            (_("Credit"), "credit-card", url_for("credit.show", account_number=hold.account_number)),
            *_links(
                Permission.EDIT_CREDIT, _("Raise the limit"), "arrow-up",
                url_for("credit.show", account_number=hold.account_number, order=hold.number) + "#raise",
            ),
        ),
    )  # fmt: skip


def _payment(queued: QueuedHold, order_url: str) -> Fix:
    advice = _("{amount} is still to be paid; it goes on by itself once the payment is booked.",
               amount=money(queued.missing, queued.hold.currency))  # fmt: skip
    return Fix(
        advice=advice,
        links=_links(Permission.POST_RECEIVABLES, _("Record payment"), "cash", order_url + "#money"),
    )


def _address(queued: QueuedHold, _order_url: str) -> Fix:
    url = url_for("orders.change", order_id=to_text("ord", queued.hold.order_id)) + "#f-ship_to.recipient"
    return Fix(
        advice=_("Ask the buyer for the right address and change it."),
        links=_links(Permission.CHANGE_ORDERS, _("Edit the address"), "edit", url),
    )


def _stock(queued: QueuedHold, order_url: str) -> Fix:
    order = to_text("ord", queued.hold.order_id)
    when = queued.hold.expected_on
    advice = (
        _("More is expected on {day}. Split off what is there, offer a substitute, or wait.", day=day(when))
        if when
        else _("Nothing is expected. Split off what is there, offer a substitute, or close it short.")
    )
    return Fix(
        advice=advice,
        links=(
            *_links(
                Permission.CHANGE_ORDERS, _("Split off what waits"), "arrows-split",
                url_for("orders.split", order_id=order, by="waiting"),
            ),
            *(_links(
                Permission.CHANGE_ORDERS, _("Take a substitute"), "switch-horizontal",
                url_for("orders.change", order_id=order, fix="substitute"),
            ) if queued.hold.substitutable else ()),
            *_links(Permission.CANCEL_ORDERS, _("Close short"), "scale", order_url + "#short-close"),
        ),
    )  # fmt: skip


def _approval(queued: QueuedHold, order_url: str) -> Fix:
    return Fix(
        advice=_("Whoever is asked decides; remind them if it takes too long."),
        links=((_("Approval"), "checklist", order_url + "#approval"),),
    )


def _review(hold: Any, order_url: str) -> Fix:
    order = to_text("ord", hold.order_id)
    if hold.reason == BELOW_FLOOR:
        return Fix(
            advice=_("Agree to the price and release it, or change the price."),
            links=_links(
                Permission.SET_PRICES,
                _("Take the floor prices"),
                "receipt-tax",
                url_for("orders.change", order_id=order, fix="floor"),
            ),
        )
    if hold.risk_score:
        return Fix(
            advice=_("Its risk score is {score}. See which rules gave points.", score=hold.risk_score),
            links=((_("Why"), "eye", order_url + "#why"),),
        )
    return Fix(advice=_("Look at the order and release it with a reason, or change it."), links=())


def _links(permission: Permission, label: str, icon: str, url: str) -> tuple[tuple[str, str, str], ...]:
    return ((label, icon, url),) if may(permission) else ()
