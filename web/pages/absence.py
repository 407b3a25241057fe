"""I am away: who is asked in my place, from when until when. Administrators do the same for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _, current_locale
from kernel.ids import from_text, to_text
from low_code.documents.compiled import configuration
from low_code.flows.delegations import Delegate, DelegationRow, delegate, list_delegations, revoke_delegation
from low_code.flows.errors import DelegationUnknown
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.idempotency import idempotent
from web.http.principals import may, signed_in
from web.http.work import current_work, in_current_work
from web.pages.amounts import typed_day

bp = Blueprint("absence", __name__, url_prefix="/absence")
_FIELDS = {
    "delegation_to_self": "to",
    "transfer_target_unfit": "to",
    "delegation_backwards": "ends_on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelegation:
    id: str
    row: DelegationRow
    flow: str
    in_force: bool


@dataclass(slots=True, kw_only=True)
class AbsencePage:
    """people, flows: (value, label) each; for_others: whether the reader may do this for everybody"""

    form: Form
    people: Sequence[tuple[str, str]]
    flows: Sequence[tuple[str, str]]
    delegations: Sequence[ShownDelegation]
    for_others: bool
    me: str


@bp.get("")
@requires(Permission.APPROVE_ORDERS)
def show() -> ResponseReturnValue:
    return _render(Form.of(**{"from": to_text("usr", signed_in().id)}))


@bp.post("")
@requires(Permission.APPROVE_ORDERS)
@idempotent
def store() -> ResponseReturnValue:
    sent = Form.sent()
    starts, ends = typed_day(sent, "starts_on"), typed_day(sent, "ends_on")
    for name, day in (("starts_on", starts), ("ends_on", ends)):
        if day is None and not sent.error(name):
            sent.refuse_field(name, _("Choose a day."))
    to = from_text("usr", sent.value("to"))
    if to is None:
        sent.refuse_field("to", _("Choose who is asked in your place."))
    if sent.refused:
        return _render(sent)
    assert starts is not None and ends is not None and to is not None
    command = _command(sent, to, starts, ends)
    try:
        in_current_work(lambda work: delegate(work, command))
    except DomainError as error:
        return _render(sent.refuse(error, _FIELDS))
    flash(_("From the next task on, your stand-in is asked."), "ok")
    return redirect(url_for("absence.show"))


@bp.post("/<delegation_id>/end")
@requires(Permission.APPROVE_ORDERS)
def end(delegation_id: str) -> ResponseReturnValue:
    """One's own; administrators end everybody's."""
    key = from_text("dlg", delegation_id)
    if key is None:
        raise DelegationUnknown()
    only_of = None if may(Permission.MANAGE_USERS) else signed_in().id
    in_current_work(lambda work: revoke_delegation(work, key, from_id=only_of))
    flash(_("The delegation has ended."), "ok")
    return redirect(url_for("absence.show"))


def _command(sent: Form, to: UUID, starts: date, ends: date) -> Delegate:
    """Only an administrator may speak for somebody else."""
    me = signed_in().id
    asked = from_text("usr", sent.value("from")) or me
    return Delegate(
        from_id=asked if may(Permission.MANAGE_USERS) else me,
        to_id=to,
        starts_on=starts,
        ends_on=ends,
        flow_key=sent.value("flow") or None,
        reason=sent.value("reason").strip(),
    )


def _render(form: Form) -> ResponseReturnValue:
    me, for_others = signed_in().id, may(Permission.MANAGE_USERS)
    with current_work() as work:
        flows = _flows(work)
        rows = list_delegations(work, from_id=None if for_others else me)
        people = [(to_text("usr", each), name) for each, name in colleagues(work)]
        today = work.today
    names = dict(flows)
    page = AbsencePage(
        form=form,
        people=people,
        flows=flows,
        delegations=[
            ShownDelegation(
                id=to_text("dlg", row.id),
                row=row,
                flow=names.get(row.flow_key, row.flow_key) if row.flow_key else "",
                in_force=row.starts_on <= today,
            )
            for row in rows
        ],
        for_others=for_others,
        me=to_text("usr", me),
    )
    return render_template("approvals/absence.html", page=page), form.status


def _flows(work: Work) -> list[tuple[str, str]]:
    documents = configuration(work) if work.tenant.head_release else None
    keys = documents.keys("approval_flow") if documents else []
    return [
        (key, name_in((documents.body("approval_flow", key) or {}).get("name", {}), current_locale()) or key)
        for key in keys
        if documents is not None
    ]
