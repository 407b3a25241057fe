"""What may be done to one order. Each form carries the version that was seen; a stale one shows who changed it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, NotFound
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.orders.errors import NothingToCancel
from oms.orders.place_hold import place_holds
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.act_on_approval import (
    act_on_approval,
    comment_on_order,
    remind_order,
    resubmit_order,
    withdraw_order,
)
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule, follow_release
from oms.placement.short_close import ShortClose, short_close
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.money_holds import check_money_hold
from web.pages.orders.approval_form import ACT_FIELDS, ACTED, ACTION_UNKNOWN, approval_command, refuse_act, said_of
from web.pages.orders.blueprint import orders
from web.pages.orders.show import render_order
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.typed import chosen_quantities, typed_version

_FIELDS = {
    "reason_missing": "reason",
    "priority_unknown": "priority",
    "location_not_found": "location",
    "nothing_promised_there": "location",
    "hold_type_unknown": "reason",
    "quantity_not_open": "quantities",
    "nothing_to_cancel": "quantities",
    "line_not_found": "quantities",
    **ACT_FIELDS,
}
_LONGEST_REASON = 500
REASON_UNKNOWN = N_("Choose a reason.")
NOT_A_QUANTITY = N_("Write the units to cancel as a number, such as 3 or 0.5.")
NO_QUANTITY = N_("Say of at least one line how many units are cancelled.")


@orders.post("/<order_id>/hold")
@requires(Permission.RELEASE_HOLDS)
def hold(order_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        types = sent.values_of("type") or ["manual"]
        place_holds(work, key, types, _reason(sent), expected_version=typed_version(sent))
        return _("The order is on hold.")

    return run_on_order(order_id, "hold", run)


@orders.post("/<order_id>/holds/<hold_id>/release")
@requires(Permission.RELEASE_HOLDS)
def release(order_id: str, hold_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        command = ReleaseHold(
            order_id=key, hold_id=id_in("hld", hold_id), reason=_reason(sent), expected_version=typed_version(sent)
        )
        check_money_hold(work, key, command.hold_id)
        released = release_hold(work, command)
        outcome = follow_release(work, released)
        if released.holds_left:
            return _("The hold is released; {count} still stand.", count=released.holds_left)
        if outcome is not None and outcome.allocated:
            return _("The hold is released and {units} units are allocated.", units=quantity(outcome.allocated))
        return _("The hold is released.")

    return run_on_order(order_id, hold_id, run)


@orders.post("/<order_id>/allocate")
@requires(Permission.ALLOCATE_ORDERS)
def allocate(order_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        outcome = allocate_by_rule(work, key, expected_version=typed_version(sent))
        if not outcome.allocated:
            return _("No location has stock for what is open.")
        return _("{count} units are allocated.", count=quantity(outcome.allocated))

    return run_on_order(order_id, "allocate", run)


@orders.post("/<order_id>/deallocate")
@requires(Permission.ALLOCATE_ORDERS)
def deallocate(order_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        command = DeallocateOrder(order_id=key, reason=_reason(sent), expected_version=typed_version(sent))
        return _("{count} units are taken back.", count=quantity(deallocate_order(work, command).released))

    return run_on_order(order_id, "deallocate", run)


@orders.post("/<order_id>/cancel")
@requires(Permission.CANCEL_ORDERS)
def cancel(order_id: str) -> ResponseReturnValue:
    sent = Form.sent()
    key = id_in("ord", order_id)
    if sent.value("reason") not in set(CancelReason):
        sent.refuse_field("reason", _(REASON_UNKNOWN))
    quantities = chosen_quantities(sent, "lin", fault=NOT_A_QUANTITY, none=NO_QUANTITY)
    if sent.refused:
        return render_order(key, form=sent, form_of="cancel")

    def run(work: Work, key: UUID, sent: Form) -> str:
        command = CancelOrder(
            order_id=key, reason=CancelReason(sent.value("reason")), note=sent.value("note").strip()[:_LONGEST_REASON],
            quantities=quantities, expected_version=typed_version(sent),
        )  # fmt: skip
        outcome = cancel_under_approval(work, command)
        if outcome.status == "cancelled":
            return _("The order is cancelled.")
        return _("{count} units are cancelled.", count=quantity(outcome.cancelled))

    return run_on_order(order_id, "cancel", run)


@orders.post("/<order_id>/short-close")
@requires(Permission.CANCEL_ORDERS)
def close_short(order_id: str) -> ResponseReturnValue:
    def run(work: Work, key: UUID, sent: Form) -> str:
        lines = tuple(found for text in sent.values_of("line") if (found := from_text("lin", text)) is not None)
        if not lines:
            raise NothingToCancel()
        command = ShortClose(
            order_id=key, lines=lines, note=sent.value("note").strip()[:_LONGEST_REASON],
            expected_version=typed_version(sent),
        )  # fmt: skip
        return _("{count} units are closed short.", count=quantity(short_close(work, command).cancelled))

    return run_on_order(order_id, "short-close", run)


@orders.post("/<order_id>/approval")
@requires(Permission.APPROVE_ORDERS)
def act(order_id: str) -> ResponseReturnValue:
    sent = Form.sent()
    if sent.value("action") not in ACTED:
        return render_order(id_in("ord", order_id), form=sent.refuse_field("comment", _(ACTION_UNKNOWN)), form_of="act")

    def run(work: Work, key: UUID, sent: Form) -> str:
        return said_of(act_on_approval(work, approval_command(key, sent)), sent.value("action"))

    return run_on_order(order_id, "act", run)


@orders.post("/<order_id>/remind")
@requires(Permission.VIEW_ORDERS)
def remind(order_id: str) -> ResponseReturnValue:
    """The submitter or an administrator, not more often than once an hour."""

    def run(work: Work, key: UUID, _sent: Form) -> str:
        remind_order(work, key)
        return _("Whoever is asked has been reminded.")

    return run_on_order(order_id, "remind", run)


@orders.post("/<order_id>/remark")
@requires(Permission.VIEW_ORDERS)
def remark(order_id: str) -> ResponseReturnValue:
    """Everybody who sees the order may say something about its approval."""

    def run(work: Work, key: UUID, sent: Form) -> str:
        comment_on_order(work, key, sent.value("comment").strip()[:1000])
        return _("Your remark is kept.")

    return run_on_order(order_id, "remark", run)


@orders.post("/<order_id>/withdraw")
@requires(Permission.VIEW_ORDERS)
def withdraw(order_id: str) -> ResponseReturnValue:
    """Only the submitter; the flow says until when."""

    def run(work: Work, key: UUID, sent: Form) -> str:
        withdraw_order(work, key, comment=sent.value("comment").strip()[:1000])
        return _("The order is withdrawn and cancelled.")

    return run_on_order(order_id, "withdraw", run)


@orders.post("/<order_id>/resubmit")
@requires(Permission.VIEW_ORDERS)
def resubmit(order_id: str) -> ResponseReturnValue:
    """Only the submitter, after the order came back."""

    def run(work: Work, key: UUID, _sent: Form) -> str:
        resubmit_order(work, key)
        return _("The order is submitted for approval again.")

    return run_on_order(order_id, "resubmit", run)


def run_on_order(order_id: str, form_of: str, run: Callable[[Work, UUID, Form], str]) -> ResponseReturnValue:
    """Runs it once and leads back to the order; where it is refused, shows the order as it stands now with the form."""
    key, sent = id_in("ord", order_id), Form.sent()
    target = url_for("orders.show", order_id=to_text("ord", key))
    try:
        return run_once(lambda work: (run(work, key, sent), target))
    except NotFound as error:
        if error.code == "order_not_found":
            raise
        return render_order(key, form=refuse_act(sent, error, _FIELDS), form_of=form_of)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return render_order(key, form=refuse_act(sent, error, _FIELDS), form_of=form_of)


def _reason(sent: Form) -> str:
    return sent.value("reason").strip()[:_LONGEST_REASON]
